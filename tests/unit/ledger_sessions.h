/* What tests see of the sessions of a row: all that the ledger has of them, as text. */
#pragma once

#include "sql/ledger_session.h"
#include "tests/unit/ledger_fixture.h"

static inline int see_session(void *userdata, const SessionRecord *session) {
        see(userdata,
            "%lld g%u %.*s [%.*s] %s made %lld expires %lld looked %lld next %lld%s v%d %s; ",
            (long long) (session->row & UINT32_MAX), session->generation, TEXT_ARG(session->id),
            TEXT_ARG(session->url), session_status_name(session->status),
            (long long) session->created_at, (long long) session->expires_at,
            (long long) session->looked_at, (long long) session->next_look,
            session->gone ? " gone" : "", session->api, session->live ? "live" : "test");
        return 0;
}

static inline void assert_sessions(Fixture *f, int64_t row, const char *expected) {
        Seen seen = { .size = 0 };

        OK(ledger_sessions(f->ledger, row, see_session, &seen));
        assert_string_equal(seen.text, expected);
}

static inline int see_row_session(void *userdata, const Row *row) {
        see(userdata, "%s [%.*s] [%.*s] %lld", status_name(row->status), TEXT_ARG(row->session),
            TEXT_ARG(row->url), (long long) row->expires_at);
        return 0;
}
