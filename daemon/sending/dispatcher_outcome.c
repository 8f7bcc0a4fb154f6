/* Replies into statuses: the verdict of an attempt, and what the ledger and the daemon make of
 * it. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/base/turn.h"
#include "daemon/provider/made_session.h"
#include "daemon/sending/dispatcher_private.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"
#include "jobs/session/retry.h"

#define PROBE_EVERY  (10 * MINUTE)
#define SKEW_MAX     (5 * MINUTE)
#define CANARY_WAIT  (10 * MINUTE)
#define STORED_AFTER 3 /* the same answer so often under one key */

static LogPlace place_of(const Slot *slot, const char *status) {
        return (LogPlace){ .batch = slot->active->id,
                           .line = row_line(slot->row),
                           .status = status,
                           .order = slot->order,
                           .provider = slot->outcome.message };
}

/* Did the provider's application answer, with its own error, or a front before it? */
static bool is_of_application(const Slot *slot) {
        const char *code = slot->outcome.code;

        return slot->transfer == TRANSFER_COMPLETE && !(code && strcmp(code, "no-envelope") == 0);
}

/* --- what the reply says about the provider ------------------------------------------------- */

static void learn(Dispatcher *dispatcher, const Slot *slot, const char *failure, int64_t now) {
        bool front = slot->http_status >= 500 && !is_of_application(slot);
        bool was_open = breaker_is_open(&dispatcher->breaker);

        if (slot->http_status == 429)
                rate_too_many(dispatcher->rate, now);
        else if (slot->transfer == TRANSFER_COMPLETE)
                rate_good(dispatcher->rate, now);
        if (slot->transfer == TRANSFER_COMPLETE && !front)
                breaker_good(&dispatcher->breaker);
        else
                breaker_bad(&dispatcher->breaker, now);
        if (was_open == breaker_is_open(&dispatcher->breaker))
                return;
        if (was_open)
                log_say(MESSAGE_PROVIDER_BACK, "the provider answers again; sending goes on");
        else
                log_say(MESSAGE_PROVIDER_DOWN,
                        "the provider does not answer (%u failures in a row; the last: %s); trying one request at a time",
                        BREAKER_THRESHOLD, front ? "an error of a server before it" : failure);
}

/* Expiry, and the age of keys, need a clock that is right. */
static void watch_clock(Dispatcher *dispatcher, const HttpReply *reply) {
        int64_t theirs, skew;

        if (!civil_http_date_parse(reply->date, &theirs))
                return;
        skew = turn_wall() - theirs;
        dispatcher->clock_is_off = skew > SKEW_MAX || skew < -SKEW_MAX;
        if (dispatcher->clock_is_off && !dispatcher->clock_said)
                log_say(MESSAGE_HELD_CLOCK,
                        "our clock and the provider's are %lld minutes apart (ours is %s); sending is held and tried again every 10 minutes",
                        (long long) ((skew < 0 ? -skew : skew) / MINUTE),
                        skew < 0 ? "behind" : "ahead");
        dispatcher->clock_said = dispatcher->clock_is_off;
}

void dispatcher_judge(Dispatcher *dispatcher, Slot *slot, const HttpReply *reply) {
        const Attempt attempt = {
                .transfer = reply->transfer,
                .http_status = reply->status,
                .body = reply->body,
                .retry_after = reply->retry_after,
                .earlier_open = slot->earlier_open,
                .key = slot->key,
                .amount = slot->amount,
                .currency = slot->currency,
                .live = dispatcher->options.live,
        };

        slot->transfer = reply->transfer;
        slot->http_status = reply->status;
        slot->duration = reply->duration;
        outcome_done(&slot->outcome);
        slot->outcome = OUTCOME_NONE;
        if (verdict_judge(&attempt, turn_wall(), &slot->outcome) <
            0) /* no memory to understand it */
                slot->outcome.verdict = VERDICT_UNKNOWN;
        learn(dispatcher, slot, reply->failure, turn_now());
        watch_clock(dispatcher, reply);
        if (reply->transfer != TRANSFER_COMPLETE)
                log_write(LOG_DEBUG, place_of(slot, "sending"), "no reply: %s", reply->failure);
}

/* --- what it says about the row ------------------------------------------------------------- */

