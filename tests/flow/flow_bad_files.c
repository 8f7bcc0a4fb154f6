/* Bad files: refused as a whole with a clear answer, nothing sent, the original kept in rejected/,
 * and the daemon lives. And the encodings that are not bad at all. */
#include <string.h>
#include <unistd.h>

#include "tests/flow/harness.h"

#define PLAIN          "order_id,amount,currency\n"
#define BYTES(literal) (literal), sizeof(literal) - 1

/* --- files as a whole ------------------------------------------------------------------------- */

typedef struct BadFile {
        const char *name;
        const char *bytes;
        size_t size;
        const char *code;
} BadFile;

static const BadFile bad_files[] = {
        { "empty", BYTES(""), "E-FILE-EMPTY" },
        { "header-only", BYTES(PLAIN), "E-FILE-NO-ROWS" },
        { "header-cut", BYTES("order_id,amount,currency"), "E-FILE-NO-ROWS" },
        { "no-header", BYTES("A-1,100,CLP\nA-2,200,CLP\n"), "E-FILE-" },
        { "no-order-id", BYTES("amount,currency\n100,CLP\n"), "E-FILE-COLUMN-MISSING" },
        { "no-amount", BYTES("order_id,currency\nA-1,CLP\n"), "E-FILE-COLUMN-MISSING" },
        { "two-for-one", BYTES("order_id,folio,amount,currency\nA-1,A-1,100,CLP\n"),
          "E-FILE-COLUMN-TWICE" },
        { "workbook",
          BYTES("PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml \xa2\x04\0\0"
                "xl/workbook.xml"),
          "E-FILE-" },
        { "zip", BYTES("PK\x03\x04\x14\0\0\0\x08\0\0\0!\0facturas.txt"), "E-FILE-" },
        { "old-workbook", BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0\0\0\0\0"), "E-FILE-" },
        { "blank-lines", BYTES("\n\n\n\n"), "E-FILE-" },
        { "no-good-row", BYTES(PLAIN "A-1,0,CLP\nA-2,x,CLP\n"), "E-FILE-NO-GOOD-ROW" },
        { "nul-only", BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "E-FILE-" },
        { "bom-only", BYTES("\xef\xbb\xbf"), "E-FILE-" },
        { "unclosed-header", BYTES("\"order_id,amount,currency\nA-1,100,CLP\n"), "E-FILE-" },
};

static void files_that_cannot_be_read(void **state) {
        Flow *flow = *state;

        flow_start(flow);
        for (size_t i = 0; i < ELEMENTS(bad_files); i++)
                flow_drop_bytes(flow, flow_text(flow, "%s.csv", bad_files[i].name),
                                bad_files[i].bytes, bad_files[i].size);
        for (size_t i = 0; i < ELEMENTS(bad_files); i++) {
                const char *nack = flow_nack(flow, bad_files[i].name);

                flow_assert_contains(nack, flow_text(flow, "%s.csv", bad_files[i].name));
                flow_assert_contains(nack, bad_files[i].code);
                (void) flow_wait_path(flow, "spool/rejected/*%s*", bad_files[i].name);
        }
        flow_pass(flow); /* it lives */
        assert_int_equal(flow_sessions(flow), 1);
        flow_wait_none(flow, "spool/incoming/*.*");
        flow_good(flow);
}

static void a_million_columns(void **state) {
        size_t n = 1000000, at = 0;
        AUTO_FREE char *text = malloc(n * 2 + 200);
        Flow *flow = *state;

        assert_non_null(text);
        at += (size_t) snprintf(text, 100, "order_id,amount,currency");
        for (size_t i = 0; i < n; i++, at += 2)
                memcpy(text + at, ",c", 2);
        at += (size_t) snprintf(text + at, 100, "\nA-1,100,CLP\n");
        flow_start(flow);
        flow_drop_bytes(flow, "columns.csv", text, at);
        flow_assert_contains(flow_nack(flow, "columns"), "E-FILE-");
        flow_pass(flow);
        assert_int_equal(flow_sessions(flow), 1);
        flow_good(flow);
}

/* Two gigabytes (a hole, but nobody sees that): refused by its size alone. */
static void two_gigabytes(void **state) {
        Flow *flow = *state;
        const char *path = flow_path(flow, "huge");

        flow_start(flow);
        flow_write(flow, path, PLAIN "A-1,100,CLP\n", strlen(PLAIN) + 12);
        assert_int_equal(truncate(path, (off_t) 2 << 30), 0);
        assert_int_equal(rename(path, flow_path(flow, "spool/incoming/huge.csv")), 0);
        flow_assert_contains(flow_nack(flow, "huge"), "E-FILE-SIZE");
        flow_pass(flow);
        assert_int_equal(flow_sessions(flow), 1);
        flow_good(flow);
}

/* --- policies --------------------------------------------------------------------------------- */

static void strict_refuses_the_file(void **state) {
        Flow *flow = *state;

        flow_set(flow, "orders", "policy", "strict");
        flow_start(flow);
        flow_drop(flow, "one-bad.csv", PLAIN "A-1,100,CLP\nA-2,0,CLP\n");
        flow_assert_contains(flow_nack(flow, "one-bad"), "E-FILE-STRICT");
        flow_drop(flow, "all-good.csv", PLAIN "A-1,100,CLP\n");
        assert_int_equal(flow_count_status(flow_results(flow, "all-good"), "open"), 1);
        assert_int_equal(flow_sessions(flow), 1);
        flow_good(flow);
}

static void limits_refuse_the_file(void **state) {
        Flow *flow = *state;

        flow_set(flow, "profile rows", "max_rows", "2");
        flow_set(flow, "profile share", "max_rejected", "10%");
        flow_set(flow, "profile sum", "max_batch_sum", "150 CLP");
        flow_start(flow);
        flow_drop(flow, "rows/a.csv", PLAIN "A-1,1,CLP\nA-2,2,CLP\nA-3,3,CLP\n");
        flow_drop(flow, "share/a.csv", PLAIN "A-1,1,CLP\nA-2,0,CLP\nA-3,3,CLP\n");
        flow_drop(flow, "sum/a.csv", PLAIN "A-1,100,CLP\nA-2,51,CLP\n");
        flow_assert_contains(
                flow_read(flow, flow_wait_path(flow, "spool/results/rows/a.B*.NACK.txt"), NULL),
                "E-FILE-ROWS");
        flow_assert_contains(
                flow_read(flow, flow_wait_path(flow, "spool/results/share/a.B*.NACK.txt"), NULL),
                "E-FILE-REJECTED-SHARE");
        flow_assert_contains(
                flow_read(flow, flow_wait_path(flow, "spool/results/sum/a.B*.NACK.txt"), NULL),
                "E-FILE-SUM");
        assert_int_equal(flow_sessions(flow), 0);
        flow_good(flow);
}

/* --- encodings -------------------------------------------------------------------------------- */

typedef struct Encoded {
        const char *name;
        const char *bytes;
        size_t size;
        const char *results; /* what the results must begin with, in the same bytes */
        size_t results_size;
} Encoded;

static const Encoded encoded[] = {
        { "bom",
          BYTES("\xef\xbb\xbf"
                "folio;monto;moneda;nombre\r\nE-1;100;CLP;\xc3\x91u\xc3\xb1oa\r\n"),
          BYTES("\xef\xbb\xbf"
                "folio;monto;moneda;nombre;checkout_line;") },
        { "latin", BYTES("folio\tmonto\tmoneda\tnombre\nE-2\t100\tCLP\t\xd1u\xf1oa\n"),
          BYTES("folio\tmonto\tmoneda\tnombre\tcheckout_line\t") },
        { "utf16",
          BYTES("\xff\xfe"
                "f\0o\0l\0i\0o\0,\0m\0o\0n\0t\0o\0,\0m\0o\0n\0e\0d\0a\0,\0n\0o\0m\0b\0r\0e\0\n\0"
                "E\0-\0"
                "3\0,\0"
                "1\0"
                "0\0"
                "0\0,\0C\0L\0P\0,\0\xd1\0u\0\xf1\0o\0a\0\n\0"),
          BYTES("\xff\xfe"
                "f\0o\0l\0i\0o\0,\0m\0o\0n\0t\0o\0,\0m\0o\0n\0e\0d\0a\0,\0n\0o\0m\0b\0r\0e\0,\0c\0") },
        { "cr", BYTES("folio,monto,moneda,nombre\rE-4,100,CLP,\xc3\x91u\xc3\xb1oa\r"),
          BYTES("folio,monto,moneda,nombre,checkout_line,") },
};

/* The name arrives right at the provider, and the results are in the file's own encoding. */
static void encodings_are_mirrored(void **state) {
        Flow *flow = *state;

        flow_start(flow);
        for (size_t i = 0; i < ELEMENTS(encoded); i++)
                flow_drop_bytes(flow, flow_text(flow, "%s.csv", encoded[i].name), encoded[i].bytes,
                                encoded[i].size);
        for (size_t i = 0; i < ELEMENTS(encoded); i++) {
                const char *path =
                        flow_wait_path(flow, "spool/results/%s.B*.results.csv", encoded[i].name);
                const json_t *body;
                size_t size;
                const char *text = flow_read(flow, path, &size);

                if (size < encoded[i].results_size ||
                    memcmp(text, encoded[i].results, encoded[i].results_size) != 0)
                        flow_fail(flow, "%s: other bytes at the beginning", path);
                body = flow_session_of(flow, flow_text(flow, "E-%zu", i + 1)).object;
                assert_string_equal(flow_string(json_object_get(body, "customer"), "name"),
                                    "Ñuñoa");
        }
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(files_that_cannot_be_read),
                FLOW(a_million_columns),
                FLOW(two_gigabytes),
                FLOW(strict_refuses_the_file),
                FLOW(limits_refuse_the_file),
                FLOW(encodings_are_mirrored),
        };

        return FLOW_RUN(tests);
}
