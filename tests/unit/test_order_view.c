/* OrderView: the customer's own cells of a stored row, and its due date. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "jobs/order/order_view.h"

static const OrderRules plain_rules = { .api = API_V1,
                                        .language = LANGUAGE_ES,
                                        .timezone = "America/Santiago",
                                        .currency = CURRENCY_CLP,
                                        .max_amount = { [CURRENCY_CLP] = 6999999 } };

static OrderView *view_of(const OrderRules *rules, Text header, char delimiter) {
        OrderView *view = NULL;

        assert_int_equal(order_view_new(rules, header, delimiter, &view), 0);
        return view;
}

static void assert_cells(OrderView *view, Text raw, const char *expected) {
        AUTO_BUFFER seen = BUFFER_EMPTY;
        CivilDate due;

        assert_int_equal(order_view_read(view, raw), 0);
        for (size_t i = 0; i < order_view_n(view); i++) {
                Text name = order_view_name(view, i), cell = order_view_cell(view, i);

                assert_int_equal(buffer_printf(&seen, "%.*s=[%.*s] ", TEXT_ARG(name),
                                               (int) cell.size, cell.data ? cell.data : ""),
                                 0);
        }
        due = order_view_due(view);
        assert_int_equal(buffer_printf(&seen, "%d-%d-%d", due.year, due.month, due.day), 0);
        assert_string_equal(seen.data, expected);
}

static void what_the_report_has_of_its_own_is_left_out(void **state) {
        CLEANUP(order_view_free_p)
        OrderView *view = view_of(
                &plain_rules, TEXT("folio;nombre;monto;moneda;vencimiento;concepto;zona\r\n"), ';');

        (void) state;
        assert_cells(view, TEXT("F-1;Café \"Ñ\";100;CLP;2026-12-05;x;\r\n"),
                     "nombre=[] concepto=[] zona=[] 0-0-0"); /* broken quotes show nothing wrong */
        assert_cells(view, TEXT("F-1;\"Café \"\"Ñ\"\"; Sur\";100;CLP;2026-12-05; x ;N\r\n"),
                     "nombre=[Café \"Ñ\"; Sur] concepto=[ x ] zona=[N] 2026-12-5");
        assert_cells(view, TEXT("F-1;Ana;100\r\n"), "nombre=[Ana] concepto=[] zona=[] 0-0-0");
        assert_cells(view, TEXT("F-1;\"a\r\nb\";100;CLP;mañana;c;d;e\r\n"),
                     "nombre=[a\r\nb] concepto=[c] zona=[d] 0-0-0");
        assert_cells(view, TEXT(""), "nombre=[] concepto=[] zona=[] 0-0-0");
}

/* A corrected file brings our columns and our guards along; neither is the customer's. */
static void a_child_shows_what_the_customer_wrote(void **state) {
        CLEANUP(order_view_free_p)
        OrderView *view = view_of(&plain_rules,
                                  TEXT("order_id,amount,nota,checkout_line,checkout_status,"
                                       "checkout_session_id,checkout_url,checkout_expires_at,"
                                       "checkout_code,checkout_reason\n"),
                                  ',');

        (void) state;
        assert_cells(view, TEXT("A-1,100,'=1+1,3,rejected,,,,E-EMAIL,x\n"), "nota=[=1+1] 0-0-0");
}

static void an_order_of_several_rows_shows_its_first(void **state) {
        CLEANUP(order_view_free_p)
        OrderView *view =
                view_of(&plain_rules, TEXT("order_id,cliente,item.name,item.unit_amount\n"), ',');

        (void) state;
        assert_cells(view, TEXT("A-1,Ana,x,1\nA-1,,y,2\n"), "cliente=[Ana] 0-0-0");
}

/* The settings may give any header the meaning of the due date. */
static void the_settings_say_which_column_is_due(void **state) {
        static const OrderColumn columns[] = { { "due_date", "Paga el" } };
        OrderRules rules = plain_rules;
        CLEANUP(order_view_free_p) OrderView *view = NULL;

        (void) state;
        rules.columns = columns;
        rules.n_columns = 1;
        view = view_of(&rules, TEXT("order_id,amount,Paga el,vencimiento\n"), ',');
        assert_cells(view, TEXT("A-1,100,2027-02-28,nunca\n"), "vencimiento=[nunca] 2027-2-28");
        assert_cells(view, TEXT("A-1,100,2027-02-29,nunca\n"), "vencimiento=[nunca] 0-0-0");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_the_report_has_of_its_own_is_left_out),
                cmocka_unit_test(a_child_shows_what_the_customer_wrote),
                cmocka_unit_test(an_order_of_several_rows_shows_its_first),
                cmocka_unit_test(the_settings_say_which_column_is_due),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