static int move(Dispatcher *dispatcher, Slot *slot, Status to, const RowChange *change) {
        slot->active->changed = true;
        return ledger_row_move(dispatcher->options.ledger, slot->row, STATUS_SENDING, to, change);
}

static int record_created(Dispatcher *dispatcher, Slot *slot) {
        const RowChange change = made_session(&slot->outcome, slot->api, turn_wall());
        int r = 0;

        slot->active->canary_passed = true;
        dispatcher->last_good = turn_wall();
        /* Not by what had left before the hold. */
        if (slot->probe && dispatcher->hold == HOLD_ACCOUNT && !dispatcher->clock_is_off) {
                log_say(MESSAGE_SENDING_GOES_ON,
                        "the provider accepts requests again; sending goes on");
                dispatcher_hold_all(dispatcher, HOLD_NONE);
                r = ledger_set_daemon_hold(dispatcher->options.ledger, HOLD_NONE);
        }
        return r < 0 ? r : move(dispatcher, slot, STATUS_OPEN, &change);
}

/* A row's reason: our code's text with the provider's words in it. */
static int append_reason(const Slot *slot, ProblemCode code, Buffer *codes, Buffer *reason) {
        const Outcome *outcome = &slot->outcome;
        AUTO_BUFFER detail = BUFFER_EMPTY;
        Problem problem = { .code = code };
        int r = buffer_append_string(codes, problem_name(code));

        if (r >= 0 && outcome->code) /* it is the provider's text: it may be anything */
                r = buffer_append_char(codes, ' ');
        if (r >= 0 && outcome->code)
                r = text_append_visible(codes, text_of(outcome->code), 60);
        if (r >= 0 && outcome->code)
                r = buffer_append_string(&detail, outcome->code);
        if (r >= 0 && outcome->message)
                r = buffer_printf(&detail, "%s%s", outcome->code ? ": " : "", outcome->message);
        if (r < 0)
                return r;
        problem.detail = (Text){ detail.data, detail.size };
        return problem_append_reason(reason, &problem, slot->active->rules->language);
}

/* Every answer under the old key was complete and made nothing: a new key may be used. */
static int send_anew(Dispatcher *dispatcher, Slot *slot) {
        const RowChange change = { .due_at = turn_wall() };
        int r = move(dispatcher, slot, STATUS_QUEUED, &change);

        return r < 0 ? r : ledger_next_generation(dispatcher->options.ledger, slot->row);
}

/* The complete answer made nothing, and is stored under its key: another key, once, without what
 * was refused. 1: so it is to be; 0: the row is refused. */
static int may_go_without_customer(Dispatcher *dispatcher, const Slot *slot) {
        int r;

        if (!slot->outcome.customer_conflict || slot->api != API_V2 ||
            dispatcher->options.settings->provider.customer_conflict != CONFLICT_WITHOUT)
                return 0;
        r = ledger_refused_before(dispatcher->options.ledger, slot->row, slot->generation,
                                  slot->http_status);
        return r < 0 ? r : r == 0;
}

static int record_refused(Dispatcher *dispatcher, Slot *slot) {
        AUTO_BUFFER codes = BUFFER_EMPTY, reason = BUFFER_EMPTY;
        RowChange change = { 0 };
        int r = may_go_without_customer(dispatcher, slot);

        slot->sent_anew = r > 0;
        if (r != 0)
                return r < 0 ? r : send_anew(dispatcher, slot);
        r = append_reason(slot, PROBLEM_REFUSED, &codes, &reason);
        dispatcher->had_refusals = true;
        if (r < 0)
                return r;
        change.code = (Text){ codes.data, codes.size };
        change.reason = (Text){ reason.data, reason.size };
        return move(dispatcher, slot, STATUS_REFUSED, &change);
}

/* Nobody may be sent a link that is not what was asked for, and what made it may go on making
 * them: the row and all sending are held until a person has looked. */
