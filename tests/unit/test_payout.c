/* The provider's payout file → lines: names of columns, kinds, money, and whatever makes it a file
 * that is not counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <string.h>

#include "jobs/base/cleanup.h"
#include "jobs/reconcile/payout.h"

static int64_t read_text(void *userdata, uint64_t offset, void *bytes, size_t size) {
        const Text *text = userdata;
        size_t n = offset >= text->size ? 0 : text->size - (size_t) offset;

        n = n > size ? size : n;
        memcpy(bytes, text->data + offset, n);
        return (int64_t) n;
}

static OrderRules rules_of_test(void) {
        return (OrderRules){ .timezone = "America/Santiago", .language = LANGUAGE_EN };
}

static void append_problems(Buffer *out, const Problem *problems, size_t n) {
        for (size_t i = 0; i < n; i++)
                assert_int_equal(buffer_printf(out, " %s@%u,%u", problem_name(problems[i].code),
                                               problems[i].line, problems[i].column),
                                 0);
}

static void append_line(Buffer *out, const PayoutLine *line) {
        static const char kinds[] = { '?', 'p', 'r', 'b' };

        assert_int_equal(buffer_printf(out, "%u %.*s %c %" PRId64 " %" PRId64 " %" PRId64 " %s",
                                       line->line, TEXT_ARG(line->id), kinds[line->kind],
                                       line->amount, line->fee, line->net,
                                       currency_name(line->currency)),
                         0);
        if (line->resource.size > 0)
                assert_int_equal(buffer_printf(out, " of %.*s", TEXT_ARG(line->resource)), 0);
        append_problems(out, line->problems, line->n_problems);
        assert_int_equal(buffer_append_char(out, '\n'), 0);
}

/* The file as text: `!` and what refuses it, then its lines. */
static void assert_payout(const char *bytes, const OrderRules *rules, const char *expected) {
        AUTO_BUFFER out = BUFFER_EMPTY;
        CLEANUP(payout_file_free_p) PayoutFile *file = NULL;
        CLEANUP(dialect_scan_free_p) DialectScan *scan = NULL;
        const PayoutLine *line;
        const Problem *problems;
        Text text = text_of(bytes);
        FileFacts facts;
        size_t n;
        int r;

        assert_int_equal(dialect_scan_new(ENCODING_AUTO, &scan), 0);
        dialect_scan_add(scan, text.data, text.size);
        dialect_scan_end(scan, &facts);
        assert_int_equal(payout_file_open(rules, &facts, read_text, &text, &file), 0);
        problems = payout_file_problems(file, &n);
        if (n > 0) {
                assert_int_equal(buffer_append_char(&out, '!'), 0);
                append_problems(&out, problems, n);
                assert_int_equal(buffer_append_char(&out, '\n'), 0);
        }
        while ((r = payout_file_next(file, &line)) > 0)
                append_line(&out, line);
        assert_int_equal(r, 0);
        assert_string_equal(out.data ? out.data : "", expected);
}

static void the_file_of_the_provider(void **state) {
        const OrderRules rules = rules_of_test();

        (void) state;
        assert_payout("id;created_at;amount;fee;net;currency;resource_type;resource_id\n"
                      "pi_1;2026-11-20T10:00:00Z;452000;5379;446621;CLP;payment_intent;\n"
                      "re_1;2026-11-20T11:00:00.123Z;-300;0;-300;clp;refund;pi_1\n"
                      "re_2;2026-11-21;300;0;300;CLP;refund;pi_1\n",
                      &rules,
                      "2 pi_1 p 452000 5379 446621 CLP\n"
                      "3 re_1 r -300 0 -300 CLP of pi_1\n"
                      "4 re_2 b 300 0 300 CLP of pi_1\n");
}

static void columns_in_any_order_and_more_of_them(void **state) {
        const OrderRules rules = { .timezone = "America/Santiago", .currency = CURRENCY_MXN };

        (void) state;
        assert_payout("banco,Monto Bruto,ID de pago,Comisión\nx,100,pi_1,3\n\"a,b\",-5,pi_2,\n",
                      &rules, "2 pi_1 p 100 3 97 MXN\n3 pi_2 r -5 0 -5 MXN\n");
}

