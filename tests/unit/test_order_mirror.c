/* Rows that go back to people: as they came, with our columns under our headers, harmless to
 * spreadsheets, and in the encoding of the file. */
#include "tests/unit/order_sheet.h"

#define HEADER "a;b;c\n"

static void assert_mirror(const char *header, bool guard, const char *raw, const char *expected) {
        CLEANUP(order_mirror_free_p) OrderMirror *mirror = NULL;
        AUTO_BUFFER out = BUFFER_EMPTY;

        assert_int_equal(order_mirror_new(text_of(header), ';', guard, &mirror), 0);
        assert_int_equal(
                order_mirror_append(mirror, &out, text_of(raw), 7, TEXT("{line};ok;\"x;y\"")), 0);
        assert_string_equal(out.data, expected);
}

static void good_rows_keep_their_bytes(void **state) {
        static const char *const rows[] = { "1;2;3", "\"1\";\"2;\"\"\n\";3", " 1 ; 2;", "ñ;'x;+5" };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++) {
                static const char *const ends[] = { "\n", "\r\n" };

                for (size_t e = 0; e < ELEMENTS(ends); e++) {
                        AUTO_BUFFER raw = BUFFER_EMPTY, expected = BUFFER_EMPTY;

                        assert_int_equal(buffer_printf(&raw, "%s%s", rows[i], ends[e]), 0);
                        assert_int_equal(
                                buffer_printf(&expected, "%s;7;ok;\"x;y\"%s", rows[i], ends[e]), 0);
                        assert_mirror(HEADER, false, raw.data, expected.data);
                }
        }
        assert_mirror(HEADER, false, "1;2;3", "1;2;3;7;ok;\"x;y\"\n");
        assert_mirror(HEADER, false, HEADER, "a;b;c;7;ok;\"x;y\"\n");
}

/* A last row without an end gets the one of the file; a `sep=;` line stays in front. */
static void the_habits_of_the_file_are_kept(void **state) {
        static const struct {
                const char *header;
                bool quotes;
        } headers[] = {
                { "\"a\";\"b\";\"c\"\r\n", true }, { "\"a\";\"b\";;\n", true },
                { "\"a\";b;\"c\"\n", false },      { "a;b;c\n", false },
                { "a;b;\"c\"\n", false },
        };
        CLEANUP(order_mirror_free_p) OrderMirror *mirror = NULL;
        AUTO_BUFFER out = BUFFER_EMPTY;

        (void) state;
        assert_mirror("a;b;c\r\n", false, "1;2;3", "1;2;3;7;ok;\"x;y\"\r\n");
        assert_mirror("a;b;c\r", false, "1;2;3", "1;2;3;7;ok;\"x;y\"\r");
        for (size_t i = 0; i < ELEMENTS(headers); i++) {
                CLEANUP(order_mirror_free_p) OrderMirror *one = NULL;
                AUTO_BUFFER cell = BUFFER_EMPTY;

                assert_int_equal(order_mirror_new(text_of(headers[i].header), ';', true, &one), 0);
                assert_int_equal(order_mirror_append_cell(one, &cell, TEXT("=x")), 0);
                assert_int_equal(order_mirror_append_cell(one, &cell, TEXT_NONE), 0);
                assert_string_equal(cell.data, headers[i].quotes ? "\"'=x\"" : "'=x");
        }
        assert_int_equal(order_mirror_new(TEXT("sep=;\r\na;b\r\n"), ';', true, &mirror), 0);
        assert_int_equal(
                order_mirror_append_header(mirror, &out, TEXT("sep=;\r\na;b\r\n"), TEXT("ours")),
                0);
        assert_int_equal(order_mirror_append(mirror, &out, TEXT("1;2\r\n"), 3, TEXT("{line}")), 0);
        assert_string_equal(out.data, "sep=;\r\na;b;ours\r\n1;2;3\r\n");
}