static int record_mismatch(Dispatcher *dispatcher, Slot *slot) {
        AUTO_BUFFER codes = BUFFER_EMPTY, reason = BUFFER_EMPTY;
        RowChange change = { .hold = HOLD_REPLY_MISMATCH,
                             .session = text_of(slot->outcome.session_id) };
        char id[ANSWER_BATCH_SIZE];
        int r = append_reason(slot, PROBLEM_REPLY_MISMATCH, &codes, &reason);

        if (r < 0)
                return r;
        change.code = (Text){ codes.data, codes.size };
        change.reason = (Text){ reason.data, reason.size };
        log_message(
                MESSAGE_HELD_MISMATCH, place_of(slot, "held"),
                "the provider made a session that is not the one asked for (%s; batch %s, line %u); nothing more is sent until `checkoutctl release --all`",
                slot->outcome.code ? slot->outcome.code : "differs", /* our own word */
                answer_batch(slot->active->id, id), row_line(slot->row));
        dispatcher_hold_all(dispatcher, HOLD_REPLY_MISMATCH);
        r = ledger_set_daemon_hold(dispatcher->options.ledger, HOLD_REPLY_MISMATCH);
        return r < 0 ? r : move(dispatcher, slot, STATUS_HELD, &change);
}

int dispatcher_unknown_reason(const Slot *slot, const char *detail, Buffer *reason) {
        const Problem problem = { .code = PROBLEM_UNKNOWN, .detail = text_of(detail) };

        return problem_append_reason(reason, &problem, slot->active->rules->language);
}

/* The provider stores the first answer under a key and replays it. 1: this one has come so often
 * that asking again is useless: an error of the provider's application, or a 429 while it serves
 * other rows. (What a front in between says is not stored.) */
static int is_stored(Dispatcher *dispatcher, const Slot *slot) {
        bool error = slot->http_status >= 500 && is_of_application(slot);
        bool throttled = slot->http_status == 429 && dispatcher->last_good > slot->first_sent;
        int64_t count = 0;
        int r;

        if (slot->transfer != TRANSFER_COMPLETE || (!error && !throttled))
                return 0;
        r = ledger_attempts_with(dispatcher->options.ledger, slot->row, slot->generation,
                                 slot->http_status, &count);
        return r < 0 ? r : count >= STORED_AFTER;
}

/* The key cannot tell; the settler, or a person, finds out. */
static int lose(Dispatcher *dispatcher, Slot *slot) {
        AUTO_BUFFER reason = BUFFER_EMPTY, detail = BUFFER_EMPTY;
        RowChange change = { .code = text_of(problem_name(PROBLEM_UNKNOWN)) };
        int r = buffer_printf(&detail, "HTTP %d", slot->http_status);

        if (r >= 0)
                r = dispatcher_unknown_reason(slot, detail.data, &reason);
        if (r < 0)
                return r;
        change.reason = (Text){ reason.data, reason.size };
        return move(dispatcher, slot, STATUS_UNKNOWN, &change);
}

/* Known to have made nothing: queued again. Not known: unknown, and the same key finds out, as long
 * as it is young and its answer is not a stored one. */
static int record_again(Dispatcher *dispatcher, Slot *slot, bool open) {
        RowChange change = { .due_at = retry_next(slot->first_sent, turn_wall(),
                                                  slot->outcome.retry_after, turn_random()) };
        int stored = is_stored(dispatcher, slot);

        open = open || slot->earlier_open;
        if (stored < 0)
                return stored;
        if (stored > 0)
                return open ? lose(dispatcher, slot) : send_anew(dispatcher, slot);
        return move(dispatcher, slot, open ? STATUS_UNKNOWN : STATUS_QUEUED, &change);
}

static int record_account(Dispatcher *dispatcher, Slot *slot) {
        const RowChange change = { .due_at = turn_wall() };
        int r = 0;

        if (dispatcher->hold != HOLD_ACCOUNT) {
                LogPlace place = place_of(slot, "queued");
                const char *code = verdict_known_code(slot->outcome.code);

                place.code = hold_name(HOLD_ACCOUNT);
                log_message(
                        MESSAGE_HELD_ACCOUNT, place,
                        "the provider refuses this installation (HTTP %d%s%s): check the key, the account and [provider]; sending is held and tried again every 10 minutes",
                        slot->http_status, code ? ", " : "", code ? code : "");
                if (dispatcher->hold == HOLD_NONE) {
                        dispatcher_hold_all(dispatcher, HOLD_ACCOUNT);
                        r = ledger_set_daemon_hold(dispatcher->options.ledger, HOLD_ACCOUNT);
                }
        }
        dispatcher->probe_at = turn_now() + PROBE_EVERY;
        if (r < 0)
                return r;
        if (slot->earlier_open)
                return move(dispatcher, slot, STATUS_UNKNOWN, &change);
        /* A failed authentication is not stored; all else would be replayed to every probe. */
        return slot->http_status == 401 ? move(dispatcher, slot, STATUS_QUEUED, &change)
                                        : send_anew(dispatcher, slot);
}