static void columns_that_the_settings_name(void **state) {
        static const OrderColumn columns[] = { { "amount", "Abono" }, { "-", "fee" } };
        OrderRules rules = rules_of_test();

        (void) state;
        rules.columns = columns;
        rules.n_columns = ELEMENTS(columns);
        assert_payout("id;monto;abono;fee\npi_1;1;2;3\n", &rules, "2 pi_1 p 2 0 2 XXX\n");
}

static void hundredths_are_said_not_guessed(void **state) {
        OrderRules rules = rules_of_test();

        (void) state;
        rules.cents = true;
        assert_payout("id;amount;fee;currency\npi_1;45200000;100;CLP\npi_2;1029;3;MXN\n"
                      "pi_3;150;0;CLP\npi_4;100;0;\n",
                      &rules,
                      "2 pi_1 p 452000 1 451999 CLP\n"
                      "3 pi_2 p 1029 3 1026 MXN\n"
                      "4 pi_3 p 150 0 150 CLP E-PAYOUT-AMOUNT@4,2\n"
                      "5 pi_4 p 1 0 1 XXX E-CURRENCY-MISSING@5,4\n");
}

/* A time that is no ISO 8601 counts by its day; what only begins like a day is none. */
static void a_day_is_read_and_not_guessed(void **state) {
        const OrderRules rules = rules_of_test();

        (void) state;
        assert_payout("id;created_at;amount\npi_1;2026-11-21 10:00;5\npi_2;2026-11-210;5\n"
                      "pi_3;21/11/2026;5\n",
                      &rules,
                      "2 pi_1 p 5 0 5 XXX\n3 pi_2 p 5 0 5 XXX E-DATE@3,2\n"
                      "4 pi_3 p 5 0 5 XXX E-DATE@4,2\n");
}

static void what_is_no_payout_file(void **state) {
        const OrderRules rules = rules_of_test();

        (void) state;
        assert_payout("", &rules, "! E-FILE-EMPTY@0,0\n");
        assert_payout("folio;nombre\n1;2\n", &rules, "! E-PAYOUT-HEADER@1,0\n");
        assert_payout("id;fee\n1;2\n", &rules, "! E-FILE-COLUMN-MISSING@1,0\n");
        assert_payout("id;amount;monto\n1;2;3\n", &rules, "! E-FILE-COLUMN-TWICE@1,3\n");
        assert_payout("id;amount\n", &rules, "! E-FILE-NO-ROWS@0,0\n");
        assert_payout("id;\"amount\n1;2\n", &rules, "! E-FILE-HEADER@1,0\n");
}

static void bad_lines_hide_no_other(void **state) {
        const OrderRules rules = rules_of_test();

        (void) state;
        assert_payout("id;amount;fee\n"
                      "pi_1;1.234;0\n"
                      "pi_2;\"5;0\n"
                      "pi_3;7;0\n"
                      "Total;;\n"
                      ";9;0\n"
                      "pi_4;1;2;3\n"
                      "pi_5;1\n"
                      "pi_6;1234567890123;0\n"
                      "pi_7;1,5E+06;x\n",
                      &rules,
                      "2 pi_1 p 0 0 0 XXX E-PAYOUT-AMOUNT@2,2\n"
                      "3  p 0 0 0 XXX E-ROW-QUOTE@3,0\n"
                      "4 pi_3 p 7 0 7 XXX\n"
                      "5 Total p 0 0 0 XXX E-PAYOUT-AMOUNT@5,2\n"
                      "6  p 9 0 9 XXX E-PAYOUT-ID@6,1\n"
                      "7  p 0 0 0 XXX E-ROW-LONG@7,0\n"
                      "8  p 0 0 0 XXX E-ROW-SHORT@8,0\n"
                      "9 pi_6 p 0 0 0 XXX E-PAYOUT-AMOUNT@9,2\n"
                      "10 pi_7 p 0 0 0 XXX E-PAYOUT-AMOUNT@10,2 E-PAYOUT-AMOUNT@10,3\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_file_of_the_provider),
                cmocka_unit_test(columns_in_any_order_and_more_of_them),
                cmocka_unit_test(columns_that_the_settings_name),
                cmocka_unit_test(hundredths_are_said_not_guessed),
                cmocka_unit_test(a_day_is_read_and_not_guessed),
                cmocka_unit_test(what_is_no_payout_file),
                cmocka_unit_test(bad_lines_hide_no_other),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
