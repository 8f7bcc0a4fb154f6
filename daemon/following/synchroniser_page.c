/* A page of the provider's list of sessions, or of its refunds, recorded piece by piece. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/following/synchroniser_private.h"
#include "jobs/base/civil.h"
#include "jobs/reconcile/look.h"
#include "sql/ledger_finding.h"

#define SOON        (10 * MINUTE) /* what is due so soon is looked at on the way */
#define ORPHAN_AGE  (15 * MINUTE) /* a younger session may still be answered to its row */
#define ORPHANS_MAX 1000          /* more say that another installation uses the account */

void sync_page_done(Synchroniser *sync) {
        sync->page.reply = facts_reply_free(sync->page.reply);
        sync->page = (SyncPage){ .reply = NULL };
}

/* --- whose is it? --------------------------------------------------------------------------- */

typedef struct Match {
        const SessionFacts *facts;
        bool live;
        bool found;
        SessionRecord record; /* without texts */
} Match;

static int match_session(void *userdata, const SessionRecord *session) {
        Match *match = userdata;

        if (session->live != match->live || !text_equal(session->id, match->facts->id))
                return 0;
        match->found = true;
        match->record = *session;
        match->record.id = match->record.url = TEXT_NONE;
        return 1;
}

typedef struct Owner {
        const SessionFacts *facts;
        bool found;
        int64_t row;
        uint32_t generation;
        Status status;
        bool has_session;
} Owner;

static int match_key(void *userdata, const RowKey *key) {
        Owner *owner = userdata;

        if (!text_equal(key->key, owner->facts->checkoutd))
                return 0;
        *owner = (Owner){ .facts = owner->facts,
                          .found = true,
                          .row = key->row,
                          .generation = key->generation,
                          .status = key->status,
                          .has_session = key->session.size > 0 };
        return 1;
}

/* --- what no row knows ---------------------------------------------------------------------- */

static int find_orphan(Synchroniser *sync, const SessionFacts *facts, int64_t row) {
        AUTO_BUFFER detail = BUFFER_EMPTY;
        Finding finding = { .kind = FINDING_ORPHAN,
                            .row = row,
                            .subject = facts->id,
                            .at = turn_wall(),
                            .amount = facts->amount > 0 ? facts->amount : 0,
                            .currency = facts->currency };
        int64_t n = 0;
        int r = ledger_count_findings(sync->options.ledger, FINDING_ORPHAN, ORPHANS_MAX, &n);

        if (r >= 0)
                r = text_append_visible(&detail, facts->order, 64);
        if (r >= 0)
                r = buffer_printf(&detail, "%s%s", facts->order.size > 0 ? ", " : "",
                                  session_status_name(facts->status));
        if (r < 0 || n >= ORPHANS_MAX)
                return r;
        finding.detail = (Text){ detail.data, detail.size };
        r = ledger_finding_set(sync->options.ledger, &finding);
        if (r > 0)
                log_say(MESSAGE_ORPHAN,
                        "the provider has a session with our mark that no row knows; see `checkoutctl report`");
        return r < 0 ? r : 0;
}

/* A row that was given up while its outcome was unknown: the session is its own after all. */
static int adopt(Synchroniser *sync, const SessionFacts *facts, const Owner *owner) {
        const Finding finding = { .kind = FINDING_GIVEN_UP,
                                  .row = owner->row,
                                  .subject = facts->id,
                                  .at = turn_wall(),
                                  .amount = facts->amount > 0 ? facts->amount : 0,
                                  .currency = facts->currency };
        const SessionRecord session = {
                .row = owner->row,
                .generation = owner->generation,
                .id = facts->id,
                .created_at = facts->created_at != 0 ? facts->created_at : turn_wall(),
                .expires_at = facts->expires_at,
                .next_look = turn_wall(),
        };
        int r = ledger_session_adopt(sync->options.ledger, &session);

        if (r > 0)
                r = ledger_finding_set(sync->options.ledger, &finding);
        if (r >= 0)
                r = batch_set_add(&sync->changed, row_batch(owner->row));
        return r < 0 ? r : sync_record_session(sync, owner->row, owner->generation, facts);
}