static void broken_rows_are_put_into_shape(void **state) {
        (void) state;
        /* too short, too long, harmlessly too long */
        assert_mirror(HEADER, false, "1\n", "1;;;7;ok;\"x;y\"\n");
        assert_mirror(HEADER, false, "1;2;3;4;\"5\"\r\n", "1;2;\"3;4;\"\"5\"\"\";7;ok;\"x;y\"\r\n");
        assert_mirror(HEADER, false, "1;2;3;;\n", "1;2;3;7;ok;\"x;y\"\n");
        /* quotes that say nothing about cells */
        assert_mirror(HEADER, false, "1;\"2;3\n", "\"1;\"\"2;3\";;;7;ok;\"x;y\"\n");
        assert_mirror(HEADER, false, "1;2\"x;3\n", "\"1;2\"\"x;3\";;;7;ok;\"x;y\"\n");
        assert_mirror(HEADER, true, "=1;\"2\n", "\"'=1;\"\"2\";;;7;ok;\"x;y\"\n");
}

static void rows_of_one_order_have_their_own_lines(void **state) {
        (void) state;
        assert_mirror(HEADER, false, "1;2;\"3\n4\"\n\n1;;5\n",
                      "1;2;\"3\n4\";7;ok;\"x;y\"\n1;;5;10;ok;\"x;y\"\n");
}

static void formulas_are_guarded(void **state) {
        (void) state;
        assert_mirror(HEADER, true, "=1+1;\"+2\";-3\n", "'=1+1;\"'+2\";'-3;7;ok;\"x;y\"\n");
        assert_mirror(HEADER, true, "@x;\"\t=\";'=x\n", "'@x;\"'\t=\";''=x;7;ok;\"x;y\"\n");
        assert_mirror(HEADER, true, "1;'a;\"\"\n", "1;'a;\"\";7;ok;\"x;y\"\n");
}

/* A results file that came back: new columns take the place of the old ones. */
static void children_lose_our_old_columns(void **state) {
        static const char header[] = "a;checkout_line;b;checkout_status;checkout_url\n";

        (void) state;
        assert_mirror(header, true, header, "a;b;7;ok;\"x;y\"\n");
        assert_mirror(header, true, "1;2;=3;4;5\n", "1;'=3;7;ok;\"x;y\"\n");
        assert_mirror(header, true, "'=1;2;'+3;4;5\n", "'=1;'+3;7;ok;\"x;y\"\n");
        assert_mirror(header, true, "1\n", "1;;7;ok;\"x;y\"\n");
        assert_mirror(header, true, "1;2;3;4;5;6\n", "1;\"2;3;4;5;6\";7;ok;\"x;y\"\n");
        assert_mirror("checkout_line;a\n", true, "1\n", ";7;ok;\"x;y\"\n");
}

/* What goes out and is dropped again says the same as before. */
static void what_goes_out_comes_back_unchanged(void **state) {
        static const char *const values[] = { "=1+1",    "'=1", "''=1",   "-5",    "'x",
                                              "a;b",     "\"",  "a\n=b",  "\t@x",  "＝1",
                                              "ñ;\"=\"", "@",   "  +5  ", "=\"a\"" };
        const OrderRules rules = sheet_rules();

        (void) state;
        for (size_t i = 0; i < ELEMENTS(values); i++) {
                static const char header[] = "order_id;amount;currency;metadata.x\n";
                CLEANUP(order_mirror_free_p) OrderMirror *mirror = NULL;
                AUTO_BUFFER raw = BUFFER_EMPTY, out = BUFFER_EMPTY;
                CLEANUP(order_file_free_p) OrderFile *file = NULL;
                const Order *order;
                Sheet sheet;

                assert_int_equal(buffer_append_string(&raw, "A;1;CLP;"), 0);
                assert_int_equal(order_append_cell(&raw, text_of(values[i]), ';', false), 0);
                assert_int_equal(buffer_append_char(&raw, '\n'), 0);
                assert_int_equal(order_mirror_new(text_of(header), ';', true, &mirror), 0);
                assert_int_equal(order_mirror_append(mirror, &out, text_of(header), 1,
                                                     TEXT("checkout_line;checkout_status")),
                                 0);
                assert_int_equal(order_mirror_append(mirror, &out, (Text){ raw.data, raw.size }, 2,
                                                     TEXT("{line};rejected")),
                                 0);
                sheet = (Sheet){ out.data, out.size, 0 };
                file = sheet_open(&sheet, &rules);
                assert_true(order_file_is_child(file));
                assert_int_equal(order_file_next(file, &order), 1);
                assert_int_equal(order->n_problems, 0);
                assert_true(text_equal(order->entries[0].value, text_trim(text_of(values[i]))));
        }
}

