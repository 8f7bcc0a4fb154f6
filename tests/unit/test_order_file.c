/* Files → orders: delimiters, encodings, line ends, and places in the file. */
#include <stdio.h>

#include "tests/unit/order_sheet.h"

/* --- delimiters, encodings, line ends -------------------------------------------------------- */

static void delimiters_are_found(void **state) {
        OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio;monto;moneda\nA-1;1000;CLP\n", &rules, "2 A-1 CLP 1000\n");
        ASSERT_SHEET("folio\tmonto\tmoneda\nA-1\t1000\tCLP\n", &rules, "2 A-1 CLP 1000\n");
        ASSERT_SHEET("folio;monto;moneda;a,b,c,d,e\nA-1;1000;CLP;\n", &rules, "2 A-1 CLP 1000\n");
        ASSERT_SHEET("\"folio\";\"monto\";\"moneda\"\n\"A;1\";\"1000\";CLP\n", &rules,
                     "2 A;1 CLP 1000\n");
        rules.delimiter = ',';
        ASSERT_SHEET("folio;monto;moneda\nA-1;1000;CLP\n", &rules, "! E-FILE-NO-HEADER@0 \n");
}

static void encodings_are_read_as_what_they_are(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("\xef\xbb\xbf\"folio\",monto,moneda\nÑ-1,1000,CLP\n", &rules,
                     "2 Ñ-1 CLP 1000\n");
        ASSERT_SHEET("folio,monto,moneda\n\xd1-1,1000,CLP\n\x80-2,1,CLP\n", &rules,
                     "2 Ñ-1 CLP 1000\n3 €-2 CLP 1\n");
        ASSERT_SHEET("\xff\xfe"
                     "f\0o\0l\0i\0o\0,\0m\0o\0n\0t\0o\0,\0m\0o\0n\0e\0d\0a\0\r\0\n\0"
                     "\xd1\0-\0001\0,\0001\0000\0,\0C\0L\0P\0\r\0\n\0"
                     "\x3d\xd8\x00\xde,\0002\0,\0C\0L\0P\0",
                     &rules, "2 Ñ-1 CLP 10\n3 😀 CLP 2\n");
        ASSERT_SHEET("\xfe\xff\0f\0o\0l\0i\0o\0,\0m\0o\0n\0t\0o\0\t\0m\0\n\0A\0,\0001\0\t\0x\0\n",
                     &rules, "! E-FILE-COLUMN-MISSING@0 amount\n");
        /* half a character, a surrogate alone, a byte that Windows-1252 does not have */
        ASSERT_SHEET("\xff\xfe"
                     "f\0o\0l\0i\0o\0,\0m\0o\0n\0t\0o\0\n\0\x00\xd8,\0001\0\n\0A\0,\0002",
                     &rules,
                     "2  XXX 0 E-CURRENCY-MISSING@2:0 E-CELL-ENCODING@2:1\n"
                     "3 A XXX 0 E-CURRENCY-MISSING@3:0 E-CELL-ENCODING@3:2\n");
        ASSERT_SHEET("folio,monto,moneda\n\xd1x\x81,1000,CLP\n\xf1,1,CLP\n", &rules,
                     "2  CLP 1000 E-CELL-ENCODING@2:1\n3 ñ CLP 1\n");
}

static void line_ends_may_be_of_any_kind(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio,monto,moneda\r\nA-1,1,CLP\r\nA-2,2,CLP\r\n", &rules,
                     "2 A-1 CLP 1\n3 A-2 CLP 2\n");
        ASSERT_SHEET("folio,monto,moneda\rA-1,1,CLP\rA-2,2,CLP", &rules,
                     "2 A-1 CLP 1\n3 A-2 CLP 2\n");
        ASSERT_SHEET("folio,monto,moneda\nA-1,1,CLP\nA-2,2,CLP", &rules,
                     "2 A-1 CLP 1\n3 A-2 CLP 2\n");
        /* blank lines are no rows, but they are lines */
        ASSERT_SHEET("\nfolio,monto,moneda\n\n\r\nA-1,1,CLP\n  \n,,\nA-2,2,CLP\n\n", &rules,
                     "5 A-1 CLP 1\n8 A-2 CLP 2\n");
        /* a CR within a row ends nothing */
        ASSERT_SHEET("folio,monto,moneda,nota\nA-1,1,CLP,x\ry\nA\r2,2,CLP,\n", &rules,
                     "2 A-1 CLP 1\n3  CLP 2 E-CELL-CONTROL@3:1\n");
}

