/* What people asked for with `checkoutctl sync`: marks what is to be looked at, and answers when
 * all of it was. The mark is the command's number in the place of the next look: it comes before
 * all that is due by itself, and survives a restart. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/following/synchroniser_private.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"

#define MARK_SLICE 256U
#define LOOK_SLICE 1000U

/* Sessions, collected before they are changed. */
typedef struct Marks {
        const Synchroniser *sync;
        const SyncAsk *ask;
        bool all; /* also those that are not looked at any more */
        struct {
                int64_t row;
                uint32_t generation;
        } found[MARK_SLICE];
        unsigned n;
        unsigned seen;
        int64_t row, next_look; /* of the last one seen */
        uint32_t generation;
} Marks;

static int collect(void *userdata, const SessionRecord *session) {
        Marks *marks = userdata;

        marks->seen++;
        marks->row = session->row;
        marks->generation = session->generation;
        marks->next_look = session->next_look;
        if (session->live == marks->sync->options.live && (session->next_look != 0 || marks->all) &&
            marks->n < MARK_SLICE) {
                marks->found[marks->n].row = session->row;
                marks->found[marks->n++].generation = session->generation;
        }
        return 0;
}

static int set_marks(Synchroniser *sync, SyncAsk *ask, const Marks *marks) {
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < marks->n; i++)
                r = ledger_set_next_look(sync->options.ledger, marks->found[i].row,
                                         marks->found[i].generation, ask->command);
        ask->n += marks->n;
        sync->work++;
        sync->next_is_known = false;
        return r;
}

static void end_marking(Synchroniser *sync, SyncAsk *ask) {
        ask->marked = true;
        ask->more = true;
        ask->after = 0;
        ask->after_generation = 0;
        sync->marked_in = ledger_transaction(sync->options.ledger);
        sync->choose_at = 0;
        sync->singly_until = 0;
        sync->refunds_not_before = 0;
        if (!ask->list_walked)
                sync->no_walk_before = 0;
}

static int mark_batch(Synchroniser *sync, SyncAsk *ask) {
        Marks marks = { .sync = sync, .ask = ask };
        int r = ledger_batch_sessions(sync->options.ledger, ask->batch, ask->after,
                                      ask->after_generation, MARK_SLICE, collect, &marks);

        if (r >= 0)
                r = set_marks(sync, ask, &marks);
        ask->after = marks.row;
        ask->after_generation = marks.generation;
        if (r >= 0 && marks.seen < MARK_SLICE)
                end_marking(sync, ask);
        return r;
}

/* Those of the other mode stay where they are, and are passed over. */
static int mark_all(Synchroniser *sync, SyncAsk *ask) {
        Marks marks = { .sync = sync, .ask = ask };
        int64_t above = ask->after > SYNC_MARK_MAX ? ask->after : SYNC_MARK_MAX;
        int r = ledger_sessions_followed(sync->options.ledger, above, MARK_SLICE, collect, &marks);

        if (r >= 0)
                r = set_marks(sync, ask, &marks);
        if (r >= 0 && marks.seen < MARK_SLICE)
                end_marking(sync, ask);
        else if (marks.n == 0)
                ask->after = marks.next_look;
        return r;
}

/* --- is all looked at? ---------------------------------------------------------------------- */

typedef struct Found {
        unsigned seen;
        bool marked; /* one that is not looked at yet, by this command or another that took it over */
        int64_t row;
        uint32_t generation;
} Found;

static bool is_mark(int64_t next_look) {
        return next_look != 0 && next_look <= SYNC_MARK_MAX;
}

static int look_at(void *userdata, const SessionRecord *session) {
        Found *found = userdata;

        if (is_mark(session->next_look)) {
                found->marked = true;
                return 1;
        }
        found->seen++;
        found->row = session->row;
        found->generation = session->generation;
        return 0;
}

static int check_batch(Synchroniser *sync, SyncAsk *ask) {
        Found found = { .row = ask->after, .generation = ask->after_generation };
        int r = ledger_batch_sessions(sync->options.ledger, ask->batch, ask->after,
                                      ask->after_generation, LOOK_SLICE, look_at, &found);

        if (r < 0)
                return r;
        ask->after = found.row;
        ask->after_generation = found.generation;
        ask->more = !found.marked && found.seen == LOOK_SLICE;
        ask->looked = !found.marked && !ask->more;
        return 0;
}

static int check_order(Synchroniser *sync, SyncAsk *ask) {
        Found found = { 0 };
        int r = 0;

        for (unsigned i = 0; r == 0 && i < ask->n_rows; i++)
                r = ledger_sessions(sync->options.ledger, ask->rows[i], look_at, &found);
        if (r < 0)
                return r;
        ask->looked = !found.marked;
        return 0;
}

