#include "daemon/sending/settler.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "daemon/base/log.h"
#include "daemon/provider/made_session.h"
#include "daemon/sending/settler_private.h"
#include "jobs/base/civil.h"
#include "jobs/base/problem.h"

#define LOOK_EVERY  SECOND
#define PAGE_EVERY  (SECOND / 50) /* while walking */
#define ROWS_A_TURN 64U           /* recorded */
#define LOOKUPS_MAX 100000U       /* at a time; the rest when these are settled */

/* --- which rows ----------------------------------------------------------------------------- */

typedef struct Merge {
        Settler *settler;
        Lookup *lookups;
        size_t n, capacity;
        size_t old; /* of settler->lookups: the next that was not passed */
} Merge;

static void drop(Lookup *lookup) {
        outcome_done(&lookup->outcome);
}

static int read_lookup(Settler *settler, const Row *row, Lookup *lookup) {
        const Frozen *frozen;
        int r = ledger_frozen(settler->options.ledger, row->id, row->generation, &frozen);

        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        *lookup = (Lookup){
                .row = row->id,
                .batch = row->batch,
                .amount = row->amount,
                .currency = row->currency,
                .first_sent = frozen->first_sent_at,
                .noticed = turn_now(),
                .walkable = frozen->api == API_V2,
                .proven_absent =
                        frozen->api == API_V1 &&
                        settler->options.settings->provider.on_unsettled == UNSETTLED_NEW_KEY,
                .outcome = OUTCOME_NONE,
        };
        text_copy_out(text_of(frozen->key), lookup->key, sizeof(lookup->key));
        return 0;
}

static int merge_row(void *userdata, const Row *row) {
        Merge *merge = userdata;
        Settler *settler = merge->settler;
        int r;

        while (merge->old < settler->n_lookups && settler->lookups[merge->old].row < row->id)
                drop(&settler->lookups[merge->old++]); /* settled in another way */
        if (merge->n == merge->capacity) {
                size_t capacity = merge->capacity > 0 ? 2 * merge->capacity : 16;
                Lookup *longer = realloc(merge->lookups, capacity * sizeof(*longer));

                if (!longer)
                        return -ENOMEM;
                merge->lookups = longer;
                merge->capacity = capacity;
        }
        if (merge->old < settler->n_lookups && settler->lookups[merge->old].row == row->id) {
                merge->lookups[merge->n++] = settler->lookups[merge->old++];
                return 0;
        }
        r = read_lookup(settler, row, &merge->lookups[merge->n]);
        merge->n += r == 0;
        return r == -ENOENT ? 0 : r;
}

static bool is_to_be_recorded(const Lookup *lookup) {
        return lookup->found || lookup->proven_absent;
}

