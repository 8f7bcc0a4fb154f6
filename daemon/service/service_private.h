/* What the files of the service share: service.c (turns, the loop), service_start.c (set up and
 * tear down), service_told.c (what the parts tell), service_signals.c and service_store.c. */
#pragma once

#include "daemon/base/turn.h"
#include "daemon/commands/commands.h"
#include "daemon/following/closer.h"
#include "daemon/following/synchroniser.h"
#include "daemon/intake/approval_folder.h"
#include "daemon/intake/intake.h"
#include "daemon/provider/http_loop.h"
#include "daemon/results/reporter.h"
#include "daemon/results/retention.h"
#include "daemon/sending/canceller.h"
#include "daemon/sending/dispatcher.h"
#include "daemon/sending/inquiry.h"
#include "daemon/sending/settler.h"
#include "daemon/service/service.h"
#include "daemon/service/service_pulse.h"
#include "daemon/spool/spool.h"

struct Service {
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
        Rate *rate;
        Settler *settler;
        Canceller *canceller;
        Dispatcher *dispatcher;
        Reporter *reporter;
        Closer *closer;
        Inquiry *inquiry;
        Synchroniser *synchroniser;
        Commands *commands;
        ApprovalFolder *approvals;
        Retention *retention;
        Pulse *pulse;
        bool stopping;
        bool reloading;
        bool displaced_said;
        bool look_for_lost;     /* --once */
        Settings *new_settings; /* found good; for the start that follows */
        int64_t busy_since;     /* boot clock; 0: the store is free */
        int busy_said;          /* the error by which it cannot be had, once that was logged */
        int64_t rate_kept_at;   /* boot clock */
        int64_t stop_at;        /* boot clock; in flight or not */
        int64_t ends_at;        /* boot clock; --once */
        bool timed_out;
};

/* Builds the parts in order and takes up what an earlier run left. 0 or the exit status, logged. */
int service_start(Service *service);
/* The mode of a key, before it is used. */
int service_read_key(const Settings *settings, char **ret_key, bool *ret_live);
/* What approval stands on; logged when it is not so. */
bool service_ids_are_real(const Settings *settings);
void service_done(Service *service);

int64_t service_next_turn(const Service *service, int64_t now); /* when the parts want it */
int64_t service_next_counted(const Service *service);           /* those whose work is counted */
int service_turn(void *service);

/* service_told.c: given to the parts when they are made. */
int service_file(void *service, const SpoolFile *file);
void service_wake(void *service);
void service_changed(void *service, int64_t batch);
void service_accepted(void *service, int64_t batch);
void service_settled(void *service, int64_t batch);
int service_close(void *service, int64_t batch);
void service_rewrite(void *service, int64_t batch);
int service_is_written(void *service, int64_t batch);
void service_mismatch(void *service);
void service_begun(void *service);
void service_look(void *service);
void service_reopened(void *service, int64_t batch);
int service_release_store(void *service);
int service_command(void *service, const Command *command, Buffer *answer);

/* service_store.c: it cannot be had now (-EBUSY, -ENOENT), and that is said in time; it can. */
void service_store_trouble(Service *service, int error, int64_t now);
void service_store_good(Service *service);

/* service_signals.c: SIGTERM, SIGINT and SIGHUP are events of the loop; and the folders that are
 * held open lead nowhere any more, which is answered like a SIGHUP. */
int service_catch_signals(Service *service);
void service_displaced(void *service);
