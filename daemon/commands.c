#include "daemon/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "daemon/log.h"
#include "jobs/base/buffer.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"

#define LOOK_EVERY (SECOND / 4)

struct Commands {
        CommandsOptions options;
        sd_event_source *timer;
        bool waiting; /* the store changed: there may be commands */
};

static int on_look(sd_event_source *source, uint64_t usec, void *userdata) {
        Commands *commands = userdata;

        (void) usec;
        if (ledger_changed_outside(commands->options.ledger) != 0)
                commands->waiting = true; /* also when it cannot be told */
        if (commands->waiting)
                turn_ask(commands->options.turn);
        (void) sd_event_source_set_time_relative(source, LOOK_EVERY);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* --- verbs ---------------------------------------------------------------------------------- */

/* "all": 0, "batch 17": 17, anything else -EINVAL. */
static int64_t read_target(const char *argument) {
        char *end;
        long long id;

        if (strcmp(argument, "all") == 0)
                return 0;
        if (strncmp(argument, "batch ", 6) != 0)
                return -EINVAL;
        errno = 0;
        id = strtoll(argument + 6, &end, 10);
        return errno != 0 || *end != '\0' || end == argument + 6 || id <= 0 ? -EINVAL : id;
}

static int hold_batch(Commands *commands, int64_t id, Hold hold, Buffer *answer) {
        char name[ANSWER_BATCH_SIZE];
        const Batch *batch;
        int r = ledger_batch_get(commands->options.ledger, id, &batch);

        if (r < 0)
                return r;
        (void) answer_batch(id, name);
        if (r == 0)
                return buffer_printf(answer, "no: there is no batch %s", name);
        if (batch->state != BATCH_RUNNING)
                return buffer_printf(answer, "no: batch %s is %s; only a running one can be %s",
                                     name, batch_state_name(batch->state, batch->hold),
                                     hold == HOLD_NONE ? "released" : "held");
        if (batch->hold == HOLD_APPROVAL)
                return buffer_printf(answer, "no: batch %s waits for an approval", name);
        r = ledger_batch_set_hold(commands->options.ledger, id, hold);
        if (r < 0)
                return r;
        dispatcher_hold_batch(commands->options.dispatcher, id, hold);
        return buffer_printf(answer, "done: batch %s is %s", name,
                             hold == HOLD_NONE ? "released" : "held");
}

static int set_hold(Commands *commands, const Command *command, Hold hold, Buffer *answer) {
        int64_t target = read_target(command->argument);
        int r;

        if (target < 0)
                return buffer_append_string(answer, "no: what is to be held or released?");
        if (target > 0)
                return hold_batch(commands, target, hold, answer);
        r = ledger_set_daemon_hold(commands->options.ledger, hold);
        if (r < 0)
                return r;
        dispatcher_hold_all(commands->options.dispatcher, hold);
        return buffer_append_string(answer, hold == HOLD_NONE ? "done: sending goes on"
                                                              : "done: all sending is held");
}

static int do_hold(Commands *commands, const Command *command, Buffer *answer) {
        return set_hold(commands, command, HOLD_OPERATOR, answer);
}

static int do_release(Commands *commands, const Command *command, Buffer *answer) {
        return set_hold(commands, command, HOLD_NONE, answer);
}

static const struct {
        const char *verb;
        int (*run)(Commands *commands, const Command *command, Buffer *answer);
} verbs[] = {
        { "hold", do_hold },
        { "release", do_release },
};

static int carry_out(void *userdata, const Command *command) {
        Commands *commands = userdata;
        AUTO_BUFFER answer = BUFFER_EMPTY;
        int r = -ENOENT;

        for (size_t i = 0; i < ELEMENTS(verbs); i++)
                if (strcmp(command->verb, verbs[i].verb) == 0)
                        r = verbs[i].run(commands, command, &answer);
        if (r == -ENOENT)
                r = buffer_printf(&answer, "no: this daemon does not know `%s`", command->verb);
        if (r < 0)
                return r;
        log_notice("user %lld asked: %s %s; %s", (long long) command->uid, command->verb,
                   command->argument, answer.data);
        return ledger_command_answer(commands->options.ledger, command->id, turn_wall(),
                                     answer.data);
}

int commands_write(Commands *commands) {
        int r;

        if (!commands->waiting)
                return 0;
        r = ledger_commands_waiting(commands->options.ledger, carry_out, commands);
        if (r >= 0)
                commands->waiting = false;
        return r < 0 ? r : 0;
}

/* --- set up and tear down ------------------------------------------------------------------- */

Commands *commands_free(Commands *commands) {
        if (!commands)
                return NULL;
        (void) sd_event_source_disable_unref(commands->timer);
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
