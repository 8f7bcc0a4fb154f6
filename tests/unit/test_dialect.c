/* How the bytes of a file are to be read, and which bytes are no order file at all. */
#include "tests/unit/order_sheet.h"

#define HEADER "order_id,amount\n"

typedef struct Case {
        const char *what;
        const char *bytes;
        size_t size;
        Encoding encoding;
        bool bom;
        bool ends;
        ProblemCode refused;
} Case;

#define BYTES(literal) ("" literal), sizeof(literal) - 1

static const Case cases[] = {
        { "ASCII", BYTES(HEADER "A,1\n"), ENCODING_ASCII, false, true, PROBLEM_NONE },
        { "no line end at the end", BYTES(HEADER "A,1"), ENCODING_ASCII, false, false,
          PROBLEM_NONE },
        { "CR at the end", BYTES("order_id,amount\rA,1\r"), ENCODING_ASCII, false, true,
          PROBLEM_NONE },
        { "UTF-8", BYTES(HEADER "Ñuñoa,1\n"), ENCODING_UTF8, false, true, PROBLEM_NONE },
        { "UTF-8 with mark", BYTES("\xef\xbb\xbf" HEADER), ENCODING_UTF8, true, true,
          PROBLEM_NONE },
        { "Windows-1252",
          BYTES(HEADER "Mu\xf1oz,1\nPe\xf1"
                       "a,1\n"),
          ENCODING_WINDOWS_1252, false, true, PROBLEM_NONE },
        { "UTF-8 with one bad byte",
          BYTES(HEADER "ñandú,1\nPe\xf1"
                       "a,1\n"),
          ENCODING_UTF8, false, true, PROBLEM_NONE },
        { "UTF-16 with mark",
          BYTES("\xff\xfe"
                "a\0,\0b\0\n\0"),
          ENCODING_UTF16LE, true, true, PROBLEM_NONE },
        { "UTF-16, big end first, with mark", BYTES("\xfe\xff\0a\0,\0b\0\n"), ENCODING_UTF16BE,
          true, true, PROBLEM_NONE },
        { "UTF-16 without mark", BYTES("o\0r\0d\0e\0r\0,\0a\0\n\0"), ENCODING_UTF16LE, false, true,
          PROBLEM_NONE },
        { "UTF-16, big end first, without mark", BYTES("\0o\0r\0d\0e\0r\0,\0a"), ENCODING_UTF16BE,
          false, false, PROBLEM_NONE },
        { "U+0A00 at the end is no line end",
          BYTES("\xff\xfe"
                "a\0\n\x0a"),
          ENCODING_UTF16LE, true, false, PROBLEM_NONE },
        { "a few NULs are the problem of their rows", BYTES(HEADER "A\0\0,1\n"), ENCODING_ASCII,
          false, true, PROBLEM_NONE },
        { "empty", BYTES(""), ENCODING_ASCII, false, false, PROBLEM_FILE_EMPTY },
        { ".xls", BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"), ENCODING_WINDOWS_1252, false,
          false, PROBLEM_FILE_WORKBOOK },
        { ".xlsx", BYTES("PK\x03\x04\x14\0\6\0\10\0\0\0!\0[Content_Types].xml"), ENCODING_ASCII,
          false, false, PROBLEM_FILE_WORKBOOK },
        { ".ods",
          BYTES("PK\x03\x04\x14\0\0\10\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet"),
          ENCODING_ASCII, false, false, PROBLEM_FILE_WORKBOOK },
        { ".zip", BYTES("PK\x03\x04\x14\0\0\0\10\0orders.csv"), ENCODING_ASCII, false, false,
          PROBLEM_FILE_ARCHIVE },
        { "empty .zip", BYTES("PK\x05\x06\0\0\0\0"), ENCODING_ASCII, false, false,
          PROBLEM_FILE_ARCHIVE },
        { ".gz", BYTES("\x1f\x8b\x08\0\0\0"), ENCODING_WINDOWS_1252, false, false,
          PROBLEM_FILE_ARCHIVE },
        { ".7z", BYTES("7z\xbc\xaf\x27\x1c"), ENCODING_WINDOWS_1252, false, false,
          PROBLEM_FILE_ARCHIVE },
        { ".pdf", BYTES("%PDF-1.7\n"), ENCODING_ASCII, false, true, PROBLEM_FILE_BINARY },
};

