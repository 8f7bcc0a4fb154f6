#include "daemon/service/service_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <systemd/sd-event.h>

#include "daemon/base/lock.h"
#include "daemon/base/log.h"
#include "daemon/base/notify.h"
#include "daemon/spool/store_mark.h"
#include "daemon/spool/work_folder.h"

/* The key is in this process: no core file, and nobody of the same user may look into it. */
static void forbid_dumps(void) {
        const struct rlimit none = { 0, 0 };

        (void) setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* its leak check looks into us */
        (void) prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* An error that was said where it is known what it is about. */
#define SAID (-EALREADY)

static int take_lock(int directory, const char *path, const char *what, int *ret_lock) {
        pid_t other = 0;
        int r = lock_take(directory, path, &other);

        if (r == -EAGAIN)
                log_say(MESSAGE_ALREADY_RUNS, "another checkoutd (pid %d) works on %s already",
                        (int) other, what);
        else if (r < 0)
                log_say(MESSAGE_NOT_STARTED, "cannot lock %s: %s", what, strerror(-r));
        if (r < 0)
                return SAID;
        *ret_lock = r;
        return 0;
}

int service_read_key(const Settings *settings, char **ret_key, bool *ret_live) {
        const char *file = settings->provider.key_file;
        int r = settings_read_key(settings, ret_key, ret_live);

        if (r == -ENOENT && file[0] == '\0')
                log_say(MESSAGE_KEY_MISSING,
                        "there is no key: set [provider] key_file, or give the systemd credential api_key");
        else if (r == -ENOENT)
                log_say(MESSAGE_KEY_MISSING, "there is no key in %s: no such file, or it is empty",
                        file);
        else if (r == -EKEYREJECTED)
                log_say(MESSAGE_KEY_UNFIT,
                        "the key does not begin with sk_test_ or sk_live_: is it the secret key of Fintoc?");
        else if (r < 0)
                log_say(MESSAGE_KEY_UNREADABLE, "cannot read the key%s%s: %s",
                        file[0] != '\0' ? " in " : "", file, strerror(-r));
        return r;
}

static void tell_opening(void *userdata) {
        (void) userdata;
        notify_working("bringing the store up to date");
}

static int open_ledger(Service *service) {
        const char *path = service->settings->store.database;
        AUTO_FREE char *lock = NULL;
        int r;

        if (asprintf(&lock, "%s.lock", path) < 0)
                return -ENOMEM;
        r = take_lock(AT_FDCWD, lock, path, &service->database_lock);
        if (r < 0)
                return r;
        r = ledger_open_telling(path, LEDGER_WRITE, tell_opening, NULL, &service->ledger);
        if (r == -EILSEQ)
                log_say(MESSAGE_STORE_NEWER, "%s was made by a newer version of checkoutd", path);
        else if (r == -EUCLEAN)
                log_say(MESSAGE_STORE_DAMAGED,
                        "%s is damaged, or no store of checkoutd; restore it from a backup", path);
        else if (r < 0)
                log_say(MESSAGE_STORE_UNREADABLE, "cannot open the store %s: %s", path,
                        strerror(-r));
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
                /* and a page of the list, what an operator asks, what became of the links, and
                 * those to be ended */
                .max_in_flight = settings->provider.max_in_flight + 2 + SYNCHRONISER_SLOTS + 1 +
                                 CANCELLER_SLOTS,
        };

        return http_loop_new(service->event, &options, service_wake, service, &service->http);
}

static int make_settler(Service *service) {
        const SettlerOptions options = {
                .event = service->event,
                .settings = service->settings,
                .ledger = service->ledger,
                .http = service->http,
                .rate = service->rate,
                .turn = service->turn,
                .live = service->live,
                .changed = service_reopened,
                .mismatch = service_mismatch,
                .userdata = service,
        };

        return settler_new(&options, &service->settler);
}

static int make_dispatcher(Service *service) {
        const DispatcherOptions options = {
                service->settings, service->ledger, service->http, service->rate,
                service->live,     service_changed, service
        };

        return dispatcher_new(&options, &service->dispatcher);
}

