/* Bad rows: each gets its code and a reason that names line and column; nothing is sent for it, the
 * good rows beside it are, and the daemon lives. */
#include <string.h>

#include "tests/flow/harness.h"

#define PLAIN "order_id,amount,currency\n"

typedef struct BadRow {
        const char *row;
        const char *code; /* among the codes of the row, or the beginning of one */
} BadRow;

/* One file: a header, rows that are bad each in its own way, and a good one at the end. */
typedef struct BadRows {
        const char *name;
        const char *header;
        const char *good; /* with %s where the reference stands */
        const BadRow *rows;
        size_t n_rows;
} BadRows;

#define ROWS(array) (array), ELEMENTS(array)

static const BadRow amounts[] = {
        { "B-1,0,CLP", "E-AMOUNT-RANGE" },
        { "B-2,-5,CLP", "E-AMOUNT" },
        { "B-3,7000000,CLP", "E-AMOUNT-RANGE" },
        { "B-4,1e5,CLP", "E-AMOUNT" },
        { "B-5,3.500,CLP", "E-AMOUNT" },
        { "B-6,\"3,500.00\",CLP", "E-AMOUNT" },
        { "B-7,१२,CLP", "E-AMOUNT" },
        { "B-8,123456789012345678901234567890,CLP", "E-AMOUNT" },
        { "B-9,,CLP", "E-AMOUNT-MISSING" },
        { "B-10,12a,CLP", "E-AMOUNT" },
        { "B-11,$100,CLP", "E-AMOUNT" },
        { "B-12,+100,CLP", "E-AMOUNT" },
        { "B-13,0x10,CLP", "E-AMOUNT" },
        { "B-14,1 000,CLP", "E-AMOUNT" },
        { "B-15,9223372036854775808,CLP", "E-AMOUNT" },
        { "B-16,NaN,CLP", "E-AMOUNT" },
};

static const BadRow currencies[] = {
        { "B-1,100,USD", "E-CURRENCY" },
        { "B-2,100,clp", "E-CURRENCY" },
        { "B-3,100,", "E-CURRENCY-MISSING" },
        { "B-4,100,MXN", "E-AMOUNT-FORMAT-UNSET" }, /* amount_format is not set */
};

static const BadRow references[] = {
        { ",100,CLP", "E-ORDER-MISSING" },
        { "   ,100,CLP", "E-ORDER-MISSING" },
        { "R23456789012345678901234567890123456789012345678901234567890123456,100,CLP",
          "E-ORDER-LENGTH" },
        { "B-\x01,100,CLP", "E-CELL-CONTROL" },
};

static const BadRow dates[] = {
        { "B-1,100,CLP,2020-01-01,", "E-EXPIRES-PAST" }, { "B-2,100,CLP,2099-02-30,", "E-DATE" },
        { "B-3,100,CLP,31/12/2099,", "E-DATE" },         { "B-4,100,CLP,2099-13-01,", "E-DATE" },
        { "B-5,100,CLP,,2026-02-29", "E-DATE" },         { "B-6,100,CLP,mañana,", "E-DATE" },
        { "B-7,100,CLP,0000-00-00,", "E-DATE" },
};

static const BadRow addresses[] = {
        { "B-1,100,CLP,https://example.cl/ok,,", "E-URL-PAIR" },
        { "B-2,100,CLP,,https://example.cl/no,", "E-URL-PAIR" },
        { "B-3,100,CLP,http://example.cl/ok,http://example.cl/no,", "E-URL" },
        { "B-4,100,CLP,javascript:alert(1),https://example.cl/no,", "E-URL" },
        { "B-5,100,CLP,/ok,/no,", "E-URL" },
        { "B-6,100,CLP,,,no es un correo", "E-EMAIL" },
        { "B-7,100,CLP,,,a@b@c", "E-EMAIL" },
};

static const BadRow people[] = {
        { "B-1,100,CLP,12345678-9,", "E-RUT" },
        { "B-2,100,CLP,abc,", "E-RUT" },
        { "B-3,100,CLP,,bitcoin", "E-METHOD" },
};

static const BadRow metadata[] = {
        { "B-1,100,CLP,\"{\"\"a\"\":{\"\"b\"\":1}}\"", "E-METADATA-NESTED" },
        { "B-2,100,CLP,\"{\"\"a\"\":[1]}\"", "E-METADATA-NESTED" },
        { "B-3,100,CLP,{not json", "E-JSON" },
        { "B-4,100,CLP,[]", "E-JSON" },
        { "B-5,100,CLP,\"{\"\"order\"\":\"\"mine\"\"}\"", "E-METADATA-RESERVED" },
};

static const BadRow items[] = {
        { "B-1,100,CLP,Silla,500,1", "E-AMOUNT-AND-ITEMS" },
        { "B-2,,CLP,Silla,,1", "E-ITEMS-AMOUNT" },
        { "B-3,,CLP,Silla,500,0", "E-ITEMS-QUANTITY" },
        { "B-4,,CLP,,500,1", "E-ITEMS-NAME" },
        { "B-5,,CLP,Casa,6999999,2", "E-AMOUNT-RANGE" },
        { "B-6,,CLP,Casa,9223372036854775807,3", "E-" },
};

