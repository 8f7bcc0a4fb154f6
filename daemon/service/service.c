#include "daemon/service/service.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-event.h>

#include "daemon/base/log.h"
#include "daemon/base/loop_times.h"
#include "daemon/base/notify.h"
#include "daemon/service/service_private.h"
#include "daemon/service/service_reload.h"
#include "jobs/base/civil.h"
#include "sql/ledger_instruction.h"

#define WRITE_SLICE     (SECOND * 8 / 1000) /* of intake; the commit comes on top */
#define WORK_SLICE      (SECOND * 5 / 1000)
#define WORK_LEAST      (SECOND / 1000)
#define TURN_AT_MOST    (SECOND * 14 / 1000) /* work gives way to a commit that took long */
#define CLOSE_SLICE     (SECOND * 2 / 1000)
#define FORGET_SLICE    (SECOND * 2 / 1000)
#define BUSY_AGAIN      (SECOND / 50)
#define RATE_KEPT_EVERY MINUTE

/* --- the turn ------------------------------------------------------------------------------- */

/* The learned rate outlives a restart. */
static int keep_rate(Service *service) {
        int64_t now = turn_now();
        char text[32];

        if (now < service->rate_kept_at + RATE_KEPT_EVERY || rate_current(service->rate) <= 0)
                return 0;
        service->rate_kept_at = now;
        (void) snprintf(text, sizeof(text), "%.2f", rate_current(service->rate));
        return ledger_set_value(service->ledger, "rate", text);
}

static int write_all(Service *service) {
        int r = service->stopping ? 0 : intake_write(service->intake, turn_now() + WRITE_SLICE);

        loop_times_part("intake_write");
        if (r >= 0)
                r = reporter_write(service->reporter);
        if (r >= 0)
                r = settler_write(service->settler);
        if (r >= 0)
                r = approval_folder_write(service->approvals);
        if (r >= 0 && !service->stopping)
                r = retention_write(service->retention);
        if (r >= 0)
                r = commands_write(service->commands);
        if (r >= 0)
                r = inquiry_write(service->inquiry);
        if (r >= 0)
                r = synchroniser_write(service->synchroniser);
        if (r >= 0)
                r = keep_rate(service);
        /* Last: what is claimed here leaves right after the commit, as the rate was asked. */
        if (r >= 0)
                r = canceller_write(service->canceller);
        if (r >= 0)
                r = dispatcher_write(service->dispatcher);
        return r < 0 ? r : pulse_keep(service->pulse);
}

/* In the transaction that was begun. */
static int transact(Service *service) {
        int r;

        log_begin();
        ledger_set_now(service->ledger, turn_wall());
        r = write_all(service);
        loop_times_part("other_write");
        if (r >= 0)
                r = ledger_commit(service->ledger);
        loop_times_part("commit");
        if (r < 0) {
                log_rollback();
                ledger_rollback(service->ledger);
                dispatcher_rolled_back(service->dispatcher);
                intake_rolled_back(service->intake);
                reporter_rolled_back(service->reporter);
                settler_rolled_back(service->settler);
                canceller_rolled_back(service->canceller);
                approval_folder_rolled_back(service->approvals);
                retention_rolled_back(service->retention);
                commands_rolled_back(service->commands);
                pulse_rolled_back(service->pulse);
                inquiry_rolled_back(service->inquiry);
                synchroniser_rolled_back(service->synchroniser);
                return r;
        }
        log_commit();
        turn_store_free(service->turn);
        intake_committed(service->intake);
        dispatcher_committed(service->dispatcher);
        reporter_committed(service->reporter);
        settler_committed(service->settler);
        canceller_committed(service->canceller);
        approval_folder_committed(service->approvals);
        retention_committed(service->retention);
        commands_committed(service->commands);
        inquiry_committed(service->inquiry);
        synchroniser_committed(service->synchroniser);
        return 0;
}

static int64_t earliest(int64_t a, int64_t b) {
        return a < b ? a : b;
}

/* A probe of an account that an earlier run found refused is due, although its rows are held. */
static bool is_idle(const Service *service, int64_t now) {
        return dispatcher_next(service->dispatcher) > now && spool_pending(service->spool) == 0 &&
               intake_busy(service->intake) == 0 && dispatcher_busy(service->dispatcher) == 0 &&
               reporter_busy(service->reporter) == 0 && settler_busy(service->settler) == 0 &&
               canceller_busy(service->canceller) == 0 && !commands_busy(service->commands) &&
               inquiry_busy(service->inquiry) == 0 &&
               approval_folder_busy(service->approvals) == 0 &&
               !retention_busy(service->retention) && synchroniser_busy(service->synchroniser) == 0;
}

/* Ends the loop when there is nothing left to wait for. */
static void end_if_done(Service *service, int64_t now) {
        bool once = service->options->once;

        if (service->stopping &&
            (dispatcher_busy(service->dispatcher) == 0 || now >= service->stop_at) &&
            (!service->timed_out || reporter_busy(service->reporter) == 0 ||
             now >= service->stop_at))
                (void) sd_event_exit(service->event, 0);
        else if (once && !service->stopping && is_idle(service, now))
                (void) sd_event_exit(service->event, 0);
        else if (once && !service->stopping && now >= service->ends_at) {
                log_say(MESSAGE_NOT_IN_TIME, "not everything could be settled in time; ending");
                service->timed_out = service->stopping = true;
                service->stop_at = now + service->settings->service.stop_timeout;
                dispatcher_stop(service->dispatcher);
                reporter_finish(service->reporter);
                turn_ask(service->turn);
        }
}

/* Intake, dispatcher and reporter. */
int64_t service_next_counted(const Service *service) {
        int64_t next = dispatcher_next(service->dispatcher);

        if (!service->stopping)
                next = earliest(next, intake_next(service->intake));
        if (!service->stopping || service->timed_out)
                next = earliest(next, reporter_next(service->reporter));
        return next;
}