/* The rate that was learned before a restart is where the ramp begins. */
static int make_rate(Service *service) {
        AUTO_FREE char *kept = NULL;
        int r = ledger_get_value(service->ledger, "rate", &kept);

        if (r < 0)
                return r;
        return rate_new(service->settings->provider.rate, kept ? strtod(kept, NULL) : 0,
                        &service->rate);
}

static int make_inquiry(Service *service) {
        const InquiryOptions options = { service->settings, service->ledger, service->http,
                                         service->rate,     service->turn,   service->live };

        return inquiry_new(&options, &service->inquiry);
}

static int make_synchroniser(Service *service) {
        const SynchroniserOptions options = {
                .settings = service->settings,
                .ledger = service->ledger,
                .http = service->http,
                .rate = service->rate,
                .turn = service->turn,
                .dispatcher = service->dispatcher,
                .live = service->live,
                .only_asked = service->options->once,
                .changed = service_changed,
                .userdata = service,
        };

        return synchroniser_new(&options, &service->synchroniser);
}

static int make_canceller(Service *service) {
        const CancellerOptions options = {
                .settings = service->settings,
                .ledger = service->ledger,
                .http = service->http,
                .rate = service->rate,
                .turn = service->turn,
                .dispatcher = service->dispatcher,
                .live = service->live,
                .changed = service_reopened,
                .look = service_look,
                .userdata = service,
        };

        return canceller_new(&options, &service->canceller);
}

static int make_senders(Service *service) {
        int r = make_http(service);

        if (r >= 0)
                r = make_rate(service);
        if (r >= 0)
                r = make_dispatcher(service);
        if (r >= 0)
                r = make_settler(service);
        if (r >= 0)
                r = make_canceller(service);
        if (r >= 0)
                r = make_inquiry(service);
        if (r >= 0)
                r = make_synchroniser(service);
        if (r >= 0) {
                const CommandsOptions commands = {
                        .event = service->event,
                        .settings = service->settings,
                        .ledger = service->ledger,
                        .turn = service->turn,
                        .dispatcher = service->dispatcher,
                        .inquiry = service->inquiry,
                        .synchroniser = service->synchroniser,
                        .changed = service_reopened,
                        .begun = service_begun,
                        .release_store = service_release_store,
                        .other = service_command,
                        .userdata = service,
                };

                r = commands_new(&commands, &service->commands);
        }
        return r;
}

static int make_approvals(Service *service) {
        const ApprovalFolderOptions options = {
                .event = service->event,
                .settings = service->settings,
                .ledger = service->ledger,
                .turn = service->turn,
                .spool = service->spool,
                .given = service_accepted,
                .userdata = service,
        };

        return approval_folder_new(&options, &service->approvals);
}

static int make_retention(Service *service) {
        const RetentionOptions options = {
                .settings = service->settings,
                .ledger = service->ledger,
                .spool = service->spool,
                .rewrite = service_rewrite,
                .is_written = service_is_written,
                .userdata = service,
        };

        return retention_new(&options, &service->retention);
}

static int make_parts(Service *service) {
        const IntakeOptions intake = { service->settings, service->ledger, service->live,
                                       service_accepted,  service,         service->options->once };
        ReporterOptions reporter = { service->settings, service->ledger, NULL,
                                     service_settled,   service,         service->options->once };
        int r = turn_new(service->event, service_turn, service, &service->turn);

        if (r >= 0)
                r = intake_new(&intake, &service->intake);
        if (r >= 0)
                r = spool_new(service->event, service->settings, service_file, service,
                              &service->spool);
        if (r < 0)
                return r;
        spool_on_displaced(service->spool, service_displaced);
        intake_set_spool(service->intake, service->spool);
        reporter.spool = service->spool;
        r = take_lock(spool_work(service->spool), ".lock", service->settings->spool.directory,
                      &service->spool_lock);
        if (r >= 0)
                r = reporter_new(&reporter, &service->reporter);
        if (r >= 0)
                r = closer_new(service->ledger, service_close, service, &service->closer);
        if (r >= 0)
                r = make_approvals(service);
        if (r >= 0)
                r = make_retention(service);
        return r < 0 ? r : make_senders(service);
}

