#include "daemon/sending/dispatcher.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/base/notify.h"
#include "daemon/base/turn.h"
#include "daemon/sending/dispatcher_private.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"
#include "jobs/session/session_request.h"

/* --- the ring ------------------------------------------------------------------------------- */

static Active *active_free(Active *active) {
        if (!active)
                return NULL;
        (void) order_reader_free(active->reader);
        (void) settings_rules_free(active->rules);
        free(active->run);
        free(active);
        return NULL;
}
DEFINE_CLEANUP(Active, active_free)

Active *dispatcher_active(Dispatcher *dispatcher, int64_t batch) {
        for (Active *active = dispatcher->ring; active; active = active->next)
                if (active->id == batch)
                        return active;
        return NULL;
}

static int fill_active(Dispatcher *dispatcher, Active *active, const Batch *batch) {
        int r;

        active->id = batch->id;
        active->scan_from = active->committed = batch->next_id;
        active->end = batch->end_id;
        active->hold = batch->hold;
        active->received_at = batch->received_at;
        active->profile = settings_profile(dispatcher->options.settings, batch->profile);
        if (!active->profile)
                return -ENOKEY;
        if (batch->live != dispatcher->options.live)
                return -EMEDIUMTYPE;
        active->run = strdup(batch->run);
        if (!active->run)
                return -ENOMEM;
        r = settings_rules_of(batch->rules, &active->rules);
        if (r < 0)
                return r;
        active->rules->api = batch->api;
        return order_reader_new(active->rules, batch->header, batch->delimiter, &active->reader);
}

/* Rows of this batch have made sessions before: no canary is needed any more. */
static int count_made(void *userdata, const Total *total) {
        Active *active = userdata;

        if (total->count > 0 && total->status >= STATUS_OPEN)
                active->canary_passed = true;
        if (total->status == STATUS_REFUSED)
                active->canary_refused += (unsigned) total->count;
        return 0;
}

int dispatcher_add(Dispatcher *dispatcher, int64_t id) {
        CLEANUP(active_free_p) Active *active = NULL;
        const Batch *batch;
        Active **end = &dispatcher->ring;
        int r;

        if (dispatcher_active(dispatcher, id))
                return 0;
        r = ledger_batch_get(dispatcher->options.ledger, id, &batch);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        if (batch->state != BATCH_RUNNING)
                return 0; /* nothing of it is sent: it waits for an approval, or is over */
        active = calloc(1, sizeof(*active));
        if (!active)
                return -ENOMEM;
        r = fill_active(dispatcher, active, batch);
        if (r < 0)
                return r;
        r = ledger_totals(dispatcher->options.ledger, id, count_made, active);
        if (r < 0)
                return r;
        active->canary = active->profile->canary;
        dispatcher_doubt_retries(active);                  /* the clock of an earlier run */
        if (active->end - row_first(id) <= active->canary) /* fewer rows than canaries */
                active->canary = 0;
        while (*end)
                end = &(*end)->next;
        *end = TAKE(active);
        dispatcher->more = true;
        return 0;
}

void dispatcher_touch(Dispatcher *dispatcher, int64_t batch) {
        Active *active = dispatcher_active(dispatcher, batch);

        if (active)
                active->due_known = false;
        dispatcher->more = true;
}

void dispatcher_remove(Dispatcher *dispatcher, int64_t batch) {
        for (Active **link = &dispatcher->ring; *link; link = &(*link)->next) {
                Active *active = *link;

                if (active->id != batch)
                        continue;
                assert(active->in_flight == 0);
                *link = active->next;
                (void) active_free(active);
                return;
        }
}

static int add_running(void *userdata, const Batch *batch) {
        Dispatcher *dispatcher = userdata;
        const LogPlace place = { .batch = batch->id };
        char id[ANSWER_BATCH_SIZE];
        int r;

        notify_working("taking up the batches that are being sent");
        r = dispatcher_add(dispatcher, batch->id);

        (void) answer_batch(batch->id, id);
        if (r == -ENOMEM)
                return r;
        if (r == -ENOKEY)
                log_message(MESSAGE_BATCH_NO_PROFILE, place,
                            "batch %s waits: its profile \"%s\" is not in the settings any more",
                            id, batch->profile);
        else if (r == -EMEDIUMTYPE)
                log_message(MESSAGE_BATCH_OTHER_MODE, place,
                            "batch %s waits: it was made in %s mode, and the key is of the other",
                            id, batch->live ? "live" : "test");
        else if (r < 0)
                log_message(MESSAGE_BATCH_TROUBLE, place, "batch %s cannot be sent: %s", id,
                            strerror(-r));
        return 0;
}

static int died_sending(void *userdata, const Row *row) {
        Dispatcher *dispatcher = userdata;
        const RowChange change = { .due_at = turn_wall() };
        const AttemptRecord attempt = { .generation = row->generation,
                                        .at = change.due_at,
                                        .verdict = VERDICT_UNKNOWN };
        int r = ledger_attempt_add(dispatcher->options.ledger, row->id, &attempt);

        return r < 0 ? r
                     : ledger_row_move(dispatcher->options.ledger, row->id, STATUS_SENDING,
                                       STATUS_UNKNOWN, &change);
}

