#include "daemon/ctl/request.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "daemon/ctl/interrupt.h"
#include "daemon/ctl/json.h"
#include "daemon/ctl/person.h"
#include "daemon/ctl/terminal.h"
#include "sql/ledger_ending.h"

#define LOOK_EVERY       100           /* milliseconds */
#define ENDINGS_PATIENCE (60 * SECOND) /* the provider is asked, and then looked at */

/* a request that is recorded */
typedef struct Asked {
        Ledger *ledger;
        Command command;
        int64_t id;
        char *answer; /* NULL: none yet */
        EndingCounts endings;
} Asked;

static void asked_done(Asked *asked) {
        free(asked->answer);
        (void) ledger_free(asked->ledger);
}

static bool is_done(const Asked *asked) {
        return asked->answer && strncmp(asked->answer, "done", 4) == 0;
}

/* The answer without the word that only the exit code needs. */
static const char *answer_text(const Asked *asked) {
        const char *colon = strstr(asked->answer, ": ");
        size_t word = is_done(asked) ? 4 : 2;

        return colon == asked->answer + word ? colon + 2 : asked->answer;
}

/* --- recording and waiting ------------------------------------------------------------------ */

static int record(Asked *asked) {
        int r = ledger_command_add(asked->ledger, &asked->command, &asked->id);

        if (r >= 0)
                return EXIT_GOOD;
        if (r == -EBUSY)
                ctl_complain("the store is locked by another program; nothing was asked");
        else
                ctl_complain("nothing was asked, the store cannot be written: %s (%s)",
                             strerror(-r), ledger_error_text(asked->ledger));
        return EX_IOERR;
}

/* 1 answered, 0 not within our patience or interrupted, negative errno. */
static int wait_for_answer(Asked *asked) {
        int64_t until = terminal_now() + REQUEST_PATIENCE;

        for (;;) {
                int r = ledger_command_get_answer(asked->ledger, asked->id, &asked->answer);

                if (r == 0)
                        r = ledger_changed_outside(asked->ledger);
                if (r < 0 || asked->answer)
                        return r;
                if (r > 0)
                        until = terminal_now() + REQUEST_PATIENCE;
                if (interrupt_came() || terminal_now() >= until)
                        return 0;
                interrupt_pause(LOOK_EVERY);
        }
}

/* The links that are to be ended for this request: until all are, or nothing moves any more. */
static int wait_for_endings(Asked *asked) {
        int64_t until = terminal_now() + ENDINGS_PATIENCE;

        for (;;) {
                int64_t open = asked->endings.open;
                int r = ledger_count_endings(asked->ledger, asked->id, &asked->endings);

                if (r < 0 || asked->endings.open == 0)
                        return r;
                if (asked->endings.open != open)
                        until = terminal_now() + ENDINGS_PATIENCE;
                if (interrupt_came() || terminal_now() >= until)
                        return 0;
                interrupt_pause(LOOK_EVERY);
        }
}

static int64_t count_not_ended(const EndingCounts *counts) {
        int64_t n = 0;

        for (int reason = 0; reason < ENDING_REASON_COUNT; reason++)
                n += counts->not_done[reason];
        return n;
}

/* --- telling -------------------------------------------------------------------------------- */

static int tell_json(const Asked *asked) {
        AUTO_BUFFER out = BUFFER_EMPTY;
        Json json = JSON_INTO(&out);

        json_object(&json, NULL);
        json_integer(&json, "request", asked->id);
        json_string(&json, "verb", asked->command.verb);
        json_integer(&json, "uid", asked->command.uid);
        json_instant(&json, "asked_at", asked->command.at);
        json_boolean(&json, "answered", asked->answer != NULL);
        json_boolean(&json, "done", is_done(asked));
        json_string(&json, "answer", asked->answer ? answer_text(asked) : NULL);
        json_integer(&json, "links_ended", asked->endings.done);
        json_integer(&json, "links_not_ended", count_not_ended(&asked->endings));
        json_integer(&json, "links_waiting", asked->endings.open);
        json_end_object(&json);
        if (json.error < 0 || buffer_append_char(&out, '\n') < 0)
                return ctl_failed(asked->command.verb, -ENOMEM);
        return ctl_print(&out);
}