static void quoted_cells_may_have_line_ends(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("folio,nota,monto,moneda\n"
                     "A-1,\"uno\ndos, \"\"tres\"\"\n\",1,CLP\n"
                     "A-2,\"\r\n\r\n\",2,CLP\r\n"
                     "\"A-3\",\"\",\"3\",\"CLP\"\n",
                     &rules, "2 A-1 CLP 1\n5 A-2 CLP 2\n8 A-3 CLP 3\n");
}

/* --- places ---------------------------------------------------------------------------------- */

static const char mixed[] = "folio,monto,moneda,nota\n"
                            "A-1,1,CLP,\"dos\nlíneas\"\n"
                            "\n"
                            "A-2,2,CLP,\"abierta\n"
                            "A-3,3,CLP\n"
                            "A-4,4,CLP,ñ\r\n"
                            "A-5,x,CLP,fin";

/* At any order one can stop and go on later, in any encoding. */
static void reading_goes_on_at_any_order(void **state) {
        static const Encoding encodings[] = { ENCODING_UTF8, ENCODING_UTF16LE, ENCODING_UTF16BE,
                                              ENCODING_WINDOWS_1252 };

        (void) state;
        for (size_t e = 0; e < ELEMENTS(encodings); e++) {
                OrderRules rules = sheet_rules();
                AUTO_BUFFER bytes = BUFFER_EMPTY, whole = BUFFER_EMPTY, parts = BUFFER_EMPTY;
                const Order *order;
                Sheet sheet;

                rules.encoding = encodings[e];
                assert_int_equal(order_encode(&bytes, text_of(mixed), encodings[e]), 0);
                whole = sheet_dump(bytes.data, bytes.size, 0, &rules);
                sheet = (Sheet){ bytes.data, bytes.size, 5 };
                {
                        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);
                        uint64_t offset = order_file_offset(file);
                        uint32_t line = order_file_line(file);

                        for (;;) {
                                CLEANUP(order_file_free_p)
                                OrderFile *again = sheet_open(&sheet, &rules);

                                assert_int_equal(order_file_seek(again, offset, line), 0);
                                if (order_file_next(again, &order) == 0)
                                        break;
                                sheet_dump_order(&parts, order);
                                offset = order_file_offset(again);
                                line = order_file_line(again);
                        }
                        assert_int_equal(offset, bytes.size);
                }
                assert_string_equal(parts.data, whole.data);
                assert_string_equal(whole.data, "2 A-1 CLP 1\n"
                                                "5 A-2 CLP 2 E-ROW-QUOTE@5:0\n"
                                                "6 A-3 CLP 3 E-ROW-SHORT@6:0\n"
                                                "7 A-4 CLP 4\n"
                                                "8 A-5 CLP 0 E-AMOUNT-FORMAT@8:2\n");
        }
}

/* What the ledger keeps of a row is read again as it was read from the file. */
static void stored_rows_are_read_again(void **state) {
        const OrderRules rules = sheet_rules();
        Sheet sheet = { mixed, sizeof(mixed) - 1, 0 };
        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);
        CLEANUP(order_reader_free_p) OrderReader *reader = NULL;
        const Order *order;

        (void) state;
        assert_int_equal(order_reader_new(&rules, order_file_header(file),
                                          order_file_dialect(file).delimiter, &reader),
                         0);
        while (order_file_next(file, &order) > 0) {
                AUTO_BUFFER first = BUFFER_EMPTY, second = BUFFER_EMPTY;
                const Order *stored;

                sheet_dump_order(&first, order);
                assert_int_equal(
                        order_reader_read(reader, order->raw, order->line, SHEET_NOW, &stored), 0);
                sheet_dump_order(&second, stored);
                assert_string_equal(first.data, second.data);
        }
}

