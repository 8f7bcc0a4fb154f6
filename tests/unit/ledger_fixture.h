/* A real ledger in a folder of its own, and short ways to fill it. For the tests of the ledger. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sql/ledger.h"

typedef struct Fixture {
        char directory[64];
        char path[96];
        Ledger *ledger;
} Fixture;

/* `call` did not fail; its answer */
#define OK(call) assert_ok((call), #call, __FILE__, __LINE__)
static inline int assert_ok(int r, const char *call, const char *file, int line) {
        if (r < 0) {
                print_error("%s: %s\n", call, strerror(-r));
                _fail(file, line);
        }
        return r;
}

static inline void fixture_open(Fixture *f) {
        assert_int_equal(ledger_open(f->path, LEDGER_WRITE, &f->ledger), 0);
}

static inline int fixture_new(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        (void) snprintf(f->directory, sizeof(f->directory), "/tmp/checkoutd-test.XXXXXX");
        assert_non_null(mkdtemp(f->directory));
        (void) snprintf(f->path, sizeof(f->path), "%s/ledger.db", f->directory);
        fixture_open(f);
        *state = f;
        return 0;
}

static inline int fixture_free(void **state) {
        static const char *const endings[] = { "", "-wal", "-shm", "-journal" };
        Fixture *f = *state;

        f->ledger = ledger_free(f->ledger);
        for (size_t i = 0; i < ELEMENTS(endings); i++) {
                char path[128];

                (void) snprintf(path, sizeof(path), "%s%s", f->path, endings[i]);
                (void) unlink(path);
        }
        (void) rmdir(f->directory);
        free(f);
        return 0;
}

#define LEDGER_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)

static inline Batch sample_batch(const char *file) {
        Batch batch = {
                .profile = "",
                .run = "2026-11",
                .file = file,
                .maker_uid = 1000,
                .source = file,
                .size = 150,
                .received_at = 1700000000000000,
                .state = BATCH_LOADING,
                .api = 1,
                .rules = "timezone = America/Santiago\n",
                .header = TEXT("order_id,amount,currency\n"),
                .delimiter = ',',
                .encoding = 1,
                .note = "",
        };

        memset(batch.sha256, file[0], sizeof(batch.sha256));
        return batch;
}

/* Inside a transaction. */
static inline int64_t add_batch(Fixture *f, const char *file) {
        Batch batch = sample_batch(file);
        int64_t id = 0;

        OK(ledger_batch_add(f->ledger, &batch, &id));
        return id;
}

/* Inside a transaction; the content is `order_id amount`. */
static inline int64_t add_row(Fixture *f, int64_t batch, uint32_t line, const char *order_id,
                              int64_t amount, Status status) {
        char content[17] = "";
        char raw[128];
        NewRow row = {
                .id = row_id(batch, line),
                .lines = 1,
                .order_id = text_of(order_id),
                .amount = amount,
                .currency = CURRENCY_CLP,
                .status = status,
                .content = (const uint8_t *) content,
        };

        (void) snprintf(content, sizeof(content), "%-16lld", (long long) amount);
        (void) snprintf(raw, sizeof(raw), "%s,%lld,CLP\n", order_id, (long long) amount);
        row.raw = text_of(raw);
        OK(ledger_row_add(f->ledger, &row));
        return row.id;
}

static inline void loaded(Fixture *f, int64_t batch, uint32_t last_line) {
        OK(ledger_batch_loaded(f->ledger, batch, 150, last_line, row_id(batch, last_line + 1)));
        OK(ledger_batch_set_state(f->ledger, batch, BATCH_RUNNING));
}

static inline void begin(Fixture *f) {
        assert_int_equal(ledger_begin(f->ledger), 0);
}

static inline void commit(Fixture *f) {
        assert_int_equal(ledger_commit(f->ledger), 0);
}

static inline void move(Fixture *f, int64_t row, Status from, Status to) {
        const RowChange change = { .hold = to == STATUS_HELD ? HOLD_OPERATOR : HOLD_NONE };

        assert_int_equal(ledger_row_move(f->ledger, row, from, to, &change), 0);
}

/* A change that brings a session; it expires at 900. */
static inline RowChange opening(const char *session, int64_t created_at, int64_t next_look) {
        return (RowChange){ .session = text_of(session),
                            .url = TEXT("https://pay"),
                            .created_at = created_at,
                            .next_look = next_look,
                            .expires_at = 900 };
}

/* Inside a transaction: a row that holds its reference (of scope 1) and is open. */
static inline int64_t open_row(Fixture *f, int64_t batch, uint32_t line, const char *order,
                               const RowChange *open) {
        int64_t row = add_row(f, batch, line, order, 1000, STATUS_QUEUED);
        int64_t holder = 0;

        OK(ledger_reference_take(f->ledger, 1, text_of(order), row, &holder));
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        OK(ledger_row_move(f->ledger, row, STATUS_SENDING, STATUS_OPEN, open));
        return row;
}

/* Text that a callback writes what it was lent into; compared whole. */
typedef struct Seen {
        char text[4096];
        size_t size;
} Seen;

__attribute__((format(printf, 2, 3))) static inline void see(Seen *seen, const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        seen->size += (size_t) vsnprintf(seen->text + seen->size, sizeof(seen->text) - seen->size,
                                         format, arguments);
        va_end(arguments);
        assert_true(seen->size < sizeof(seen->text));
}

/* "1:2 A-1 queued; ": batch, line, reference, status */
static inline int see_row(void *userdata, const Row *row) {
        see(userdata, "%d:%u %.*s %s; ", (int) row->batch, row->line, TEXT_ARG(row->order_id),
            status_name(row->status));
        return 0;
}

/* "CLP queued 2 3000; " */
static inline int see_total(void *userdata, const Total *total) {
        see(userdata, "%s %s%s%s %lld %lld; ", currency_name(total->currency),
            total->status ? status_name(total->status) : "read", total->hold ? "/" : "",
            hold_name(total->hold), (long long) total->count, (long long) total->sum);
        return 0;
}

static inline void assert_totals(Fixture *f, int64_t batch, const char *expected) {
        Seen seen = { .size = 0 };

        OK(ledger_totals(f->ledger, batch, see_total, &seen));
        assert_string_equal(seen.text, expected);
}

static inline void assert_rows(Fixture *f, int64_t batch, const char *expected) {
        Seen seen = { .size = 0 };

        OK(ledger_rows(f->ledger, batch, 0, 1000, see_row, &seen));
        assert_string_equal(seen.text, expected);
}