/* The walk points into the list of rows: it is read anew only between walks. */
void settler_look(Settler *settler) {
        Merge merge = { .settler = settler };
        int r;

        if (settler->walk.active)
                return;
        r = ledger_lost(settler->options.ledger, LOOKUPS_MAX, merge_row, &merge);
        while (merge.old < settler->n_lookups)
                drop(&settler->lookups[merge.old++]);
        free(settler->lookups);
        settler->lookups = merge.lookups;
        settler->n_lookups = merge.n;
        if (r < 0 && r != settler->complained)
                log_say(MESSAGE_STORE_TROUBLE, "cannot read the rows whose outcome is unknown: %s",
                        strerror(-r));
        settler->complained = r < 0 ? r : 0;
        for (size_t i = 0; i < settler->n_lookups; i++)
                if (is_to_be_recorded(&settler->lookups[i]))
                        turn_ask(settler->options.turn);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Settler *settler = userdata;
        bool walking;

        (void) usec;
        settler_look(settler);
        settler_walk(settler, turn_now());
        walking = settler->walk.active && !settler->walk.in_flight;
        (void) sd_event_source_set_time_relative(
                source, walking || settler->walk.in_flight ? PAGE_EVERY : LOOK_EVERY);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* --- what is recorded ----------------------------------------------------------------------- */

static int adopt(Settler *settler, const Lookup *lookup) {
        const RowChange change = made_session(&lookup->outcome, API_V2, turn_wall());

        return ledger_row_move(settler->options.ledger, lookup->row, STATUS_UNKNOWN, STATUS_OPEN,
                               &change);
}

static int hold_mismatch(Settler *settler, const Lookup *lookup) {
        AUTO_BUFFER reason = BUFFER_EMPTY;
        const Problem problem = { .code = PROBLEM_REPLY_MISMATCH,
                                  .detail = text_of(lookup->outcome.code) };
        RowChange change = { .hold = HOLD_REPLY_MISMATCH,
                             .session = text_of(lookup->outcome.session_id),
                             .code = text_of(problem_name(problem.code)) };
        int r = problem_append_reason(&reason, &problem,
                                      settler->options.settings->profiles[0].rules.language);

        if (r >= 0)
                r = ledger_set_daemon_hold(settler->options.ledger, HOLD_REPLY_MISMATCH);
        if (r < 0)
                return r;
        change.reason = (Text){ reason.data, reason.size };
        return ledger_row_move(settler->options.ledger, lookup->row, STATUS_UNKNOWN, STATUS_HELD,
                               &change);
}

static int send_anew(Settler *settler, const Lookup *lookup) {
        const RowChange change = { .due_at = turn_wall() };
        int r = ledger_row_move(settler->options.ledger, lookup->row, STATUS_UNKNOWN, STATUS_QUEUED,
                                &change);

        return r < 0 ? r : ledger_next_generation(settler->options.ledger, lookup->row);
}

static int is_lost(void *userdata, const Row *row) {
        *(bool *) userdata = row->status == STATUS_UNKNOWN && row->due_at == 0;
        return 0;
}

static int record(Settler *settler, Lookup *lookup) {
        bool lost = false;
        int r = ledger_row_get(settler->options.ledger, lookup->row, is_lost, &lost);

        if (r < 0 || !lost) /* a person was faster */
                return r < 0 ? r : 0;
        lookup->told = true;
        if (!lookup->found)
                return send_anew(settler, lookup);
        return lookup->outcome.verdict == VERDICT_CREATED ? adopt(settler, lookup)
                                                          : hold_mismatch(settler, lookup);
}

int settler_write(Settler *settler) {
        unsigned n = 0;

        for (size_t i = 0; i < settler->n_lookups && n < ROWS_A_TURN; i++) {
                Lookup *lookup = &settler->lookups[i];
                int r = is_to_be_recorded(lookup) ? record(settler, lookup) : 0;

                if (r < 0)
                        return r;
                n += lookup->told;
        }
        return 0;
}

static void tell(const Lookup *lookup) {
        const LogPlace place = { .batch = lookup->batch, .line = row_line(lookup->row) };

        if (lookup->found)
                log_message(MESSAGE_UNKNOWN_FOUND, place,
                            "an unknown outcome was found in the provider's list");
        else
                log_message(MESSAGE_UNKNOWN_SENT_AGAIN, place,
                            "an unknown outcome is settled: sent again under a new key");
}

void settler_rolled_back(Settler *settler) {
        for (size_t i = 0; i < settler->n_lookups; i++)
                settler->lookups[i].told = false;
}

void settler_committed(Settler *settler) {
        bool told = false, more = false;

        for (size_t i = 0; i < settler->n_lookups; i++) {
                Lookup *lookup = &settler->lookups[i];

                told = told || lookup->told;
                more = more || (!lookup->told && is_to_be_recorded(lookup));
                if (!lookup->told)
                        continue;
                lookup->told = false;
                tell(lookup);
                if (lookup->found && lookup->outcome.verdict == VERDICT_MISMATCH)
                        settler->options.mismatch(settler->options.userdata);
                lookup->found = lookup->proven_absent = lookup->walkable =
                        false; /* gone at the next look */
                settler->options.changed(settler->options.userdata, lookup->batch);
        }
        if (told && more) /* else what is left waits for the next look */
                turn_ask(settler->options.turn);
}

unsigned settler_busy(const Settler *settler) {
        unsigned n = 0;

        for (size_t i = 0; i < settler->n_lookups; i++)
                n += settler->lookups[i].walkable || settler->lookups[i].proven_absent;
        return n;
}

void settler_stop(Settler *settler) {
        settler->stopping = true;
}

/* --- set up and tear down ------------------------------------------------------------------- */

Settler *settler_free(Settler *settler) {
        if (!settler)
                return NULL;
        settler_walk_end(settler);
        for (size_t i = 0; i < settler->n_lookups; i++)
                drop(&settler->lookups[i]);
        (void) sd_event_source_disable_unref(settler->timer);
        free(settler->lookups);
        free(settler);
        return NULL;
}

int settler_new(const SettlerOptions *options, Settler **ret_settler) {
        CLEANUP(settler_free_p) Settler *settler = calloc(1, sizeof(*settler));
        int r;

        if (!settler)
                return -ENOMEM;
        settler->options = *options;
        settler_walk_init(settler);
        r = sd_event_add_time_relative(options->event, &settler->timer, CLOCK_BOOTTIME, 0, 1000,
                                       on_timer, settler);
        if (r < 0)
                return r;
        *ret_settler = TAKE(settler);
        return 0;
}