static void cells_are_quoted_when_they_must(void **state) {
        static const struct {
                const char *cell, *expected;
                bool guard;
        } cases[] = {
                { "", "", false },
                { "a b", "a b", false },
                { "a,b", "\"a,b\"", false },
                { "a;b", "a;b", false },
                { "say \"x\"", "\"say \"\"x\"\"\"", false },
                { "a\nb", "\"a\nb\"", false },
                { "\r", "\"\r\"", false },
                { "=1", "=1", false },
                { "=1", "'=1", true },
                { "=1,2", "\"'=1,2\"", true },
                { "x=1", "x=1", true },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_BUFFER out = BUFFER_EMPTY;

                assert_int_equal(buffer_append_char(&out, '>'), 0);
                assert_int_equal(
                        order_append_cell(&out, text_of(cases[i].cell), ',', cases[i].guard), 0);
                assert_string_equal(out.data + 1, cases[i].expected);
        }
}

static void texts_are_encoded(void **state) {
        static const struct {
                Encoding encoding;
                const char *expected;
                size_t size;
        } cases[] = {
                { ENCODING_UTF8, "ñ€😀x", 10 },
                { ENCODING_WINDOWS_1252, "\xf1\x80?x", 4 },
                { ENCODING_ASCII, "nEUR?x", 6 },
                { ENCODING_UTF16LE, "\xf1\0\xac\x20\x3d\xd8\0\xdex\0", 10 },
                { ENCODING_UTF16BE, "\0\xf1\x20\xac\xd8\x3d\xde\0\0x", 10 },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_BUFFER out = BUFFER_EMPTY;

                assert_int_equal(order_encode(&out, TEXT("ñ€😀x"), cases[i].encoding), 0);
                assert_int_equal(out.size, cases[i].size);
                assert_memory_equal(out.data, cases[i].expected, out.size);
        }
        {
                AUTO_BUFFER out = BUFFER_EMPTY;

                /* bytes that were no text in the first place */
                assert_int_equal(order_encode(&out,
                                              TEXT("a\xff"
                                                   "b\xc3"),
                                              ENCODING_WINDOWS_1252),
                                 0);
                assert_string_equal(out.data, "a?b?");
                buffer_clear(&out);
                assert_int_equal(order_as_encoded(&out,
                                                  TEXT("ñ\xff"
                                                       "b€"),
                                                  ENCODING_UTF16LE),
                                 0);
                assert_string_equal(out.data, "ñ?b€");
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(good_rows_keep_their_bytes),
                cmocka_unit_test(the_habits_of_the_file_are_kept),
                cmocka_unit_test(broken_rows_are_put_into_shape),
                cmocka_unit_test(rows_of_one_order_have_their_own_lines),
                cmocka_unit_test(formulas_are_guarded),
                cmocka_unit_test(children_lose_our_old_columns),
                cmocka_unit_test(what_goes_out_comes_back_unchanged),
                cmocka_unit_test(cells_are_quoted_when_they_must),
                cmocka_unit_test(texts_are_encoded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
