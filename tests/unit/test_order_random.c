/* Random files, the same ones in every run: whatever the bytes are, rows come back in order, stored
 * rows say the same when read again, reading can begin anew at any order, and what is mirrored is a
 * good row with our columns in their places. */
#include "jobs/order/order_csv.h"

#include "tests/unit/order_sheet.h"

static uint32_t next_random(uint32_t *seed) {
        *seed = *seed * 1664525 + 1013904223;
        return *seed >> 8;
}

/* What is most likely to confuse a reader of rows. */
static const char *const pieces[] = {
        "A-1",      "5",     "CLP",  ",",          ",",       ",",
        "\"",       "\"",    "\"\"", "\n",         "\n",      "\r",
        " ",        "\r\n",  "ñ",    "\xf1",       "\xc3",    ";",
        "x",        "Silla", "=1",   "'",          "2",       "3.5",
        "\"x,",     ",\"",   "\"\n", "\t",         "-",       "A-1,5,CLP,,,",
        "A-1,",     "1",     "{}",   "[",          "\\",      "@",
        "A-2,7,\"", "CLP,",  "\x7f", "2026-12-01", "TOTAL 2", "\nTOTAL,5,CLP",
        "sep=,",    "#N/D",  "Ã±",   "“",          ",,,,\n",
};

static void append_random(Buffer *buffer, uint32_t *seed, unsigned n) {
        for (unsigned i = 0; i < n; i++)
                assert_int_equal(
                        buffer_append_string(buffer, pieces[next_random(seed) % ELEMENTS(pieces)]),
                        0);
}

static void assert_mirrored(const OrderMirror *mirror, OrderCsv *csv, const Order *order) {
        AUTO_BUFFER out = BUFFER_EMPTY;
        Text rest, row;
        uint32_t rows = 0;

        assert_int_equal(
                order_mirror_append(mirror, &out, order->raw, order->line, TEXT("{line},x")), 0);
        assert_int_equal(order_csv_begin(csv, out.size), 0);
        /* our cells hold no line end: the last one ends a row */
        for (rest = (Text){ out.data, out.size }; rest.size > 0; rows++) {
                const char *end = memmem(rest.data, rest.size, ",x", 2);

                while (end && end[2] != '\n' && end[2] != '\r')
                        end = memmem(end + 1, (size_t) (rest.data + rest.size - end - 1), ",x", 2);
                assert_non_null(end);
                row = (Text){ rest.data, (size_t) (end - rest.data) + 2 };
                rest = (Text){ row.data + row.size, rest.size - row.size };
                while (rest.size > 0 && (rest.data[0] == '\n' || rest.data[0] == '\r'))
                        rest = (Text){ rest.data + 1, rest.size - 1 };
                assert_int_equal(order_csv_split(csv, row), 0);
                if (order_csv_is_broken(csv) || order_csv_n(csv) != 10)
                        break; /* `,x` within a cell of the row: look at the whole of it */
        }
        if (rows == 0 || rest.size > 0) {
                assert_int_equal(order_csv_split(csv, (Text){ out.data, out.size }), 0);
                assert_false(order_csv_is_broken(csv));
        }
}