/* A disk that fails from some time on. */
typedef struct Disk {
        bool fails;
} Disk;

static int64_t read_disk(void *userdata, uint64_t offset, void *bytes, size_t size) {
        static const char text[] = "folio,monto,moneda\nA-1,1,CLP\n";
        const Disk *disk = userdata;

        if (offset >= sizeof(text) - 1)
                return disk->fails ? -5 : 0;
        return snprintf(bytes, size, "%s", text + offset);
}

static void a_disk_that_fails_is_passed_up(void **state) {
        const OrderRules rules = sheet_rules();
        const FileFacts facts = { .size = 100, .dialect = { ENCODING_UTF8, false, '\0' } };
        Disk disk = { .fails = false };
        OrderFile *file = NULL;
        const Order *order;

        (void) state;
        assert_int_equal(order_file_open(&rules, &facts, SHEET_NOW, read_disk, &disk, &file), 0);
        disk.fails = true;
        assert_int_equal(order_file_seek(file, order_file_offset(file), 2), 0);
        assert_int_equal(order_file_next(file, &order), 1);
        assert_int_equal(order_file_next(file, &order), -5);
        file = order_file_free(file);
        /* its end is looked at before its rows */
        assert_int_equal(order_file_open(&rules, &facts, SHEET_NOW, read_disk, &disk, &file), -5);
}

static void refused_bytes_are_not_read(void **state) {
        const OrderRules rules = sheet_rules();

        (void) state;
        ASSERT_SHEET("PK\x03\x04[Content_Types].xml", &rules, "! E-FILE-WORKBOOK@0 \n");
        ASSERT_SHEET("PK\x03\x04 a.csv folio,monto\nA,1\n", &rules, "! E-FILE-ARCHIVE@0 \n");
}

/* A results file that comes back: our columns are no data, guards are taken off. */
static void children_are_known_by_their_line_column(void **state) {
        const OrderRules rules = sheet_rules();
        static const char child[] = "folio,monto,moneda,nombre,checkout_line,checkout_status\n"
                                    "'=A-1,1,CLP,'@Ana,2,rejected\n"
                                    "'A-2,2,CLP,''-x,3,\"'\xff\"\n";
        Sheet sheet = { child, sizeof(child) - 1, 0 };
        CLEANUP(order_file_free_p) OrderFile *file = sheet_open(&sheet, &rules);
        const Order *order;

        (void) state;
        assert_true(order_file_is_child(file));
        assert_int_equal(order_file_next(file, &order), 1);
        assert_true(text_is(order->text[FIELD_ORDER_ID], "=A-1"));
        assert_true(text_is(order->text[FIELD_CUSTOMER_NAME], "@Ana"));
        assert_int_equal(order_file_next(file, &order), 1);
        assert_true(text_is(order->text[FIELD_ORDER_ID], "'A-2"));
        assert_true(text_is(order->text[FIELD_CUSTOMER_NAME], "'-x"));
        ASSERT_SHEET("folio,monto,moneda\n'=A-1,1,CLP\n'-2,'-5,CLP\n", &rules,
                     "2 '=A-1 CLP 1\n3 '-2 CLP 0 E-AMOUNT-FORMAT@3:2\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(delimiters_are_found),
                cmocka_unit_test(encodings_are_read_as_what_they_are),
                cmocka_unit_test(line_ends_may_be_of_any_kind),
                cmocka_unit_test(quoted_cells_may_have_line_ends),
                cmocka_unit_test(reading_goes_on_at_any_order),
                cmocka_unit_test(stored_rows_are_read_again),
                cmocka_unit_test(a_disk_that_fails_is_passed_up),
                cmocka_unit_test(refused_bytes_are_not_read),
                cmocka_unit_test(children_are_known_by_their_line_column),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