static int check_store(Service *service) {
        int r = store_mark_check(service->spool, service->ledger);

        return r > 0 ? ledger_set_daemon_hold(service->ledger, HOLD_STORE) : r;
}

static int recover_work(Service *service) {
        int r = dispatcher_is_held(service->dispatcher, HOLD_STORE)
                        ? 0
                        : store_mark_write(service->spool, service->ledger);

        if (r >= 0)
                r = work_folder_clean(service->spool, service->ledger);
        if (r >= 0)
                return r;
        log_say(MESSAGE_NOT_STARTED, "cannot start: cannot write into %s/work: %s",
                service->settings->spool.directory, strerror(-r));
        return SAID;
}

static int recover(Service *service) {
        int r = ledger_begin(service->ledger);

        if (r < 0)
                return r;
        log_begin();
        ledger_set_now(service->ledger, turn_wall());
        r = check_store(service);
        if (r >= 0)
                r = dispatcher_recover(service->dispatcher);
        if (r >= 0)
                r = canceller_recover(service->canceller);
        if (r >= 0)
                r = ledger_commit(service->ledger);
        if (r < 0) {
                log_rollback();
                ledger_rollback(service->ledger);
                return r;
        }
        log_commit();
        r = recover_work(service);
        if (r >= 0)
                r = reporter_recover(service->reporter);
        if (r >= 0)
                r = intake_recover(service->intake);
        if (r >= 0)
                spool_look_first(service->spool);
        return r;
}

bool service_ids_are_real(const Settings *settings) {
        int r = approval_is_used(settings) ? approval_ids_are_real("/proc/self/uid_map") : 1;

        if (r == 0)
                log_say(MESSAGE_IDS_MAPPED,
                        "user ids are mapped here (a user namespace), so that two persons may look like one: not with approval");
        else if (r < 0)
                log_say(MESSAGE_IDS_MAPPED,
                        "it cannot be told whether user ids are real here: %s; not with approval",
                        strerror(-r));
        return r > 0;
}

void service_done(Service *service) {
        (void) pulse_free(service->pulse);
        (void) commands_free(service->commands);
        (void) approval_folder_free(service->approvals);
        (void) retention_free(service->retention);
        (void) http_loop_free(service->http); /* first: it borrows the bodies of the slots */
        (void) inquiry_free(service->inquiry);
        (void) synchroniser_free(service->synchroniser);
        (void) canceller_free(service->canceller);
        (void) settler_free(service->settler);
        (void) dispatcher_free(service->dispatcher);
        (void) rate_free(service->rate);
        (void) closer_free(service->closer);
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

int service_start(Service *service) {
        int r = sd_event_default(&service->event);

        forbid_dumps();
        if (r >= 0)
                r = service_catch_signals(service);
        if (r < 0) {
                log_say(MESSAGE_NOT_STARTED, "cannot start the event loop: %s", strerror(-r));
                return EX_OSERR;
        }
        if (!service_ids_are_real(service->settings))
                return EX_CONFIG;
        r = service_read_key(service->settings, &service->api_key, &service->live);
        if (r < 0)
                return r == -ENOENT || r == -EKEYREJECTED ? EX_CONFIG : EX_IOERR;
        r = open_ledger(service);
        if (r < 0) /* no store gets older by trying again */
                return r == -EILSEQ ? EX_CONFIG : EX_IOERR;
        r = make_parts(service);
        if (r >= 0)
                r = recover(service);
        if (r >= 0)
                r = pulse_new(service, &service->pulse);
        if (r == -EUCLEAN)
                log_say(MESSAGE_STORE_DAMAGED, "%s is damaged; restore it from a backup",
                        service->settings->store.database);
        else if (r < 0 && r != SAID)
                log_say(MESSAGE_NOT_STARTED, "cannot start: %s", strerror(-r));
        if (r < 0)
                return EX_IOERR;
        return 0;
}