static int check_all(Synchroniser *sync, SyncAsk *ask) {
        int64_t next = 0;
        int r = ledger_next_look(sync->options.ledger, &next);

        if (r < 0)
                return r;
        ask->looked = !is_mark(next);
        return 0;
}

static int check(Synchroniser *sync, SyncAsk *ask) {
        ask->more = false;
        sync->work++;
        if (ask->n_rows > 0)
                return check_order(sync, ask);
        return ask->batch != 0 ? check_batch(sync, ask) : check_all(sync, ask);
}

/* --- going on ------------------------------------------------------------------------------- */

/* What else was to be read, and could not be. */
static int append_unread(Buffer *text, const SyncAsk *ask) {
        const char *what = !ask->list_unwalked   ? "all refunds"
                           : ask->refunds_unread ? "all refunds and its whole list of sessions"
                                                 : "its whole list of sessions";

        return buffer_printf(text,
                             "no: not everything could be read: the provider did not show %s; see "
                             "the journal. It is asked again without your doing. ",
                             what);
}

static int append_answer(Buffer *text, const SyncAsk *ask) {
        unsigned failed = ask->n_failed < ask->n ? ask->n_failed : ask->n;
        bool unread = ask->refunds_unread || ask->list_unwalked;
        int r = unread ? append_unread(text, ask) : 0;

        if (r < 0)
                return r;
        if (failed > 0)
                return buffer_printf(text,
                                     "%s%u of %u links could not be looked at, because the "
                                     "provider did not answer or answered something else; see "
                                     "the journal. They are asked for again without your doing",
                                     unread ? "" : "no: ", failed, ask->n);
        return ask->n == 1 ? buffer_printf(text, "%s1 link is up to date", unread ? "" : "done: ")
                           : buffer_printf(text, "%s%u links are up to date",
                                           unread ? "" : "done: ", ask->n);
}

static int answer(Synchroniser *sync, SyncAsk *ask) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        int r = append_answer(&text, ask);

        if (r >= 0)
                r = ledger_command_answer(sync->options.ledger, ask->command, turn_wall(),
                                          text.data);
        if (r == -EPROTO) /* answered before a restart */
                r = 0;
        *ask = (SyncAsk){ .command = 0 };
        return r;
}

static bool is_done(const Synchroniser *sync, const SyncAsk *ask) {
        return ask->looked && ask->refunds_read && ask->list_walked && !sync_asks_payments(sync);
}

static int go_on(Synchroniser *sync, SyncAsk *ask) {
        int r = 0;

        if (!ask->marked)
                return ask->batch != 0 ? mark_batch(sync, ask) : mark_all(sync, ask);
        if (!ask->looked) {
                r = check(sync, ask);
                ask->looked_in = ledger_transaction(sync->options.ledger);
        }
        if (!ask->list_walked && turn_now() < sync->no_walk_before) /* it cannot be */
                ask->list_walked = ask->list_unwalked = true;
        return r < 0 || !is_done(sync, ask) ? r : answer(sync, ask);
}