int dispatcher_recover(Dispatcher *dispatcher) {
        Ledger *ledger = dispatcher->options.ledger;
        int r = ledger_sending(ledger, UINT32_MAX, died_sending, dispatcher);

        if (r >= 0)
                r = ledger_batches(ledger, 1U << BATCH_RUNNING, add_running, dispatcher);
        if (r >= 0)
                r = ledger_daemon_hold(ledger, &dispatcher->hold);
        if (r >= 0 && dispatcher->hold != HOLD_NONE)
                log_message(MESSAGE_HELD_BEFORE, (LogPlace){ .code = hold_name(dispatcher->hold) },
                            "sending is held (%s) since an earlier run",
                            hold_name(dispatcher->hold));
        return r;
}

/* --- slots ---------------------------------------------------------------------------------- */

Slot *dispatcher_free_slot(Dispatcher *dispatcher) {
        for (unsigned i = 0; i < dispatcher->n_slots; i++)
                if (dispatcher->slots[i].state == SLOT_FREE)
                        return &dispatcher->slots[i];
        return NULL;
}

static void free_slot(Slot *slot) {
        assert(slot->active->in_flight > 0);
        slot->active->in_flight--;
        slot->active = NULL;
        slot->state = SLOT_FREE;
        outcome_done(&slot->outcome);
        slot->outcome = OUTCOME_NONE;
}

static void on_reply(void *userdata, const HttpReply *reply) {
        Slot *slot = userdata;

        assert(slot->state == SLOT_FLYING);
        dispatcher_judge(slot->dispatcher, slot, reply);
        slot->state = SLOT_ANSWERED;
        slot->dispatcher->n_answered++;
}

/* --- the turn ------------------------------------------------------------------------------- */

static int record_answers(Dispatcher *dispatcher) {
        for (unsigned i = 0; dispatcher->n_answered > 0 && i < dispatcher->n_slots; i++) {
                Slot *slot = &dispatcher->slots[i];
                int r;

                if (slot->state != SLOT_ANSWERED)
                        continue;
                r = dispatcher_record(dispatcher, slot);
                if (r < 0)
                        return r;
                slot->state = SLOT_RECORDED;
                dispatcher->n_answered--;
                dispatcher->n_used--;
        }
        return 0;
}

static int record_progress(Ledger *ledger, Active *active) {
        int r = 0;

        if (active->scan_from != active->committed)
                r = ledger_batch_claimed(ledger, active->id, active->scan_from);
        if (r >= 0 && (active->changed || !active->due_known)) {
                r = ledger_next_due(ledger, active->id, &active->next_due);
                active->due_known = r >= 0;
        }
        return r;
}

int dispatcher_write(Dispatcher *dispatcher) {
        Ledger *ledger = dispatcher->options.ledger;
        int r = record_answers(dispatcher);

        if (r >= 0)
                r = dispatcher_claim(dispatcher);
        if (r >= 0)
                r = dispatcher_believe_retries(dispatcher);
        for (Active *active = dispatcher->ring; r >= 0 && active; active = active->next)
                r = record_progress(ledger, active);
        return r < 0 ? r : 0;
}

static void send(Dispatcher *dispatcher, Slot *slot) {
        const HttpRequest request = {
                .path = session_request_path(slot->api),
                .idempotency_key = slot->key,
                .body = { slot->body.data, slot->body.size },
                .done = on_reply,
                .userdata = slot,
        };
        const HttpReply nothing = { .transfer = TRANSFER_NOT_SENT, .failure = "out of memory" };

        slot->state = SLOT_FLYING;
        slot->left_at = turn_monotonic();
        if (http_loop_send(dispatcher->options.http, &request) < 0)
                on_reply(slot, &nothing);
}

static void tell_changes(Dispatcher *dispatcher) {
        for (Active *active = dispatcher->ring, *next; active; active = next) {
                next = active->next; /* the callback may remove it */
                dispatcher->counted.work +=
                        active->changed || active->committed != active->scan_from;
                active->committed = active->scan_from;
                if (!active->changed)
                        continue;
                active->changed = false;
                dispatcher->options.changed(dispatcher->options.userdata, active->id);
        }
}

void dispatcher_committed(Dispatcher *dispatcher) {
        unsigned n = 0;

        for (unsigned i = 0; i < dispatcher->n_slots; i++)
                if (dispatcher->slots[i].state == SLOT_RECORDED) {
                        dispatcher_count(dispatcher, &dispatcher->slots[i]);
                        free_slot(&dispatcher->slots[i]);
                }
        for (unsigned i = 0; i < dispatcher->n_slots; i++)
                n += dispatcher->slots[i].state == SLOT_CLAIMED;
        if (n > 0)
                rate_left(dispatcher->rate, turn_now(), n);
        dispatcher->counted.work += n;
        for (unsigned i = 0; i < dispatcher->n_slots; i++)
                if (dispatcher->slots[i].state == SLOT_CLAIMED)
                        send(dispatcher, &dispatcher->slots[i]);
        tell_changes(dispatcher);
}