static int append_endings(const EndingCounts *counts, Buffer *out) {
        static const char *const why[ENDING_REASON_COUNT] = {
                [ENDING_NO_REASON] = "not ended",
                [ENDING_BEGUN] = "not ended: the payer has begun, or a payment is not confirmed",
                [ENDING_PAID] = "not ended: paid",
                [ENDING_GONE] = "not ended: the provider does not know the link",
                [ENDING_REFUSED] = "not ended: the provider was asked often, and the link goes on",
                [ENDING_TAKEN] =
                        "not sent again: another row has its reference, or another link turned up",
        };
        int r = 0;

        if (counts->done > 0)
                r = buffer_printf(out, "%8" PRId64 " ended\n", counts->done);
        for (int reason = 0; r >= 0 && reason < ENDING_REASON_COUNT; reason++)
                if (counts->not_done[reason] > 0)
                        r = buffer_printf(out, "%8" PRId64 " %s\n", counts->not_done[reason],
                                          why[reason]);
        return r;
}

static int tell_text(const Asked *asked) {
        AUTO_BUFFER out = BUFFER_EMPTY;
        int r;

        if (asked->answer && !is_done(asked)) {
                ctl_complain("%s", answer_text(asked));
                return EXIT_GOOD;
        }
        if (asked->answer)
                r = text_append_visible(&out, text_of(answer_text(asked)), SIZE_MAX);
        else
                r = buffer_printf(&out, "recorded as request %" PRId64, asked->id);
        if (r >= 0)
                r = buffer_append_char(&out, '\n');
        if (r >= 0)
                r = append_endings(&asked->endings, &out);
        return r < 0 ? ctl_failed(asked->command.verb, r) : ctl_print(&out);
}

static void complain_of_silence(const Asked *asked) {
        if (interrupt_came())
                ctl_complain("no longer waiting; request %" PRId64
                             " stays recorded, checkoutd carries it out",
                             asked->id);
        else
                ctl_complain("no checkoutd has answered within %d s; request %" PRId64
                             " stays recorded, and is carried out when one runs",
                             (int) (REQUEST_PATIENCE / SECOND), asked->id);
}

static int tell(const Ctl *ctl, const Asked *asked, bool waited) {
        int r = EXIT_GOOD;

        if (ctl->json)
                r = tell_json(asked);
        else if (asked->answer || !waited)
                r = tell_text(asked);
        if (waited && !asked->answer)
                complain_of_silence(asked);
        if (r != EXIT_GOOD || !waited)
                return r;
        if (!asked->answer)
                return EX_TEMPFAIL;
        if (asked->endings.open > 0) {
                ctl_complain("%" PRId64 " links are still being ended; it goes on without waiting",
                             asked->endings.open);
                return EX_TEMPFAIL;
        }
        return is_done(asked) && count_not_ended(&asked->endings) == 0 ? EXIT_GOOD : EXIT_SOME;
}

int request_send(const Ctl *ctl, const Settings *settings, const Request *request) {
        const char *store = settings->store.database;
        __attribute__((cleanup(asked_done))) Asked asked = {
                .command = { .at = ctl_wall_clock(),
                             .uid = person_asking(store),
                             .verb = request->verb,
                             .argument = request->argument },
        };
        int r;

        assert(*request->verb && *request->argument);
        r = ctl_open_ledger(settings, LEDGER_COMMAND, &asked.ledger);
        if (r != EXIT_GOOD)
                return r;
        interrupt_catch();
        r = record(&asked);
        if (r != EXIT_GOOD)
                return r;
        if (request->wait) {
                r = wait_for_answer(&asked);
                if (r >= 0 && asked.answer && is_done(&asked))
                        r = wait_for_endings(&asked);
                if (r < 0)
                        return ctl_ledger_failed(asked.ledger, r);
        }
        return tell(ctl, &asked, request->wait);
}

int request_ask(const Settings *settings, const Request *request, char **ret_answer) {
        const char *store = settings->store.database;
        __attribute__((cleanup(asked_done))) Asked asked = {
                .command = { .at = ctl_wall_clock(),
                             .uid = person_asking(store),
                             .verb = request->verb,
                             .argument = request->argument },
        };
        int r = ledger_open(store, LEDGER_COMMAND, &asked.ledger);

        if (r >= 0)
                r = ledger_command_add(asked.ledger, &asked.command, &asked.id);
        if (r >= 0)
                r = wait_for_answer(&asked);
        if (r < 0 || !asked.answer)
                return r < 0 ? r : 0;
        *ret_answer = TAKE(asked.answer);
        return 1;
}
