/* An order file in memory, and what is read from it as text, for the tests of jobs/order:
 *
 *   ! E-FILE-COLUMN-MISSING@1 amount        a problem of the file: code, column, detail
 *   2 A-1 CLP 1000                          an order: line, reference, currency, amount
 *   3+2 A-2 CLP 0 E-AMOUNT-RANGE@3:2        of two rows, with a problem at line 3, column 2
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_file.h"

/* 2026-11-22T12:00:00Z, a Sunday; 09:00 in Santiago */
#define SHEET_NOW (INT64_C(1795348800) * SECOND)

typedef struct Sheet {
        const char *bytes;
        size_t size;
        size_t chunk; /* bytes a read gives at most; 0: all */
} Sheet;

/* v1, no currency, CLP in pesos */
static inline OrderRules sheet_rules(void) {
        return (OrderRules){ .api = API_V1,
                             .language = LANGUAGE_EN,
                             .timezone = "America/Santiago",
                             .max_amount = { 0, 6999999, 6999999 } };
}

static inline int64_t sheet_read(void *userdata, uint64_t offset, void *bytes, size_t size) {
        const Sheet *sheet = userdata;
        size_t left = offset < sheet->size ? sheet->size - (size_t) offset : 0;

        size = sheet->chunk > 0 && size > sheet->chunk ? sheet->chunk : size;
        size = size > left ? left : size;
        memcpy(bytes, sheet->bytes + sheet->size - left, size);
        return (int64_t) size;
}

static inline FileFacts sheet_facts(const Sheet *sheet, Encoding forced) {
        CLEANUP(dialect_scan_free_p) DialectScan *scan = NULL;
        FileFacts facts;

        assert_int_equal(dialect_scan_new(forced, &scan), 0);
        for (size_t at = 0, n; at < sheet->size; at += n) {
                n = sheet->chunk > 0 && sheet->chunk < sheet->size - at ? sheet->chunk
                                                                        : sheet->size - at;
                dialect_scan_add(scan, sheet->bytes + at, n);
        }
        dialect_scan_end(scan, &facts);
        return facts;
}

static inline OrderFile *sheet_open(Sheet *sheet, const OrderRules *rules) {
        FileFacts facts = sheet_facts(sheet, rules->encoding);
        OrderFile *file = NULL;

        assert_int_equal(order_file_open(rules, &facts, SHEET_NOW, sheet_read, sheet, &file), 0);
        return file;
}

static inline void sheet_dump_order(Buffer *out, const Order *order) {
        assert_int_equal(
                buffer_printf(out, order->rows == 1 ? "%u " : "%u+%u ", order->line, order->rows),
                0);
        assert_int_equal(text_append_visible(out, order->text[FIELD_ORDER_ID], 100), 0);
        assert_int_equal(buffer_printf(out, " %s %lld", currency_name(order->currency),
                                       (long long) order->amount),
                         0);
        for (size_t i = 0; i < order->n_problems; i++)
                assert_int_equal(buffer_printf(out, " %s@%u:%u",
                                               problem_name(order->problems[i].code),
                                               order->problems[i].line, order->problems[i].column),
                                 0);
        assert_int_equal(buffer_append_char(out, '\n'), 0);
}

static inline void sheet_dump_problems(Buffer *out, const OrderFile *file) {
        size_t n;
        const Problem *problems = order_file_problems(file, &n);

        for (size_t i = 0; i < n; i++)
                assert_int_equal(buffer_printf(out, "! %s@%u %.*s\n",
                                               problem_name(problems[i].code), problems[i].column,
                                               TEXT_ARG(problems[i].detail)),
                                 0);
}

/* All that is in the file, as text. The caller frees the buffer. */
static inline Buffer sheet_dump(const char *bytes, size_t size, size_t chunk,
                                const OrderRules *rules) {
        Sheet sheet = { bytes, size, chunk };
        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, rules);
        Buffer out = BUFFER_EMPTY;
        const Order *order;
        int r;

        assert_int_equal(buffer_append(&out, "", 0), 0);
        sheet_dump_problems(&out, file);
        while ((r = order_file_next(file, &order)) > 0)
                sheet_dump_order(&out, order);
        assert_int_equal(r, 0);
        return out;
}

static inline void assert_sheet(const char *bytes, size_t size, const OrderRules *rules,
                                const char *expected) {
        static const size_t chunks[] = { 0, 1, 7 }; /* a row must not care how it is read */

        for (size_t i = 0; i < ELEMENTS(chunks); i++) {
                AUTO_BUFFER out = sheet_dump(bytes, size, chunks[i], rules);

                assert_string_equal(out.data, expected);
        }
}

#define ASSERT_SHEET(bytes, rules, expected)                                                       \
        assert_sheet("" bytes, sizeof(bytes) - 1, rules, expected)
