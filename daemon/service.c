#include "daemon/service.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "daemon/commands.h"
#include "daemon/dispatcher.h"
#include "daemon/intake.h"
#include "daemon/lock.h"
#include "daemon/log.h"
#include "daemon/loop_times.h"
#include "daemon/reporter.h"
#include "daemon/spool.h"
#include "daemon/turn.h"
#include "daemon/work_folder.h"
#include "jobs/base/civil.h"

#define WRITE_SLICE  (SECOND * 8 / 1000) /* of intake; the commit comes on top */
#define WORK_SLICE   (SECOND * 5 / 1000)
#define BUSY_AGAIN   (SECOND / 50)
#define STATUS_EVERY (2 * SECOND)

typedef struct Service {
        const ServiceOptions *options;
        const Settings *settings;
        sd_event *event;
        char *api_key;
        bool live;
        int database_lock, spool_lock;
        Ledger *ledger;
        Turn *turn;
        Intake *intake;
        Spool *spool;
        HttpLoop *http;
        Dispatcher *dispatcher;
        Reporter *reporter;
        Commands *commands;
        bool stopping;
        int64_t stop_at; /* boot clock; in flight or not */
        int64_t ends_at; /* boot clock; --once */
        int64_t status_at;
        bool timed_out;
} Service;

/* --- the turn ------------------------------------------------------------------------------- */

static int write_all(Service *service) {
        int r = service->stopping ? 0 : intake_write(service->intake, turn_now() + WRITE_SLICE);

        if (r >= 0)
                r = reporter_write(service->reporter);
        if (r >= 0)
                r = commands_write(service->commands);
        /* Last: what is claimed here leaves right after the commit, as the rate was asked. */
        if (r >= 0)
                r = dispatcher_write(service->dispatcher);
        return r;
}

static int transact(Service *service) {
        int r = ledger_begin(service->ledger);

        if (r < 0)
                return r;
        ledger_set_now(service->ledger, turn_wall());
        r = write_all(service);
        if (r >= 0)
                r = ledger_commit(service->ledger);
        if (r < 0) {
                ledger_rollback(service->ledger);
                dispatcher_rolled_back(service->dispatcher);
                intake_rolled_back(service->intake);
                reporter_rolled_back(service->reporter);
                return r;
        }
        intake_committed(service->intake);
        dispatcher_committed(service->dispatcher);
        reporter_committed(service->reporter);
        return 0;
}

static int64_t earliest(int64_t a, int64_t b) {
        return a < b ? a : b;
}

static void show_status(Service *service, int64_t now) {
        DispatcherFigures figures;

        if (now < service->status_at)
                return;
        service->status_at = now + STATUS_EVERY;
        dispatcher_figures(service->dispatcher, &figures);
        (void) sd_notifyf(0, "STATUS=%u files coming in, %u batches not at rest, %u requests in flight%s%s%s",
                          intake_busy(service->intake), reporter_busy(service->reporter),
                          figures.in_flight, figures.breaker_open ? ", the provider is down" : "",
                          figures.hold != HOLD_NONE ? ", sending is held: " : "",
                          hold_name(figures.hold));
}

static bool is_idle(const Service *service) {
        return spool_pending(service->spool) == 0 && intake_busy(service->intake) == 0 &&
               dispatcher_busy(service->dispatcher) == 0 && reporter_busy(service->reporter) == 0;
}

/* Ends the loop when there is nothing left to wait for. */
static void end_if_done(Service *service, int64_t now) {
        bool once = service->options->once;

        if (service->stopping &&
            (dispatcher_busy(service->dispatcher) == 0 || now >= service->stop_at) &&
            (!service->timed_out || reporter_busy(service->reporter) == 0 || now >= service->stop_at))
                (void) sd_event_exit(service->event, 0);
        else if (once && !service->stopping && is_idle(service))
                (void) sd_event_exit(service->event, 0);
        else if (once && !service->stopping && now >= service->ends_at) {
                log_warn("not everything could be settled in time; ending");
                service->timed_out = service->stopping = true;
                service->stop_at = now + service->settings->service.stop_timeout;
                dispatcher_stop(service->dispatcher);
                reporter_finish(service->reporter);
                turn_ask(service->turn);
        }
}

static int64_t next_turn(const Service *service, int64_t now) {
        int64_t next = dispatcher_next(service->dispatcher);

        if (!service->stopping)
                next = earliest(next, intake_next(service->intake));
        if (!service->stopping || service->timed_out)
                next = earliest(next, reporter_next(service->reporter));
        if (service->stopping)
                next = earliest(next, service->stop_at);
        else if (service->options->once)
                next = earliest(next, earliest(service->ends_at, now + SECOND / 10));
        return next;
}

static int on_turn(void *userdata) {
        Service *service = userdata;
        int r = transact(service);
        int64_t now;

        if (r == -EBUSY) { /* another program has the store for a moment */
                turn_ask_at(service->turn, turn_now() + BUSY_AGAIN);
                return 0;
        }
        if (!service->stopping)
                intake_work(service->intake, turn_now() + WORK_SLICE);
        if (!service->stopping || service->timed_out)
                reporter_work(service->reporter, turn_now() + WORK_SLICE);
        now = turn_now();
        show_status(service, now);
        end_if_done(service, now);
        if (r < 0)
                return r;
        turn_ask_at(service->turn, next_turn(service, now));
        return 0;
}

