#include "daemon/provider/made_session.h"

#include "jobs/reconcile/look.h"

RowChange made_session(const Outcome *outcome, int api, int64_t now) {
        const LookFacts facts = {
                .api = api,
                .created_at = outcome->created_at != 0 ? outcome->created_at : now,
                .expires_at = outcome->expires_at,
        };

        return (RowChange){ .session = text_of(outcome->session_id),
                            .url = text_of(outcome->url),
                            .created_at = facts.created_at,
                            .expires_at = outcome->expires_at,
                            .next_look = look_next(&facts, now) };
}