static const BadRow shapes[] = {
        { "B-1", "E-ROW-SHORT" },
        { "B-2,100", "E-ROW-SHORT" },
        { "B-3,100,CLP,more", "E-ROW-LONG" },
        { "B-4,100,\xff\xfe", "E-CELL-ENCODING" },
        { "B-5,100,\"CLP", "E-ROW-QUOTE" }, /* the rows after it are still read */
};

static const BadRow instructions[] = {
        { ",,CLP,cancel", "E-ORDER-MISSING" },
        { "B-2,100,CLP,borrar", "E-ACTION" },
        { "B-3,100,CLP,destroy", "E-" },
};

static const BadRows bad_rows[] = {
        { "amounts", PLAIN, "%s,1000,CLP\n", ROWS(amounts) },
        { "currencies", PLAIN, "%s,1000,CLP\n", ROWS(currencies) },
        { "references", PLAIN, "%s,1000,CLP\n", ROWS(references) },
        { "dates", "order_id,amount,currency,expires_at,due_date\n",
          "%s,1000,CLP,2099-12-31,2020-01-01\n", ROWS(dates) },
        { "addresses", "order_id,amount,currency,success_url,cancel_url,customer_email\n",
          "%s,1000,CLP,https://example.cl/ok,https://example.cl/no,ana@example.cl\n",
          ROWS(addresses) },
        { "people", "order_id,amount,currency,rut,payment_method_types\n",
          "%s,1000,CLP,12.345.678-5,card\n", ROWS(people) },
        { "metadata", "order_id,amount,currency,metadata\n", "%s,1000,CLP,\"{\"\"a\"\":1}\"\n",
          ROWS(metadata) },
        { "items", "order_id,amount,currency,item.name,item.unit_amount,item.quantity\n",
          "%s,,CLP,Silla,500,2\n", ROWS(items) },
        { "shapes", "order_id,amount,currency\nñandú,1000,CLP\nárbol,1000,CLP\népoca,1000,CLP\n",
          "%s,1000,CLP\n", ROWS(shapes) },
        { "instructions", "order_id,amount,currency,action\n", "%s,1000,CLP,create\n",
          ROWS(instructions) },
};

static char *bad_rows_text(Flow *flow, const BadRows *file) {
        char *text = flow_text(flow, "%s", file->header);
        char good[512];

        for (size_t i = 0; i < file->n_rows; i++)
                text = flow_text(flow, "%s%s\n", text, file->rows[i].row);
        (void) snprintf(good, sizeof(good), "%s", file->good);
        assert_int_equal(strncmp(good, "%s", 2), 0);
        return flow_text(flow, "%sGOOD-%s%s", text, file->name, good + 2);
}

static void assert_bad_rows(Flow *flow, const BadRows *file) {
        const FlowTable *results = flow_results(flow, file->name);
        const char *ack = flow_ack(flow, file->name);
        size_t first = results->n_rows - file->n_rows;

        flow_assert_contains(ack, flow_text(flow, "%s.csv", file->name));
        for (size_t i = 0; i < file->n_rows; i++) {
                const char *code = flow_cell(results, first + i, "checkout_code");

                if (strcmp(flow_cell(results, first + i, "checkout_status"), "rejected") != 0 ||
                    !strstr(code, file->rows[i].code))
                        flow_fail(flow, "%s: row \"%s\": %s %s, not rejected with %s", file->name,
                                  file->rows[i].row,
                                  flow_cell(results, first + i, "checkout_status"), code,
                                  file->rows[i].code);
                assert_true(strlen(flow_cell(results, first + i, "checkout_reason")) > 10);
                assert_string_equal(flow_cell(results, first + i, "checkout_url"), "");
        }
        assert_string_equal(flow_cell(results, results->n_rows, "checkout_status"), "open");
        assert_int_equal(flow_count_status(results, "rejected"), file->n_rows);
        (void) flow_session_of(flow, flow_text(flow, "GOOD-%s", file->name));
}

/* In English, so that the places can be looked for. */
static void rows_that_cannot_be_sent(void **state) {
        Flow *flow = *state;
        const char *ack;

        flow_set(flow, "orders", "language", "en");
        flow_start(flow);
        for (size_t i = 0; i < ELEMENTS(bad_rows); i++)
                flow_drop(flow, flow_text(flow, "%s.csv", bad_rows[i].name),
                          bad_rows_text(flow, &bad_rows[i]));
        for (size_t i = 0; i < ELEMENTS(bad_rows); i++)
                assert_bad_rows(flow, &bad_rows[i]);
        /* one for each file, and three more good rows of "shapes" */
        assert_int_equal(flow_sessions(flow), ELEMENTS(bad_rows) + 3);
        ack = flow_ack(flow, "amounts");
        flow_assert_contains(ack, "lines 2, 4, 9, 16, column 2 (amount): for example \"0\": the");
        flow_assert_contains(ack, "E-AMOUNT-RANGE");
        flow_good(flow);
}

