#include "daemon/commands/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "daemon/base/batch_set.h"
#include "daemon/base/log.h"
#include "daemon/commands/command_job.h"
#include "daemon/rules/command_rows.h"
#include "daemon/rules/command_target.h"
#include "jobs/base/buffer.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"
#include "sql/ledger_approval.h"

#define LOOK_EVERY (SECOND / 4)
#define WITHDRAWN  "its batch was withdrawn before it was approved; drop its file again"

struct Commands {
        CommandsOptions options;
        sd_event_source *timer;
        CommandJob job;
        bool begun;       /* sessions are to be ended, in this transaction */
        bool waiting;     /* the store changed: there may be commands */
        BatchSet changed; /* in this transaction */
};

static int on_look(sd_event_source *source, uint64_t usec, void *userdata) {
        Commands *commands = userdata;

        (void) usec;
        if (ledger_changed_outside(commands->options.ledger) != 0)
                commands->waiting = true; /* also when it cannot be told */
        if (commands->waiting || commands->job.command != 0)
                turn_ask(commands->options.turn);
        (void) sd_event_source_set_time_relative(source, LOOK_EVERY);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* --- one order ------------------------------------------------------------------------------ */

/* In which its results are written. */
static Language language_of(const Commands *commands, const Batch *batch) {
        return settings_profile_or_default(commands->options.settings, batch->profile)
                ->rules.language;
}

typedef struct FindOrder {
        Commands *commands;
        const CommandTarget *target;
        RowVerb verb;
        int64_t command;
        bool found;
        int done; /* RowAnswer */
        const char *why;
        bool why_stands; /* it is that of the row which has the reference */
} FindOrder;

/* Why nothing came of it, when nothing comes of any row: what the newest says, if none has the
 * reference. */
static void note_why(FindOrder *find, const Row *row, const char *why) {
        bool has_reference = status_takes_reference(row->status);

        if (!find->why || (has_reference && !find->why_stands))
                find->why = why;
        find->why_stands = find->why_stands || has_reference;
}

/* What was not sent may be withdrawn also while it waits for an approval. A closed batch is left as
 * it is, but for an order that is named. */
static bool may_change(const Batch *batch, RowVerb verb, bool by_name) {
        BatchState state = batch->state;

        /* What nobody has approved is not sent one by one, either. */
        if (batch_was_withdrawn(batch) && verb != ROW_CANCEL)
                return false;
        return state == BATCH_RUNNING || state == BATCH_SETTLED ||
               (state == BATCH_AWAITING_APPROVAL && verb == ROW_CANCEL) ||
               (state == BATCH_CLOSED &&
                (verb == ROW_REISSUE || (verb == ROW_REQUEUE_NEW_KEY && by_name)));
}

static int try_order(void *userdata, const Row *row) {
        FindOrder *find = userdata;
        Ledger *ledger = find->commands->options.ledger;
        const char *why = NULL;
        RowCommand command;
        const Batch *batch;
        int r = find->done ? 0 : ledger_batch_get(ledger, row->batch, &batch);

        if (r <= 0)
                return r;
        if (!command_target_is_in(find->target, batch))
                return 0;
        find->found = true;
        if (!find->why && batch_was_withdrawn(batch) && find->verb != ROW_CANCEL)
                find->why = WITHDRAWN;
        if (!may_change(batch, find->verb, true))
                return 0;
        command = (RowCommand){ .verb = find->verb,
                                .language = language_of(find->commands, batch),
                                .now = turn_wall(),
                                .command = find->command,
                                .by_name = true };
        r = command_row(ledger, &command, row, &why);
        if (r == ROW_NOTHING)
                note_why(find, row, why);
        if (r <= 0)
                return r;
        find->done = r;
        find->commands->begun = find->commands->begun || r == ROW_BEGUN;
        if (r == ROW_BEGUN) /* nothing is changed yet */
                return 0;
        r = batch_set_add(&find->commands->changed, row->batch);
        if (r >= 0)
                r = ledger_batch_reopen(ledger, row->batch, BATCH_RUNNING);
        if (r >= 0 && find->verb == ROW_CANCEL)
                r = ledger_batch_end_waiting(ledger, row->batch);
        return r < 0 ? r : 0;
}

static int do_order(Commands *commands, const Command *command, RowVerb verb,
                    const CommandTarget *target, Buffer *answer) {
        FindOrder find = {
                .commands = commands, .target = target, .verb = verb, .command = command->id
        };
        int r = ledger_rows_of_order(commands->options.ledger, target->order, try_order, &find);

        if (r < 0)
                return r;
        if (find.done == ROW_BEGUN)
                return buffer_append_string(answer, "done: its link is being ended");
        if (find.done == ROW_DONE)
                return buffer_append_string(answer, "done: 1 row");
        return buffer_printf(answer, "no: %s",
                             !find.found ? "there is no such order"
                             : find.why  ? find.why
                                         : "its batch is not being sent");
}

/* --- a batch, row by row -------------------------------------------------------------------- */

static int begin_job(Commands *commands, const Command *command, RowVerb verb, int64_t id,
                     Buffer *answer) {
        char name[ANSWER_BATCH_SIZE];
        const Batch *batch;
        int r = ledger_batch_get(commands->options.ledger, id, &batch);

        if (r < 0)
                return r;
        if (r == 0)
                return buffer_printf(answer, "no: there is no batch %s", answer_batch(id, name));
        if (batch_was_withdrawn(batch) && verb != ROW_CANCEL)
                return buffer_append_string(answer, "no: " WITHDRAWN);
        if (!may_change(batch, verb, false))
                return buffer_printf(answer, "no: batch %s is %s", answer_batch(id, name),
                                     batch_state_name(batch->state, batch->hold));
        commands->job = (CommandJob){ .command = command->id,
                                      .verb = verb,
                                      .batch = id,
                                      .language = language_of(commands, batch),
                                      .after = row_first(id) };
        return 0;
}

/* --- holds of all and of a batch ------------------------------------------------------------ */

static int hold_batch(Commands *commands, int64_t id, Hold hold, Buffer *answer) {
        char name[ANSWER_BATCH_SIZE];
        const Batch *batch;
        int r = ledger_batch_get(commands->options.ledger, id, &batch);

        if (r < 0)
                return r;
        (void) answer_batch(id, name);
        if (r == 0)
                return buffer_printf(answer, "no: there is no batch %s", name);
        if (batch->state == BATCH_AWAITING_APPROVAL)
                return buffer_printf(
                        answer,
                        "no: batch %s waits for an approval; `checkoutctl approve` gives it", name);
        if (batch_was_withdrawn(batch))
                return buffer_append_string(answer, "no: " WITHDRAWN);
        if (batch->state != BATCH_RUNNING)
                return buffer_printf(answer, "no: batch %s is %s; only a running one can be %s",
                                     name, batch_state_name(batch->state, batch->hold),
                                     hold == HOLD_NONE ? "released" : "held");
        r = ledger_batch_set_hold(commands->options.ledger, id, hold);
        if (r < 0)
                return r;
        dispatcher_hold_batch(commands->options.dispatcher, id, hold);
        return buffer_printf(answer, "done: batch %s is %s", name,
                             hold == HOLD_NONE ? "released" : "held");
}

static int hold_all(Commands *commands, Hold hold, Buffer *answer) {
        Hold now;
        int r = ledger_daemon_hold(commands->options.ledger, &now);

        if (r < 0)
                return r;
        if (now == HOLD_STORE)
                return buffer_append_string(
                        answer,
                        "no: the store is held; see the journal, then `checkoutctl release --store`");
        r = ledger_set_daemon_hold(commands->options.ledger, hold);
        if (r < 0)
                return r;
        dispatcher_hold_all(commands->options.dispatcher, hold);
        return buffer_append_string(answer, hold == HOLD_NONE ? "done: sending goes on"
                                                              : "done: all sending is held");
}

static int release_store(Commands *commands, Buffer *answer) {
        Hold now;
        int r = ledger_daemon_hold(commands->options.ledger, &now);

        if (r < 0)
                return r;
        if (now != HOLD_STORE)
                return buffer_append_string(answer, "no: the store is not held");
        r = commands->options.release_store(commands->options.userdata);
        if (r >= 0)
                r = ledger_set_daemon_hold(commands->options.ledger, HOLD_NONE);
        if (r < 0)
                return r;
        dispatcher_hold_all(commands->options.dispatcher, HOLD_NONE);
        return buffer_append_string(answer, "done: sending goes on with this store");
}

/* --- verbs ---------------------------------------------------------------------------------- */

static const struct {
        const char *name;
        RowVerb verb;
} verbs[] = {
        { "hold", ROW_HOLD },       { "release", ROW_RELEASE },
        { "requeue", ROW_REQUEUE }, { "requeue-new-key", ROW_REQUEUE_NEW_KEY },
        { "cancel", ROW_CANCEL },   { "reissue", ROW_REISSUE },
};

static int run(Commands *commands, const Command *command, RowVerb verb, Buffer *answer) {
        const CommandTarget target = command_target_read(command->argument);
        bool holds = verb == ROW_HOLD || verb == ROW_RELEASE;
        Hold hold = verb == ROW_HOLD ? HOLD_OPERATOR : HOLD_NONE;

        switch (target.kind) {
        case TARGET_ORDER:
                return do_order(commands, command, verb, &target, answer);
        case TARGET_BATCH:
                return holds ? hold_batch(commands, target.batch, hold, answer)
                             : begin_job(commands, command, verb, target.batch, answer);
        case TARGET_ALL:
                if (holds)
                        return hold_all(commands, hold, answer);
                break;
        case TARGET_STORE:
                if (verb == ROW_RELEASE)
                        return release_store(commands, answer);
                break;
        case TARGET_NONE:
                break;
        }
        return buffer_append_string(answer, "no: it cannot be done to that");
}

#define TAKEN_BEFORE 1 /* nothing is begun anew */

/* What takes its time is answered by whoever does it. */
static int ask_sync(Commands *commands, const Command *command, Buffer *answer) {
        const CommandTarget target = command_target_read(command->argument);
        int r;

        if (target.kind != TARGET_ALL && target.kind != TARGET_BATCH && target.kind != TARGET_ORDER)
                return buffer_append_string(answer, "no: it cannot be done to that");
        r = synchroniser_ask(commands->options.synchroniser, command->id, &target, answer);
        return r == SYNC_TAKEN_BEFORE ? TAKEN_BEFORE : r < 0 ? r : 0;
}

static int run_other(Commands *commands, const Command *command, Buffer *answer) {
        int r = commands->options.other(commands->options.userdata, command, answer);

        if (r >= 0 && answer->size == 0)
                r = buffer_printf(answer, "no: this daemon does not know `%s`", command->verb);
        return r < 0 ? r : 0;
}

static LogMessage message_of(RowVerb verb, const Buffer *answer) {
        bool done = answer->size > 4 && memcmp(answer->data, "done", 4) == 0;

        if (done && verb == ROW_HOLD)
                return MESSAGE_HELD_BY_PERSON;
        return done && verb == ROW_RELEASE ? MESSAGE_RELEASED : MESSAGE_PERSON_ASKED;
}

static int carry_out(void *userdata, const Command *command) {
        Commands *commands = userdata;
        AUTO_BUFFER answer = BUFFER_EMPTY;
        size_t i = 0;
        int r;

        if (commands->job.command != 0)
                return 0; /* one batch-wide command after the other */
        if (strcmp(command->verb, "doctor") == 0)
                return inquiry_ask(commands->options.inquiry, command->id);
        while (i < ELEMENTS(verbs) && strcmp(command->verb, verbs[i].name) != 0)
                i++;
        if (strcmp(command->verb, "sync") == 0)
                r = ask_sync(commands, command, &answer);
        else if (i < ELEMENTS(verbs))
                r = run(commands, command, verbs[i].verb, &answer);
        else
                r = run_other(commands, command, &answer);
        if (r < 0 || r == TAKEN_BEFORE)
                return r < 0 ? r : 0;
        log_say(i < ELEMENTS(verbs) ? message_of(verbs[i].verb, &answer) : MESSAGE_PERSON_ASKED,
                "user %lld asked for %s; %s", (long long) command->uid, command->verb,
                answer.size > 0 ? answer.data : "it is begun");
        if (answer.size == 0)
                return 0; /* a job answers at its end */
        return ledger_command_answer(commands->options.ledger, command->id, turn_wall(),
                                     answer.data);
}

int commands_write(Commands *commands) {
        int r = 0;

        if (commands->job.command != 0)
                return command_job_write(&commands->job, commands->options.ledger,
                                         &commands->changed);
        if (commands->waiting)
                r = ledger_commands_waiting(commands->options.ledger, carry_out, commands);
        if (r >= 0 && commands->job.command == 0)
                commands->waiting = false;
        return r < 0 ? r : 0;
}

bool commands_busy(const Commands *commands) {
        return commands->waiting || commands->job.command != 0;
}

void commands_committed(Commands *commands) {
        bool begun;

        if (command_job_committed(&commands->job, &begun))
                turn_ask(commands->options.turn);
        for (size_t i = 0; i < commands->changed.n; i++)
                commands->options.changed(commands->options.userdata, commands->changed.ids[i]);
        commands->changed.n = 0;
        if (commands->begun || begun)
                commands->options.begun(commands->options.userdata);
        commands->begun = false;
}

void commands_rolled_back(Commands *commands) {
        command_job_rolled_back(&commands->job);
        commands->changed.n = 0;
        commands->begun = false;
        commands->waiting = true;
}

/* --- set up and tear down ------------------------------------------------------------------- */

Commands *commands_free(Commands *commands) {
        if (!commands)
                return NULL;
        (void) sd_event_source_disable_unref(commands->timer);
        batch_set_done(&commands->changed);
        free(commands);
        return NULL;
}

int commands_new(const CommandsOptions *options, Commands **ret_commands) {
        CLEANUP(commands_free_p) Commands *commands = calloc(1, sizeof(*commands));
        int r;

        if (!commands)
                return -ENOMEM;
        commands->options = *options;
        commands->waiting = true; /* what was asked while no daemon was there */
        r = sd_event_add_time_relative(options->event, &commands->timer, CLOCK_BOOTTIME, LOOK_EVERY,
                                       SECOND / 100, on_look, commands);
        if (r < 0)
                return r;
        *ret_commands = TAKE(commands);
        return 0;
}