static int record_verdict(Dispatcher *dispatcher, Slot *slot) {
        switch (slot->outcome.verdict) {
        case VERDICT_CREATED:
                return record_created(dispatcher, slot);
        case VERDICT_MISMATCH:
                return record_mismatch(dispatcher, slot);
        case VERDICT_REFUSED:
                return record_refused(dispatcher, slot);
        case VERDICT_ACCOUNT:
                return record_account(dispatcher, slot);
        case VERDICT_TRY_LATER:
                return record_again(dispatcher, slot, false);
        case VERDICT_STORED:
                return record_again(dispatcher, slot, slot->http_status != 429);
        case VERDICT_UNKNOWN:
                return record_again(dispatcher, slot, true);
        case VERDICT_COUNT:
                break;
        }
        return -EPROTO; /* no such verdict: our bug */
}

static void count_canary(Active *active, const Slot *slot) {
        const char *code = slot->outcome.code ? slot->outcome.code : "";

        if (slot->outcome.verdict != VERDICT_REFUSED) {
                if (active->canary_replaced_at == 0)
                        active->canary_replaced_at = turn_now() + CANARY_WAIT;
                return;
        }
        active->canary_refused++;
        if (active->canary_code[0] == '\0')
                text_copy_out(text_of(code), active->canary_code, sizeof(active->canary_code));
        else if (strncmp(active->canary_code, code, sizeof(active->canary_code) - 1) != 0)
                active->canary_unlike = true;
}

/* All canaries of a batch were refused alike: so would be the rest. A person looks first. */
static int watch_canary(Dispatcher *dispatcher, Slot *slot) {
        Active *active = slot->active;
        char id[ANSWER_BATCH_SIZE];
        int64_t left = 0;
        int r;

        if (active->canary_passed || active->canary == 0)
                return 0;
        if (slot->canary && slot->sent_anew) /* the next generation is the canary */
                active->canary_sent--;
        else if (slot->canary) /* counted once, also when the turn is rolled back and done again */
                count_canary(active, slot);
        slot->canary = false;
        if (active->canary_refused < active->canary || active->hold != HOLD_NONE)
                return 0;
        r = ledger_batch_unsettled(dispatcher->options.ledger, active->id, &left);
        if (r < 0)
                return r;
        if (active->canary_unlike || left == 0) { /* there is nothing to hold */
                active->canary_passed = true;
                return 0;
        }
        log_message(
                MESSAGE_HELD_CANARY, place_of(slot, "refused"),
                "the first %u rows of batch %s were all refused alike; the rest is held until `checkoutctl release --batch %s`",
                active->canary, answer_batch(active->id, id), id);
        active->hold = HOLD_CANARY;
        return ledger_batch_set_hold(dispatcher->options.ledger, active->id, HOLD_CANARY);
}

int dispatcher_record(Dispatcher *dispatcher, Slot *slot) {
        const AttemptRecord attempt = {
                .generation = slot->generation,
                .at = slot->sent_at,
                .http_status = slot->http_status,
                .verdict = slot->outcome.verdict,
                .duration = slot->duration,
        };
        int r = ledger_attempt_add(dispatcher->options.ledger, slot->row, &attempt);

        if (r >= 0)
                r = record_verdict(dispatcher, slot);
        if (r >= 0)
                r = watch_canary(dispatcher, slot);
        if (r >= 0 && dispatcher->clock_is_off && dispatcher->hold == HOLD_NONE) {
                dispatcher_hold_all(dispatcher, HOLD_ACCOUNT);
                r = ledger_set_daemon_hold(dispatcher->options.ledger, HOLD_ACCOUNT);
        }
        if (dispatcher->clock_is_off)
                dispatcher->probe_at = turn_now() + PROBE_EVERY;
        return r;
}