int sync_asks_go_on(Synchroniser *sync) {
        for (unsigned i = 0; i < SYNC_ASKS_MAX; i++) {
                int r = sync->asks[i].command != 0 ? go_on(sync, &sync->asks[i]) : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}

bool sync_asks_mark(const Synchroniser *sync) {
        for (unsigned i = 0; i < SYNC_ASKS_MAX; i++)
                if (sync->asks[i].command != 0 && !sync->asks[i].marked)
                        return true;
        return false;
}

bool sync_asks_wait(const Synchroniser *sync) {
        for (unsigned i = 0; i < SYNC_ASKS_MAX; i++) {
                const SyncAsk *ask = &sync->asks[i];

                if (ask->command != 0 && (!ask->marked || ask->more || is_done(sync, ask)))
                        return true;
        }
        return false;
}

unsigned sync_asks(const Synchroniser *sync) {
        unsigned n = 0;

        for (unsigned i = 0; i < SYNC_ASKS_MAX; i++)
                n += sync->asks[i].command != 0;
        return n;
}

bool sync_asks_want_list(const Synchroniser *sync) {
        for (unsigned i = 0; i < SYNC_ASKS_MAX; i++)
                if (sync->asks[i].command != 0 && sync->asks[i].marked &&
                    !sync->asks[i].list_walked)
                        return true;
        return false;
}

bool sync_asks_want_refunds(const Synchroniser *sync) {
        for (unsigned i = 0; i < SYNC_ASKS_MAX; i++)
                if (sync->asks[i].command != 0 && sync->asks[i].looked &&
                    !sync->asks[i].refunds_read)
                        return true;
        return false;
}

void sync_asks_list_walked(Synchroniser *sync, bool complete) {
        for (unsigned i = 0; i < SYNC_ASKS_MAX; i++) {
                SyncAsk *ask = &sync->asks[i];

                if (!ask->marked || ask->list_walked || ask->asked_in > sync->walk_began_in)
                        continue;
                ask->list_walked = true;
                ask->list_unwalked = !complete;
        }
}

void sync_asks_refunds_read(Synchroniser *sync, bool complete) {
        for (unsigned i = 0; i < SYNC_ASKS_MAX; i++) {
                SyncAsk *ask = &sync->asks[i];

                if (!ask->looked || ask->refunds_read ||
                    (complete && sync->refunds_began_in < ask->looked_in))
                        continue; /* a payment must be known before its refund */
                ask->refunds_read = true;
                ask->refunds_unread = !complete;
        }
}

static bool is_about(const SyncAsk *ask, int64_t row) {
        for (unsigned i = 0; i < ask->n_rows; i++)
                if (ask->rows[i] == row)
                        return true;
        return ask->n_rows == 0 && (ask->batch == 0 || ask->batch == row >> 32);
}

void sync_asks_note_failed(Synchroniser *sync, int64_t row) {
        for (unsigned i = 0; i < SYNC_ASKS_MAX; i++) {
                SyncAsk *ask = &sync->asks[i];

                if (ask->command != 0 && ask->marked && is_about(ask, row))
                        ask->n_failed++;
        }
}

/* --- asking --------------------------------------------------------------------------------- */

typedef struct FindRows {
        Synchroniser *sync;
        const CommandTarget *target;
        SyncAsk *ask;
        bool found;
} FindRows;

static int find_row(void *userdata, const Row *row) {
        FindRows *find = userdata;
        Synchroniser *sync = find->sync;
        Marks marks = { .sync = sync, .ask = find->ask, .all = true };
        const Batch *batch;
        int r = ledger_batch_get(sync->options.ledger, row->batch, &batch);

        if (r <= 0)
                return r;
        if (!command_target_is_in(find->target, batch))
                return 0;
        find->found = true;
        if (find->ask->n_rows == SYNC_ASK_ROWS)
                return 0;
        r = ledger_sessions(sync->options.ledger, row->id, collect, &marks);
        if (r < 0 || marks.n == 0)
                return r;
        find->ask->rows[find->ask->n_rows++] = row->id;
        return set_marks(sync, find->ask, &marks);
}

static int ask_order(Synchroniser *sync, const CommandTarget *target, SyncAsk *ask, Buffer *text) {
        FindRows find = { .sync = sync, .target = target, .ask = ask };
        int r = ledger_rows_of_order(sync->options.ledger, target->order, find_row, &find);

        if (r < 0)
                return r;
        if (ask->n_rows == 0) {
                r = buffer_append_string(
                        text, find.found ? "no: it has no link that this key could ask for"
                                         : "no: there is no such order");
                return r < 0 ? r : SYNC_ANSWERED_NOW;
        }
        end_marking(sync, ask);
        return 0;
}

static int ask_batch(Synchroniser *sync, int64_t wanted, Buffer *text) {
        char id[ANSWER_BATCH_SIZE];
        const Batch *batch;
        int r = ledger_batch_get(sync->options.ledger, wanted, &batch);

        (void) answer_batch(wanted, id);
        if (r == 0)
                r = buffer_printf(text, "no: there is no batch %s", id);
        else if (r > 0 && batch->live != sync->options.live)
                r = buffer_printf(text,
                                  "no: batch %s was made in %s mode, and the key is of the other",
                                  id, batch->live ? "live" : "test");
        else
                return r < 0 ? r : 0;
        return r < 0 ? r : SYNC_ANSWERED_NOW;
}

int synchroniser_ask(Synchroniser *sync, int64_t command, const CommandTarget *target,
                     Buffer *text) {
        SyncAsk ask = { .command = command,
                        .asked_in = ledger_transaction(sync->options.ledger),
                        .batch = target->batch };
        SyncAsk *place = NULL;
        int r = 0;

        for (unsigned i = SYNC_ASKS_MAX; i-- > 0;) {
                if (sync->asks[i].command == command)
                        return SYNC_TAKEN_BEFORE;
                if (sync->asks[i].command == 0)
                        place = &sync->asks[i];
        }
        if (!place) {
                r = buffer_append_string(text,
                                         "no: too much is asked for already; try again later");
                return r < 0 ? r : SYNC_ANSWERED_NOW;
        }
        ask.list_walked =
                target->kind != TARGET_ALL || sync->options.settings->provider.api != API_V2;
        if (target->kind == TARGET_ORDER)
                r = ask_order(sync, target, &ask, text);
        else if (target->kind == TARGET_BATCH)
                r = ask_batch(sync, target->batch, text);
        if (r == 0)
                *place = ask;
        return r;
}
