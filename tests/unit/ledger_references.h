/* What tests do about references: take them, and give up the rows that hold them. */
#pragma once

#include "tests/unit/ledger_fixture.h"

static inline ReferenceAnswer take(Fixture *f, const char *order_id, int64_t row, int64_t holder) {
        int64_t found = -1;
        int r = ledger_reference_take(f->ledger, 1, text_of(order_id), row, &found);

        assert_true(r >= 0);
        assert_int_equal(found, holder);
        return (ReferenceAnswer) r;
}

static inline int64_t add_taken(Fixture *f, int64_t batch, uint32_t line, const char *order_id,
                                int64_t amount) {
        int64_t row = add_row(f, batch, line, order_id, amount, STATUS_QUEUED);

        assert_int_equal(take(f, order_id, row, row), REFERENCE_TAKEN);
        return row;
}

static inline void give_up(Fixture *f, int64_t row, Status from) {
        const RowChange change = { .code = TEXT("E-GIVEN-UP"), .reason = TEXT("why") };

        assert_int_equal(ledger_row_move(f->ledger, row, from, STATUS_CANCELLED, &change), 0);
}