static void files_are_what_their_bytes_say(void **state) {
        static const size_t chunks[] = { 0, 1, 3 };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                for (size_t c = 0; c < ELEMENTS(chunks); c++) {
                        const Sheet sheet = { cases[i].bytes, cases[i].size, chunks[c] };
                        FileFacts facts = sheet_facts(&sheet, ENCODING_AUTO);

                        if (facts.dialect.encoding != cases[i].encoding ||
                            facts.refused != cases[i].refused)
                                print_message("%s, read by %zu\n", cases[i].what, chunks[c]);
                        assert_int_equal(facts.dialect.encoding, cases[i].encoding);
                        assert_int_equal(facts.dialect.bom, cases[i].bom);
                        assert_int_equal(facts.ends_with_line_end, cases[i].ends);
                        assert_int_equal(facts.refused, cases[i].refused);
                        assert_int_equal(facts.size, cases[i].size);
                }
}

/* Zeros at the end are what a power cut leaves of a file. */
static void many_bytes_that_are_no_text_refuse_the_file(void **state) {
        AUTO_BUFFER bytes = BUFFER_EMPTY;
        Sheet sheet;

        (void) state;
        assert_int_equal(buffer_append_string(&bytes, HEADER "A-1,1000\n"), 0);
        for (size_t i = 0; i < 4096; i++)
                assert_int_equal(buffer_append_char(&bytes, '\0'), 0);
        sheet = (Sheet){ bytes.data, bytes.size, 0 };
        assert_int_equal(sheet_facts(&sheet, ENCODING_AUTO).refused, PROBLEM_FILE_BINARY);
}

static void the_settings_decide_over_a_guess(void **state) {
        static const char bytes[] = HEADER "Mu\xc3\xb1oz,1\n";
        const Sheet sheet = { bytes, sizeof(bytes) - 1, 0 }, plain = { HEADER, strlen(HEADER), 0 };

        (void) state;
        assert_int_equal(sheet_facts(&sheet, ENCODING_WINDOWS_1252).dialect.encoding,
                         ENCODING_WINDOWS_1252);
        assert_string_equal(encoding_name(ENCODING_WINDOWS_1252), "Windows-1252");
        assert_int_equal(sheet_facts(&plain, ENCODING_UTF8).dialect.encoding, ENCODING_UTF8);
        assert_string_equal(encoding_name(ENCODING_ASCII), "ASCII");
        assert_string_equal(encoding_name(ENCODING_UTF16LE), "UTF-16LE");
}

/* Each well-formed and ill-formed sequence is counted as one. */
static void sequences_are_told_apart(void **state) {
        static const struct {
                const char *bytes;
                Encoding encoding;
        } sequences[] = {
                { "\xc3\xb1", ENCODING_UTF8 },
                { "\xe2\x82\xac", ENCODING_UTF8 },
                { "\xf0\x9f\x98\x80", ENCODING_UTF8 },
                { "\xc0\x80", ENCODING_WINDOWS_1252 },         /* overlong */
                { "\xe0\x80\x80", ENCODING_WINDOWS_1252 },     /* overlong */
                { "\xed\xa0\x80", ENCODING_WINDOWS_1252 },     /* a surrogate */
                { "\xf4\x90\x80\x80", ENCODING_WINDOWS_1252 }, /* beyond Unicode */
                { "\xe2\x82", ENCODING_WINDOWS_1252 },         /* cut */
                { "\xff", ENCODING_WINDOWS_1252 },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(sequences); i++) {
                const Sheet sheet = { sequences[i].bytes, strlen(sequences[i].bytes), 0 };

                assert_int_equal(sheet_facts(&sheet, ENCODING_AUTO).dialect.encoding,
                                 sequences[i].encoding);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(files_are_what_their_bytes_say),
                cmocka_unit_test(many_bytes_that_are_no_text_refuse_the_file),
                cmocka_unit_test(the_settings_decide_over_a_guess),
                cmocka_unit_test(sequences_are_told_apart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
