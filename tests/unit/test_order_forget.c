/* What stands for a forgotten row: only its reference, under its column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_forget.h"

static const struct {
        const char *header;
        char delimiter;
        const char *order_id;
        uint32_t lines;
        const char *raw;
} cases[] = {
        { "folio;nombre;correo;monto\r\n", ';', "F-1", 1, "F-1;;;\r\n" },
        { "Nombre,Monto,Orden,Nota\n", ',', "F-1", 1, ",,F-1,\n" },
        { "sep=;\nmonto;folio;moneda\n", ';', "F-1", 1, ";F-1;\n" },
        { "folio,monto", ',', "a,b", 1, "\"a,b\",\n" },
        { "folio,item.name,item.unit_amount,item.quantity\n", ',', "L", 2, "L,,,\nL,,,\n" },
};

static void only_the_reference_stays(void **state) {
        const OrderRules rules = { .timezone = "America/Santiago" };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_BUFFER raw = BUFFER_EMPTY;

                assert_int_equal(order_forget_append(&raw, &rules, text_of(cases[i].header),
                                                     cases[i].delimiter, text_of(cases[i].order_id),
                                                     cases[i].lines),
                                 0);
                assert_string_equal(raw.data, cases[i].raw);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(only_the_reference_stays) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