/* Every problem of a row is told, not only the first. */
static void all_problems_of_a_row(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        const char *codes;

        flow_start(flow);
        flow_drop(flow, "all.csv",
                  "order_id,amount,currency,customer_email,expires_at\n"
                  "A-1,0,USD,nadie,ayer\nA-2,100,CLP,,\n");
        results = flow_results(flow, "all");
        codes = flow_cell(results, 1, "checkout_code");
        flow_assert_contains(codes, "E-CURRENCY");
        flow_assert_contains(codes, "E-EMAIL");
        flow_assert_contains(codes, "E-DATE");
        flow_assert_contains(codes, "E-AMOUNT");
        flow_good(flow);
}

static void forty_nine_keys(void **state) {
        Flow *flow = *state;
        char *header = flow_text(flow, "order_id,amount,currency"), *row, *few;

        row = flow_text(flow, "K-1,100,CLP");
        few = flow_text(flow, "K-2,100,CLP");
        for (unsigned i = 1; i <= 49; i++) {
                header = flow_text(flow, "%s,metadata.k%u", header, i);
                row = flow_text(flow, "%s,v%u", row, i);
                few = flow_text(flow, "%s,%s", few, i <= 48 ? "v" : "");
        }
        flow_start(flow);
        flow_drop(flow, "keys.csv", flow_text(flow, "%s\n%s\n%s\n", header, row, few));
        assert_string_equal(flow_cell(flow_results(flow, "keys"), 1, "checkout_code"),
                            "E-METADATA-COUNT");
        assert_string_equal(flow_cell(flow_results(flow, "keys"), 2, "checkout_status"), "open");
        flow_good(flow);
}

/* Excel on Windows and everybody else disagree about letters beyond ASCII in a file without a mark. A
 * file that has none gets none from us; which one it is can be said in the settings. */
static void a_plain_file_gets_plain_reasons(void **state) {
        static const char text[] = "order_id,amount,currency,customer_email\n"
                                   "A-1,100,CLP,nobody\nA-2,100,CLP,\n";
        Flow *flow = *state;
        const FlowTable *rejects;

        flow_set(flow, "profile erp", "encoding", "UTF-8");
        flow_start(flow);
        flow_drop(flow, "plain.csv", text);
        flow_drop(flow, "erp/erp.csv", text);
        flow_assert_contains(flow_ack(flow, "plain"), "ASCII, ");
        rejects = flow_table(flow, flow_wait_path(flow, "spool/results/plain.B*.rejects.csv"), ',');
        flow_assert_contains(flow_cell(rejects, 1, "checkout_reason"), "direccion de correo");
        assert_null(strchr(flow_cell(rejects, 1, "checkout_reason"), '?'));
        for (const char *at = flow_read(
                     flow, flow_wait_path(flow, "spool/results/plain.B*.results.csv"), NULL);
             *at; at++)
                assert_true((unsigned char) *at < 0x80);
        rejects =
                flow_table(flow, flow_wait_path(flow, "spool/results/erp/erp.B*.rejects.csv"), ',');
        flow_assert_contains(flow_cell(rejects, 1, "checkout_reason"), "dirección de correo");
        flow_good(flow);
}

static void nul_bytes(void **state) {
        static const char text[] = PLAIN "A-1,10\0,CLP\nA\0-2,100,CLP\nA-3,100,CLP\n";
        Flow *flow = *state;
        const FlowTable *results;
        const char *path;

        flow_start(flow);
        flow_drop_bytes(flow, "nul.csv", text, sizeof(text) - 1);
        path = flow_wait_path(flow, "spool/results/nul.B*.results.csv");
        (void) path;
        assert_int_equal(flow_sessions(flow), 1);
        (void) flow_session_of(flow, "A-3");
        results = flow_table(flow, flow_wait_path(flow, "spool/results/nul.B*.rejects.csv"), ',');
        (void) results;
        flow_good(flow);
}

/* Cells and rows over their limits, longer than any buffer; the rows after them are read. */
static void ten_megabytes_in_a_cell(void **state) {
        static const char before[] = PLAIN "A-1,100,CLP\n\"", after[] = "\",100,CLP\nA-3,100,CLP\n";
        size_t size = (size_t) 10 * 1024 * 1024, at = 0;
        AUTO_FREE char *text = malloc(size + 100);
        Flow *flow = *state;

        assert_non_null(text);
        memcpy(text, before, sizeof(before) - 1);
        at += sizeof(before) - 1;
        memset(text + at, 'x', size);
        at += size;
        memcpy(text + at, after, sizeof(after) - 1);
        at += sizeof(after) - 1;
        flow_start(flow);
        flow_drop_bytes(flow, "cell.csv", text, at);
        (void) flow_wait_path(flow, "spool/results/cell.B*.results.csv");
        assert_int_equal(flow_sessions(flow), 2);
        (void) flow_session_of(flow, "A-1");
        (void) flow_session_of(flow, "A-3");
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(rows_that_cannot_be_sent), FLOW(all_problems_of_a_row),
                FLOW(forty_nine_keys),          FLOW(nul_bytes),
                FLOW(ten_megabytes_in_a_cell),  FLOW(a_plain_file_gets_plain_reasons),
        };

        return FLOW_RUN(tests);
}