static int record_stranger(Synchroniser *sync, const SessionFacts *facts) {
        Owner owner = { .facts = facts };
        int r = facts->order.size > 0 ? ledger_keys_of_order(sync->options.ledger, facts->order,
                                                             match_key, &owner)
                                      : 0;

        if (r < 0)
                return r;
        if (!owner.found) {
                bool young = facts->created_at == 0 || facts->created_at > turn_wall() - ORPHAN_AGE;

                return young || !session_facts_has_our_form(facts->checkoutd)
                               ? 0
                               : find_orphan(sync, facts, 0);
        }
        if (owner.has_session)
                return find_orphan(sync, facts, owner.row);
        if (owner.status == STATUS_CANCELLED)
                return adopt(sync, facts, &owner);
        return 0; /* being sent, or the settler's */
}

/* --- a session ------------------------------------------------------------------------------ */

typedef struct Known {
        const PaymentFacts *facts;
        bool same;
} Known;

static int compare_payment(void *userdata, const PaymentRecord *payment) {
        Known *known = userdata;

        known->same =
                payment->status == known->facts->status && payment->amount == known->facts->amount;
        return 0;
}

/* 1: nothing has changed since the last look. */
static int is_same(Synchroniser *sync, const SessionRecord *record, const SessionFacts *facts) {
        Known known = { .facts = &facts->payment, .same = facts->payment.id.size == 0 };
        bool as_made = record->status == SESSION_NOT_TOLD && facts->status == SESSION_CREATED;
        bool same_expiry =
                facts->expires_at == 0 || facts->expires_at / SECOND == record->expires_at / SECOND;
        int r;

        if (record->gone || !same_expiry || (!as_made && record->status != facts->status))
                return 0;
        r = known.same ? 0
                       : ledger_payment_get(sync->options.ledger, facts->payment.id,
                                            compare_payment, &known);
        return r < 0 ? r : known.same;
}

/* A live link of which there is no news: no more than the look is recorded. */
static int record_quiet(Synchroniser *sync, SessionRecord *record, const SessionFacts *facts) {
        const LookFacts look = { .status = facts->status,
                                 .api = record->api,
                                 .created_at = record->created_at,
                                 .expires_at = record->expires_at };

        record->status = facts->status;
        record->looked_at = turn_wall();
        record->next_look = look_next(&look, record->looked_at);
        return sync_store_look(sync, record);
}

static int record_session(Synchroniser *sync, const SessionFacts *facts) {
        Match match = { .facts = facts, .live = sync->options.live };
        int same, r;

        if (facts->checkoutd.size == 0)
                return 0; /* another system's */
        r = facts->order.size > 0 ? ledger_sessions_of_order(sync->options.ledger, facts->order,
                                                             match_session, &match)
                                  : 0;
        if (r < 0)
                return r;
        if (!match.found)
                return record_stranger(sync, facts);
        r = ledger_finding_end(sync->options.ledger, FINDING_ORPHAN, facts->id, turn_wall());
        same = r < 0 ? r : is_same(sync, &match.record, facts);
        if (same < 0)
                return same;
        if (same > 0 &&
            (match.record.next_look == 0 || match.record.next_look > turn_wall() + SOON))
                return 0;
        if (same > 0 && facts->payment.id.size == 0 && facts->status == SESSION_CREATED)
                return record_quiet(sync, &match.record, facts);
        return sync_record_session(sync, match.record.row, match.record.generation, facts);
}

/* --- the page ------------------------------------------------------------------------------- */

static int record_object(Synchroniser *sync, size_t i) {
        const SyncPage *page = &sync->page;
        SessionFacts session;
        RefundFacts refund;

        /* One that cannot be read says nothing; what it was to say is asked for singly. */
        if (page->refunds)
                return facts_refund(page->reply, i, &refund) < 0
                               ? 0
                               : sync_record_refund(sync, &refund);
        return facts_session(page->reply, i, &session) < 0 ? 0 : record_session(sync, &session);
}

int sync_page_record(Synchroniser *sync, int64_t deadline) {
        SyncPage *page = &sync->page;

        if (!page->reply)
                return 0;
        sync->begun = page->begun;
        while (page->next < facts_reply_count(page->reply)) {
                int r = record_object(sync, page->next);

                if (r < 0)
                        return r;
                page->next++;
                sync->work++;
                if (turn_now() >= deadline)
                        break;
        }
        return 0;
}