int64_t service_next_turn(const Service *service, int64_t now) {
        int64_t next = service_next_counted(service);

        next = earliest(next, inquiry_next(service->inquiry));
        next = earliest(next, synchroniser_next(service->synchroniser));
        next = earliest(next, canceller_next(service->canceller));
        if (!service->stopping)
                next = earliest(next, earliest(approval_folder_next(service->approvals),
                                               retention_next(service->retention)));
        if (!service->stopping && !service->options->once)
                next = earliest(next, closer_next(service->closer));
        if (service->stopping)
                next = earliest(next, service->stop_at);
        else if (service->options->once)
                next = earliest(next, earliest(service->ends_at, now + SECOND / 10));
        return next;
}

/* There is no turn without the store. */
static int wait_for_store(Service *service, int error) {
        int64_t now = turn_now();

        service_store_trouble(service, error, now);
        end_if_done(service, now);
        turn_ask_at(service->turn, now + BUSY_AGAIN);
        return 0;
}

static void close_batches(Service *service) {
        int r = service->stopping || service->options->once
                        ? 0
                        : closer_work(service->closer, turn_now() + CLOSE_SLICE);

        if (r < 0)
                log_say(MESSAGE_STORE_TROUBLE, "cannot read which batches are at their end: %s",
                        strerror(-r));
}

/* Until when what needs no store may work in a turn that began then. */
static int64_t work_until(int64_t began) {
        int64_t now = turn_now();
        int64_t until = earliest(now + WORK_SLICE, began + TURN_AT_MOST);

        return until > now + WORK_LEAST ? until : now + WORK_LEAST;
}

int service_turn(void *userdata) {
        Service *service = userdata;
        int64_t began = turn_now(), now;
        int r = ledger_begin(service->ledger);

        /* these two mean the store as a whole only as the answer of this one call */
        if (r == -EBUSY || r == -ENOENT)
                return wait_for_store(service, r);
        service_store_good(service);
        if (r >= 0)
                r = transact(service);
        if (!service->stopping) {
                approval_folder_work(service->approvals);
                retention_work(service->retention, turn_now() + FORGET_SLICE);
                intake_work(service->intake, work_until(began));
        }
        loop_times_part("intake_work");
        if (!service->stopping || service->timed_out)
                reporter_work(service->reporter, work_until(began));
        loop_times_part("reporter_work");
        close_batches(service);
        if (service->look_for_lost)
                settler_look(service->settler);
        service->look_for_lost = false;
        now = turn_now();
        end_if_done(service, now);
        if (r < 0)
                return r;
        turn_ask_at(service->turn, service_next_turn(service, now));
        return 0;
}

/* --- the loop ------------------------------------------------------------------------------- */

static int loop(Service *service) {
        loop_times_open();
        while (sd_event_get_state(service->event) != SD_EVENT_FINISHED) {
                int r = sd_event_prepare(service->event);

                if (r == 0)
                        r = sd_event_wait(service->event, UINT64_MAX);
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                loop_times_begin();
                r = sd_event_dispatch(service->event);
                if (r < 0)
                        return r;
                loop_times_end();
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
        if (r < 0 || unsettled > later)
                return r < 0 ? r : 1;
        return ledger_instruction_open(ledger, batch->id);
}

static int once_status(const Service *service) {
        unsigned running = 1U << BATCH_RUNNING | 1U << BATCH_AWAITING_APPROVAL;
        DispatcherFigures figures;
        int r = ledger_batches(service->ledger, running, find_unsettled, service->ledger);

        if (r < 0)
                return EX_IOERR;
        if (spool_report_stuck(service->spool) > 0 || r > 0 || intake_busy(service->intake) > 0)
                return 2;
        dispatcher_figures(service->dispatcher, &figures);
        return figures.had_refusals || intake_had_rejects(service->intake) ? 1 : 0;
}

/* From start to the end of the loop. 0: ended as asked; else the exit status. */
static int run_once(Service *service) {
        int r;

        log_allow_references(service->settings->service.log_references);
        r = service_start(service);
        if (r != 0)
                return r;
        service->ends_at = turn_now() + service->options->timeout;
        turn_ask(service->turn);
        log_say(MESSAGE_STARTED, "checkoutd " CHECKOUTD_VERSION " is ready: %s mode, spool %s",
                service->live ? "live" : "test", service->settings->spool.directory);
        notify_ready();
        r = loop(service);
        if (r < 0) {
                log_say(MESSAGE_FAILED, "the event loop failed: %s", strerror(-r));
                return EX_OSERR;
        }
        if (!service->reloading)
                pulse_end(service->pulse);
        return 0;
}

int service_run(const ServiceOptions *options) {
        CLEANUP(settings_free_p) Settings *reloaded = NULL;
        const Settings *settings = options->settings;

        for (;;) {
                CLEANUP(service_done)
                Service service = { .options = options,
                                    .settings = settings,
                                    .database_lock = -1,
                                    .spool_lock = -1 };
                int r = run_once(&service);
                Settings *next;

                if (r != 0)
                        return r;
                if (!service.reloading) {
                        log_say(MESSAGE_STOPPED, "checkoutd has stopped");
                        return options->once ? once_status(&service) : 0;
                }
                next = TAKE(service.new_settings);
                service_done(&service); /* it borrows the settings it ran with */
                service = (Service){ .database_lock = -1, .spool_lock = -1 };
                if (!next) /* only the folders are opened anew */
                        continue;
                (void) settings_free(reloaded);
                settings = reloaded = next;
                log_say(MESSAGE_RELOADED, "the settings are read anew");
        }
}