static void assert_random_file(uint32_t seed, const OrderRules *rules) {
        static const char header[] = "folio,monto,moneda,nombre,item.name,item.unit_amount,"
                                     "metadata,vence\n";
        AUTO_BUFFER bytes = BUFFER_EMPTY;
        CLEANUP(order_reader_free_p) OrderReader *reader = NULL;
        CLEANUP(order_mirror_free_p) OrderMirror *mirror = NULL;
        CLEANUP(order_csv_free_p) OrderCsv *csv = NULL;
        CLEANUP(order_file_free_p) OrderFile *file = NULL;
        uint32_t line = 1;
        const Order *order;
        Sheet sheet;

        assert_int_equal(buffer_append_string(&bytes, header), 0);
        append_random(&bytes, &seed, 1 + next_random(&seed) % 60);
        sheet = (Sheet){ bytes.data, bytes.size, seed % 3 == 0 ? 3 : 0 };
        file = sheet_open(&sheet, rules);
        if (order_file_n_columns(file) == 0)
                return;
        assert_int_equal(order_reader_new(rules, order_file_header(file), ',', &reader), 0);
        assert_int_equal(order_mirror_new(order_file_header(file), ',', false, &mirror), 0);
        assert_int_equal(order_csv_new(',', &csv), 0);

        for (;;) {
                CLEANUP(order_file_free_p) OrderFile *again = sheet_open(&sheet, rules);
                AUTO_BUFFER one = BUFFER_EMPTY, stored = BUFFER_EMPTY;
                size_t n;

                (void) order_file_problems(file, &n);
                if (n > 0)
                        return;
                assert_int_equal(
                        order_file_seek(again, order_file_offset(file), order_file_line(file)), 0);
                if (order_file_next(file, &order) == 0) {
                        assert_int_equal(order_file_next(again, &order), 0);
                        /* at the end, or before the rows of totals */
                        assert_true(order_file_offset(file) == bytes.size ||
                                    order_totals_are_given(order_file_totals(file)));
                        return;
                }
                assert_true(order->line > line);
                line = order->line;
                sheet_dump_order(&one, order);
                assert_mirrored(mirror, csv, order);
                assert_int_equal(
                        order_reader_read(reader, order->raw, order->line, SHEET_NOW, &order), 0);
                sheet_dump_order(&stored, order);
                assert_string_equal(stored.data, one.data);
                assert_int_equal(order_file_next(again, &order), 1);
                buffer_clear(&stored);
                sheet_dump_order(&stored, order);
                assert_string_equal(stored.data, one.data);
        }
}

static void random_files_are_read_consistently(void **state) {
        OrderRules rules = sheet_rules();

        (void) state;
        rules.delimiter = ',';
        for (uint32_t seed = 1; seed <= 500; seed++)
                assert_random_file(seed * 2654435761U, &rules);
}

/* Rows without quotes are split without libcsv: it must say the same of them. */
static void both_ways_of_splitting_agree(void **state) {
        CLEANUP(order_csv_free_p) OrderCsv *plain = NULL, *quoted = NULL;
        uint32_t seed = 7;

        (void) state;
        assert_int_equal(order_csv_new(';', &plain), 0);
        assert_int_equal(order_csv_new(';', &quoted), 0);
        for (unsigned round = 0; round < 5000; round++) {
                AUTO_BUFFER a = BUFFER_EMPTY, b = BUFFER_EMPTY;
                unsigned n = next_random(&seed) % 12;

                /* the last cell is quoted, which makes libcsv read the others */
                for (unsigned i = 0; i < n; i++) {
                        const char *piece = pieces[next_random(&seed) % ELEMENTS(pieces)];

                        if (strpbrk(piece, "\"\r\n"))
                                piece = ";";
                        assert_int_equal(buffer_append_string(&a, piece), 0);
                        assert_int_equal(buffer_append_string(&b, piece), 0);
                }
                assert_int_equal(buffer_append_string(&a, ";end\n"), 0);
                assert_int_equal(buffer_append_string(&b, ";\"end\"\r\n"), 0);
                assert_int_equal(order_csv_begin(plain, a.size), 0);
                assert_int_equal(order_csv_begin(quoted, b.size), 0);
                assert_int_equal(order_csv_split(plain, (Text){ a.data, a.size }), 0);
                assert_int_equal(order_csv_split(quoted, (Text){ b.data, b.size }), 0);
                assert_int_equal(order_csv_n(plain), order_csv_n(quoted));
                assert_int_equal(order_csv_n_filled(plain), order_csv_n_filled(quoted));
                for (size_t i = 0; i < order_csv_n(plain); i++)
                        assert_true(
                                text_equal(order_csv_cells(plain)[i], order_csv_cells(quoted)[i]));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(random_files_are_read_consistently),
                cmocka_unit_test(both_ways_of_splitting_agree),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