/* --- what the parts tell -------------------------------------------------------------------- */

static bool on_file(void *userdata, const SpoolFile *file) {
        Service *service = userdata;
        bool taken = !service->stopping && intake_take(service->intake, file);

        if (taken)
                turn_ask(service->turn);
        return taken;
}

static void on_wake(void *userdata) {
        Service *service = userdata;

        turn_ask(service->turn);
}

static void on_changed(void *userdata, int64_t batch) {
        Service *service = userdata;
        int r = reporter_changed(service->reporter, batch);

        if (r < 0)
                log_error("cannot report on batch %lld: %s", (long long) batch, strerror(-r));
}

static void on_accepted(void *userdata, int64_t batch) {
        Service *service = userdata;
        int r = dispatcher_add(service->dispatcher, batch);

        if (r < 0)
                log_error("cannot send batch %lld: %s; it waits for the next start", (long long) batch,
                          strerror(-r));
        on_changed(service, batch);
}

static void on_settled(void *userdata, int64_t batch) {
        Service *service = userdata;

        dispatcher_remove(service->dispatcher, batch);
}

/* --- signals -------------------------------------------------------------------------------- */

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        Service *service = userdata;

        (void) source;
        (void) info;
        if (service->stopping)
                return sd_event_exit(service->event, 0);
        log_info("stopping: %u requests in flight may finish", dispatcher_busy(service->dispatcher));
        (void) sd_notify(0, "STOPPING=1");
        service->stopping = true;
        service->stop_at = turn_now() + service->settings->service.stop_timeout;
        dispatcher_stop(service->dispatcher);
        turn_ask(service->turn);
        return 0;
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        (void) source;
        (void) info;
        (void) userdata;
        log_warn("settings are read at start: restart the service to change them");
        return 0;
}

