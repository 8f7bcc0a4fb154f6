/* What makes the service stop, or begin again in the same process. */
#include <errno.h>
#include <signal.h>
#include <systemd/sd-event.h>

#include "daemon/base/log.h"
#include "daemon/base/notify.h"
#include "daemon/service/service_private.h"
#include "daemon/service/service_reload.h"
#include "jobs/base/civil.h"

static void begin_stop(Service *service) {
        service->stopping = true;
        service->stop_at = turn_now() + service->settings->service.stop_timeout;
        dispatcher_stop(service->dispatcher);
        settler_stop(service->settler);
        synchroniser_stop(service->synchroniser);
        canceller_stop(service->canceller);
        turn_ask(service->turn);
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        Service *service = userdata;

        (void) source;
        (void) info;
        if (service->stopping && !service->reloading)
                return sd_event_exit(service->event, 0);
        service->reloading = false; /* stopping goes before */
        service->new_settings = settings_free(service->new_settings);
        log_say(MESSAGE_STOPPING, "stopping: %u requests in flight may finish",
                dispatcher_busy(service->dispatcher));
        notify_stopping(service->settings->service.stop_timeout);
        begin_stop(service);
        return 0;
}

static void begin_again(Service *service) {
        notify_reloading(turn_monotonic());
        service->reloading = true;
        begin_stop(service);
}

/* A reload is a stop and a start with the new settings, in one process: nothing is half changed. */
static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        Service *service = userdata;

        (void) source;
        (void) info;
        if ((service->stopping && !service->reloading) || service->options->once)
                return 0;
        if (!service_may_reload(service))
                return 0;
        begin_again(service);
        return 0;
}

int service_catch_signals(Service *service) {
        static const struct {
                int signal;
                sd_event_signal_handler_t handler;
        } caught[] = { { SIGTERM, on_stop }, { SIGINT, on_stop }, { SIGHUP, on_reload } };
        sigset_t set;

        /* SIGIO comes when somebody opens a file on which we hold a lease for a moment. */
        (void) signal(SIGIO, SIG_IGN);
        (void) signal(SIGPIPE, SIG_IGN);
        (void) signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error like a full disk */
        (void) sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTS(caught); i++)
                (void) sigaddset(&set, caught[i].signal);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ELEMENTS(caught); i++) {
                int r = sd_event_add_signal(service->event, NULL, caught[i].signal,
                                            caught[i].handler, service);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* The folders that are held open lead nowhere any more. Once there are others that can be opened,
 * all begins again with them: what was under way is taken up from the ledger. */
void service_displaced(void *userdata) {
        Service *service = userdata;
        const char *spool = service->settings->spool.directory;

        if (service->stopping)
                return;
        if (!service->displaced_said)
                log_say(MESSAGE_SPOOL_DISPLACED,
                        "folders of the spool %s were removed or replaced while they are in use; they are opened anew as soon as they can be",
                        spool);
        service->displaced_said = true;
        if (!service->options->once && spool_folders_may_be_opened(spool))
                begin_again(service);
}