/* What was set in memory together with the ledger is as the ledger has it. */
static void read_holds(Dispatcher *dispatcher) {
        Ledger *ledger = dispatcher->options.ledger;
        const Batch *batch;

        (void) ledger_daemon_hold(ledger, &dispatcher->hold);
        for (Active *active = dispatcher->ring; active; active = active->next)
                if (ledger_batch_get(ledger, active->id, &batch) > 0)
                        active->hold = batch->hold;
}

void dispatcher_rolled_back(Dispatcher *dispatcher) {
        for (unsigned i = 0; i < dispatcher->n_slots; i++) {
                Slot *slot = &dispatcher->slots[i];

                if (slot->state == SLOT_CLAIMED) {
                        slot->active->canary_sent -= slot->canary && slot->first;
                        free_slot(slot);
                        dispatcher->n_used--;
                } else if (slot->state == SLOT_RECORDED) {
                        slot->state = SLOT_ANSWERED;
                        dispatcher->n_answered++;
                        dispatcher->n_used++;
                }
        }
        for (Active *active = dispatcher->ring; active; active = active->next) {
                active->scan_from = active->committed;
                active->changed = false;
                active->due_known = false;
                dispatcher_doubt_retries(active);
        }
        read_holds(dispatcher);
        dispatcher->more = true;
}

/* What is shown of all queued rows changes with a hold: the reports are to be looked at again. */
void dispatcher_hold_all(Dispatcher *dispatcher, Hold hold) {
        if (dispatcher->hold == hold)
                return;
        if (hold != HOLD_ACCOUNT)
                dispatcher->probe_at = 0;
        dispatcher->hold = hold;
        dispatcher->more = true;
        for (Active *active = dispatcher->ring; active; active = active->next)
                active->changed = true;
}

void dispatcher_hold_batch(Dispatcher *dispatcher, int64_t batch, Hold hold) {
        Active *active = dispatcher_active(dispatcher, batch);

        if (!active)
                return;
        if (active->hold == HOLD_CANARY && hold == HOLD_NONE)
                active->canary_passed = true; /* a person has looked */
        active->hold = hold;
        active->changed = true;
        dispatcher->more = true;
}

bool dispatcher_has_waiting(const Dispatcher *dispatcher) {
        return dispatcher->hold == HOLD_NONE && dispatcher->more;
}

/* A provider that is down is found to be up again by the rows that wait; without any, by asking. */
bool dispatcher_may_read(const Dispatcher *dispatcher) {
        bool probes = breaker_is_open(&dispatcher->breaker) &&
                      (dispatcher->n_used > 0 || dispatcher_has_waiting(dispatcher));

        return dispatcher->hold != HOLD_ACCOUNT && dispatcher->hold != HOLD_STORE && !probes;
}

bool dispatcher_is_held(const Dispatcher *dispatcher, Hold hold) {
        return dispatcher->hold == hold;
}

void dispatcher_stop(Dispatcher *dispatcher) {
        dispatcher->stopping = true;
}

unsigned dispatcher_busy(const Dispatcher *dispatcher) {
        return dispatcher->n_used;
}

/* --- set up and tear down ------------------------------------------------------------------- */

Dispatcher *dispatcher_free(Dispatcher *dispatcher) {
        if (!dispatcher)
                return NULL;
        for (unsigned i = 0; dispatcher->slots && i < dispatcher->n_slots; i++) {
                buffer_done(&dispatcher->slots[i].body);
                outcome_done(&dispatcher->slots[i].outcome);
        }
        while (dispatcher->ring) {
                Active *active = dispatcher->ring;

                dispatcher->ring = active->next;
                (void) active_free(active);
        }
        free(dispatcher->slots);
        free(dispatcher);
        return NULL;
}

static int read_boot_id(char *boot, size_t size) {
        FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
        char *line;

        if (!file)
                return -errno;
        line = fgets(boot, (int) size, file);
        (void) fclose(file);
        if (!line)
                return -EIO;
        boot[strcspn(boot, "\n")] = '\0';
        return 0;
}

int dispatcher_new(const DispatcherOptions *options, Dispatcher **ret_dispatcher) {
        CLEANUP(dispatcher_free_p) Dispatcher *dispatcher = calloc(1, sizeof(*dispatcher));
        int r;

        if (!dispatcher)
                return -ENOMEM;
        dispatcher->options = *options;
        dispatcher->rate = options->rate;
        dispatcher->breaker = BREAKER_CLOSED;
        dispatcher->limit = options->settings->provider.max_in_flight;
        dispatcher->n_slots = 2 * dispatcher->limit;
        dispatcher->slots = calloc(dispatcher->n_slots, sizeof(*dispatcher->slots));
        if (!dispatcher->slots)
                return -ENOMEM;
        for (unsigned i = 0; i < dispatcher->n_slots; i++)
                dispatcher->slots[i].dispatcher = dispatcher;
        r = read_boot_id(dispatcher->boot, sizeof(dispatcher->boot));
        if (r < 0)
                return r;
        *ret_dispatcher = TAKE(dispatcher);
        return 0;
}