static int catch_signals(Service *service) {
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

/* --- set up and tear down ------------------------------------------------------------------- */

/* The key is in this process: no core file, and nobody of the same user may look into it. */
static void forbid_dumps(void) {
        const struct rlimit none = { 0, 0 };

        (void) setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* its leak check looks into us */
        (void) prctl(PR_SET_DUMPABLE, 0);
#endif
}

static int take_lock(const char *directory_or_file, const char *ending, int *ret_lock) {
        AUTO_FREE char *path = NULL;
        pid_t other = 0;
        int r;

        if (asprintf(&path, "%s%s", directory_or_file, ending) < 0)
                return -ENOMEM;
        r = lock_take(path, &other);
        if (r == -EAGAIN)
                log_error("another checkoutd (pid %d) works on %s already", (int) other,
                          directory_or_file);
        else if (r < 0)
                log_error("cannot lock %s: %s", path, strerror(-r));
        if (r < 0)
                return r;
        *ret_lock = r;
        return 0;
}

static int read_key(Service *service) {
        int r = settings_read_key(service->settings, &service->api_key, &service->live);

        if (r == -ENOENT)
                log_error("there is no key: set [provider] key_file, or give the systemd credential api_key");
        else if (r == -EKEYREJECTED)
                log_error("the key does not begin with sk_test_ or sk_live_: is it the secret key of Fintoc?");
        else if (r < 0)
                log_error("cannot read the key: %s", strerror(-r));
        return r;
}

static int open_ledger(Service *service) {
        const char *path = service->settings->store.database;
        int r = take_lock(path, ".lock", &service->database_lock);

        if (r < 0)
                return r;
        r = ledger_open(path, LEDGER_WRITE, &service->ledger);
        if (r == -EILSEQ)
                log_error("%s was made by a newer version of checkoutd", path);
        else if (r == -EUCLEAN)
                log_error("%s is damaged, or no store of checkoutd; restore it from a backup", path);
        else if (r < 0)
                log_error("cannot open the store %s: %s", path, strerror(-r));
        return r;
}

static int make_http(Service *service) {
        const Settings *settings = service->settings;
        const HttpOptions options = {
                .url = settings->provider.url,
                .api_key = service->api_key,
                .version = settings->provider.fintoc_version,
                .ca_file = settings->provider.ca_file,
                .proxy = settings->provider.proxy,
                .connect_timeout = settings->provider.connect_timeout,
                .timeout = settings->provider.timeout,
                .max_in_flight = settings->provider.max_in_flight,
        };

        return http_loop_new(service->event, &options, on_wake, service, &service->http);
}

static int make_senders(Service *service) {
        int r = make_http(service);
        const DispatcherOptions dispatcher = { service->settings, service->ledger, service->http,
                                               service->live,     on_changed,      service };

        if (r >= 0)
                r = dispatcher_new(&dispatcher, &service->dispatcher);
        if (r >= 0) {
                const CommandsOptions commands = { service->event, service->ledger, service->turn,
                                                   service->dispatcher };

                r = commands_new(&commands, &service->commands);
        }
        return r;
}

static int make_parts(Service *service) {
        const IntakeOptions intake = { service->settings, service->ledger, service->live, on_accepted,
                                       service };
        ReporterOptions reporter = { service->settings, service->ledger, NULL, on_settled, service };
        int r = turn_new(service->event, on_turn, service, &service->turn);

        if (r >= 0)
                r = intake_new(&intake, &service->intake);
        if (r >= 0)
                r = spool_new(service->event, service->settings, on_file, service, &service->spool);
        if (r < 0)
                return r;
        intake_set_spool(service->intake, service->spool);
        reporter.spool = service->spool;
        r = take_lock(service->settings->spool.directory, "/work/.lock", &service->spool_lock);
        if (r >= 0)
                r = reporter_new(&reporter, &service->reporter);
        return r < 0 ? r : make_senders(service);
}

static int recover(Service *service) {
        int r = ledger_begin(service->ledger);

        if (r < 0)
                return r;
        ledger_set_now(service->ledger, turn_wall());
        r = dispatcher_recover(service->dispatcher);
        if (r >= 0)
                r = ledger_commit(service->ledger);
        if (r < 0) {
                ledger_rollback(service->ledger);
                return r;
        }
        r = work_folder_clean(service->spool, service->ledger);
        if (r >= 0)
                r = reporter_recover(service->reporter);
        if (r >= 0)
                r = intake_recover(service->intake);
        return r;
}

static void service_done(Service *service) {
        (void) commands_free(service->commands);
        (void) http_loop_free(service->http); /* first: it borrows the bodies of the slots */
        (void) dispatcher_free(service->dispatcher);
        (void) reporter_free(service->reporter);
        (void) intake_free(service->intake);
        (void) spool_free(service->spool);
        (void) turn_free(service->turn);
        (void) ledger_free(service->ledger);
        (void) sd_event_unref(service->event);
        if (service->api_key) {
                explicit_bzero(service->api_key, strlen(service->api_key));
                free(service->api_key);
        }
        close_fd_p(&service->spool_lock);
        close_fd_p(&service->database_lock);
}

static int loop(Service *service) {
        loop_times_open();
        while (sd_event_get_state(service->event) != SD_EVENT_FINISHED) {
                int r = sd_event_prepare(service->event);
                int64_t begin;

                if (r == 0)
                        r = sd_event_wait(service->event, UINT64_MAX);
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                begin = turn_now();
                r = sd_event_dispatch(service->event);
                if (r < 0)
                        return r;
                loop_times_add(turn_now() - begin);
        }
        loop_times_close();
        return 0;
}

/* --- the end of --once ---------------------------------------------------------------------- */

static int find_unsettled(void *userdata, const Batch *batch) {
        Ledger *ledger = userdata;
        int64_t unsettled = 0, later = 0;
        int r = ledger_batch_unsettled(ledger, batch->id, &unsettled);

        if (r >= 0)
                r = ledger_batch_later(ledger, batch->id, turn_wall(), &later);
        if (r < 0)
                return r;
        return unsettled > later;
}

static int once_status(const Service *service) {
        unsigned running = 1U << BATCH_RUNNING | 1U << BATCH_AWAITING_APPROVAL;
        DispatcherFigures figures;
        int r = ledger_batches(service->ledger, running, find_unsettled, service->ledger);

        if (r < 0)
                return EX_IOERR;
        if (r > 0 || intake_busy(service->intake) > 0)
                return 2;
        dispatcher_figures(service->dispatcher, &figures);
        return figures.had_refusals || intake_had_rejects(service->intake) ? 1 : 0;
}

static int start(Service *service) {
        int r = sd_event_default(&service->event);

        forbid_dumps();
        if (r >= 0)
                r = catch_signals(service);
        if (r >= 0)
                r = sd_event_set_watchdog(service->event, true);
        if (r < 0) {
                log_error("cannot start the event loop: %s", strerror(-r));
                return EX_OSERR;
        }
        r = read_key(service);
        if (r < 0)
                return r == -ENOENT || r == -EKEYREJECTED ? EX_CONFIG : EX_IOERR;
        if (open_ledger(service) < 0)
                return EX_IOERR;
        r = make_parts(service);
        if (r >= 0)
                r = recover(service);
        if (r < 0) {
                log_error("cannot start: %s", strerror(-r));
                return EX_IOERR;
        }
        return 0;
}

int service_run(const ServiceOptions *options) {
        CLEANUP(service_done)
        Service service = { .options = options,
                            .settings = options->settings,
                            .database_lock = -1,
                            .spool_lock = -1 };
        int r = start(&service);

        if (r != 0)
                return r;
        service.ends_at = turn_now() + options->timeout;
        turn_ask(service.turn);
        log_info("checkoutd " CHECKOUTD_VERSION " is ready: %s mode, spool %s",
                 service.live ? "live" : "test", service.settings->spool.directory);
        (void) sd_notify(0, "READY=1");
        r = loop(&service);
        if (r < 0) {
                log_error("the event loop failed: %s", strerror(-r));
                return EX_OSERR;
        }
        log_info("checkoutd has stopped");
        return options->once ? once_status(&service) : 0;
}
