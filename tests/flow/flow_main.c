/* The main road: a good file comes back as payment links, in both API generations. */
#include <openssl/evp.h>
#include <string.h>

#include "tests/flow/harness.h"

static const char facturas[] =
        "folio;cliente;correo;rut;monto;moneda;vencimiento;Nota interna\r\n"
        "F-1001;\"Comercial Ñuñoa; Ltda.\";pagos@nunoa.cl;76.086.428-5;45120300;CLP;31-12-2024;x\r\n"
        "F-1002;Ana Pérez;;12.345.678-5;2500;CLP;;\"dos\nlíneas\"\r\n";

static const char both_currencies[] = "order_id,amount,currency,due_date\n"
                                      "A-1,1500,CLP,2024-01-31\n"
                                      "A-2,3500000,MXN,\n"
                                      "A-3,6999999,CLP,\n"
                                      "A-4,1,MXN,\n";

static const char our_columns[] = "checkout_line,checkout_status,checkout_session_id,checkout_url,"
                                  "checkout_expires_at,checkout_code,checkout_reason";

static void results_are_the_rows_and_ours(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        flow_set(flow, "orders", "amount_format", "minor");
        flow_start(flow);
        flow_drop(flow, "pagos.csv", both_currencies);
        results = flow_results(flow, "pagos");

        assert_int_equal(results->n_rows, 4);
        assert_int_equal(results->n_columns, 4 + 7);
        flow_assert_contains(
                flow_read(flow, flow_wait_path(flow, "spool/results/*.results.csv"), NULL),
                flow_text(flow, "order_id,amount,currency,due_date,%s\n", our_columns));
        for (size_t row = 1; row <= 4; row++) {
                const char *order = flow_text(flow, "A-%zu", row);
                FlowSession session = flow_session_of(flow, order);

                assert_string_equal(flow_cell(results, row, "order_id"), order);
                assert_string_equal(flow_cell(results, row, "checkout_line"),
                                    flow_text(flow, "%zu", row + 1));
                assert_string_equal(flow_cell(results, row, "checkout_status"), "open");
                assert_string_equal(flow_cell(results, row, "checkout_session_id"), session.id);
                assert_string_equal(flow_cell(results, row, "checkout_url"), session.url);
                assert_string_equal(flow_cell(results, row, "checkout_code"), "");
                assert_string_equal(flow_cell(results, row, "checkout_reason"), "");
                assert_int_equal(strlen(flow_cell(results, row, "checkout_expires_at")),
                                 strlen("2026-01-01T00:00:00Z"));
        }
        assert_string_equal(flow_cell(results, 1, "due_date"), "2024-01-31");
        flow_good(flow);
}

static void sha256_of(Flow *flow, const char *path, char ret_hex[65]) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        size_t n;
        char *bytes = flow_read(flow, path, &n);

        assert_int_equal(EVP_Digest(bytes, n, digest, &size, EVP_sha256(), NULL), 1);
        for (unsigned i = 0; i < size; i++)
                (void) snprintf(ret_hex + (size_t) i * 2, 3, "%02x", digest[i]);
}

/* The acknowledgement, the summary and the archive say what was read. */
static void answers_tell_what_was_read(void **state) {
        Flow *flow = *state;
        const json_t *summary, *total, *totals;
        const char *ack, *archived;
        char hex[65];

        flow_set(flow, "orders", "amount_format", "minor");
        flow_start(flow);
        flow_drop(flow, "pagos.csv", both_currencies);
        (void) flow_results(flow, "pagos");

        ack = flow_ack(flow, "pagos");
        flow_assert_contains(ack, "B000001");
        flow_assert_contains(ack, "pagos.csv");
        flow_assert_contains(ack, "7.001.499");
        flow_assert_contains(ack, "35,000.01");

        archived = flow_wait_path(flow, "spool/archive/*pagos*");
        assert_string_equal(flow_read(flow, archived, NULL), both_currencies);
        sha256_of(flow, archived, hex);

        summary = flow_json(
                flow,
                flow_read(flow, flow_wait_path(flow, "spool/results/pagos.B000001.summary.json"),
                          NULL));
        assert_string_equal(flow_string(summary, "batch"), "B000001");
        assert_string_equal(flow_string(summary, "file"), "pagos.csv");
        assert_string_equal(flow_string(summary, "sha256"), hex);
        assert_string_equal(flow_string(summary, "mode"), "test");
        assert_string_equal(flow_string(summary, "state"), "settled");
        assert_non_null(json_object_get(summary, "profile"));
        assert_non_null(json_object_get(summary, "run"));
        assert_non_null(json_object_get(summary, "parent"));
        totals = json_object_get(summary, "totals");
        assert_int_equal(json_array_size(totals), 2);
        total = json_array_get(totals, 0);
        assert_string_equal(flow_string(total, "currency"), "CLP");
        assert_string_equal(flow_string(total, "status"), "open");
        assert_int_equal(flow_integer(total, "count"), 2);
        assert_int_equal(flow_integer(total, "sum"), 7001499);
        total = json_array_get(totals, 1);
        assert_string_equal(flow_string(total, "currency"), "MXN");
        assert_int_equal(flow_integer(total, "count"), 2);
        assert_int_equal(flow_integer(total, "sum"), 3500001);
        assert_int_equal(flow_count_paths(flow, "spool/incoming/*.*"), 0);
        assert_int_equal(flow_count_paths(flow, "spool/work/*"), 0);
        assert_int_equal(flow_count_paths(flow, "spool/results/*.rejects.csv"), 0);
        flow_good(flow);
}

/* Spanish headers, semicolons, CRLF, quoted delimiters and line ends: mirrored byte for byte. */
static void the_file_of_a_chilean_spreadsheet(void **state) {
        Flow *flow = *state;
        const FlowTable *results;
        const char *path, *text;
        const json_t *customer;

        flow_start(flow);
        flow_drop(flow, "facturas.csv",
                  flow_text(flow, "%s", facturas)); /* one amount is too large for v1 */
        path = flow_wait_path(flow, "spool/results/facturas.B*.results.csv");
        results = flow_table(flow, path, ';');
        text = flow_read(flow, path, NULL);

        assert_int_equal(results->n_rows, 2);
        flow_assert_contains(text, "folio;cliente;correo;rut;monto;moneda;vencimiento;Nota interna;"
                                   "checkout_line;");
        flow_assert_contains(text,
                             "\r\nF-1001;\"Comercial Ñuñoa; Ltda.\";pagos@nunoa.cl;76.086.428-5;"
                             "45120300;CLP;31-12-2024;x;2;rejected;;;;E-");
        flow_assert_contains(
                text, "\r\nF-1002;Ana Pérez;;12.345.678-5;2500;CLP;;\"dos\nlíneas\";3;open;");
        customer = json_object_get(flow_session_of(flow, "F-1002").object, "customer");
        assert_string_equal(flow_string(customer, "name"), "Ana Pérez");
        assert_string_equal(flow_string(json_object_get(customer, "tax_id"), "type"), "cl_rut");
        assert_string_equal(flow_string(json_object_get(customer, "tax_id"), "value"), "123456785");
        flow_assert_contains(flow_ack(flow, "facturas"), "Nota interna");

        text = flow_read(flow, flow_wait_path(flow, "spool/results/facturas.B*.rejects.csv"), NULL);
        flow_assert_contains(text, "F-1001;");
        assert_null(strstr(text, "F-1002;"));
        flow_good(flow);
}

static const char rich[] =
        "order_id,amount,currency,customer_email,expires_at,success_url,cancel_url,metadata.tienda,"
        "metadata,customer.name,customer.email,customer.tax_id.type,customer.tax_id.value,"
        "payment_method_types,business_profile.category,payment_method_options\n"
        "R-1,2500,CLP,ana@example.cl,2099-12-31,https://example.cl/ok,https://example.cl/no,Norte,"
        "\"{\"\"vip\"\":true,\"\"n\"\":3}\",Ana Pérez,ana@example.cl,cl_rut,12345678-5,"
        "bank_transfer|card,009613,\"{\"\"bank_transfer\"\":{\"\"sender_account\"\":"
        "{\"\"institution_id\"\":{\"\"value\"\":\"\"cl_banco_de_chile\"\"}}}}\"\n";

static void assert_rich_body(const json_t *body) {
        const json_t *metadata = json_object_get(body, "metadata");
        const json_t *customer = json_object_get(body, "customer");
        const json_t *types = json_object_get(body, "payment_method_types");

        assert_int_equal(flow_integer(body, "amount"), 2500);
        assert_string_equal(flow_string(body, "currency"), "CLP");
        assert_string_equal(flow_string(body, "customer_email"), "ana@example.cl");
        assert_string_equal(flow_string(body, "success_url"), "https://example.cl/ok");
        assert_string_equal(flow_string(body, "cancel_url"), "https://example.cl/no");
        assert_string_equal(flow_string(metadata, "order"), "R-1");
        assert_int_equal(strlen(flow_string(metadata, "checkoutd")), 64);
        assert_string_equal(flow_string(metadata, "tienda"), "Norte");
        assert_true(json_is_true(json_object_get(metadata, "vip")));
        assert_int_equal(flow_integer(metadata, "n"), 3);
        assert_string_equal(flow_string(customer, "email"), "ana@example.cl");
        assert_string_equal(flow_string(json_object_get(customer, "tax_id"), "value"), "123456785");
        assert_int_equal(json_array_size(types), 2);
        assert_string_equal(json_string_value(json_array_get(types, 0)), "bank_transfer");
        assert_string_equal(json_string_value(json_array_get(types, 1)), "card");
        assert_string_equal(flow_string(json_object_get(body, "business_profile"), "category"),
                            "009613");
        assert_non_null(
                json_object_get(json_object_get(body, "payment_method_options"), "bank_transfer"));
}

static void every_field_is_sent_v1(void **state) {
        Flow *flow = *state;
        const json_t *body;

        flow_start(flow);
        flow_drop(flow, "rich.csv", rich);
        assert_int_equal(flow_count_status(flow_results(flow, "rich"), "open"), 1);
        body = flow_session_of(flow, "R-1").object;
        assert_rich_body(body);
        assert_memory_equal(flow_string(body, "expires_at"), "2099-12-31", 10);
        flow_good(flow);
}

/* A date is the end of that day in the profile's zone: in December Chile is three hours behind. */
static void every_field_is_sent_v2(void **state) {
        Flow *flow = *state;
        const json_t *body;

        flow_set(flow, "provider", "api_version", "v2");
        flow_start(flow);
        flow_drop(flow, "rich.csv", rich);
        assert_int_equal(flow_count_status(flow_results(flow, "rich"), "open"), 1);
        body = flow_session_of(flow, "R-1").object;
        assert_rich_body(body);
        assert_string_equal(flow_string(body, "expires_at"), "2100-01-01T02:59:59Z");
        flow_good(flow);
}

static void line_items_as_rows_and_as_json(void **state) {
        static const char text[] =
                "order_id,currency,item.name,item.unit_amount,item.quantity,line_items\n"
                "L-1,CLP,Silla,15000,2,\n"
                "L-1,CLP,Mesa,80000,1,\n"
                "L-2,CLP,,,,\"[{\"\"quantity\"\":3,\"\"price_data\"\":{\"\"currency\"\":\"\"CLP\"\","
                "\"\"unit_amount\"\":500,\"\"product_data\"\":{\"\"name\"\":\"\"Clavo\"\"}}}]\"\n";
        Flow *flow = *state;
        const FlowTable *results;
        const json_t *body, *items;

        flow_start(flow);
        flow_drop(flow, "items.csv", text);
        results = flow_results(flow, "items");
        assert_int_equal(results->n_rows, 3);
        assert_string_equal(flow_cell(results, 1, "checkout_url"),
                            flow_cell(results, 2, "checkout_url"));
        assert_string_equal(flow_cell(results, 1, "checkout_line"), "2");
        assert_string_equal(flow_cell(results, 2, "checkout_line"), "3");

        body = flow_session_of(flow, "L-1").object;
        items = json_object_get(body, "line_items");
        assert_int_equal(flow_integer(body, "amount"), 110000);
        assert_int_equal(json_array_size(items), 2);
        assert_int_equal(flow_integer(json_array_get(items, 0), "quantity"), 2);
        assert_int_equal(flow_integer(json_object_get(json_array_get(items, 1), "price_data"),
                                      "unit_amount"),
                         80000);
        items = json_object_get(flow_session_of(flow, "L-2").object, "line_items");
        assert_int_equal(json_array_size(items), 1);
        flow_assert_contains(flow_ack(flow, "items"), "111.500");
        flow_good(flow);
}

static void three_hundred_rows(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        flow_start(flow);
        flow_drop(flow, "many.csv", flow_orders(flow, "M", 300));
        results = flow_results(flow, "many");
        assert_int_equal(results->n_rows, 300);
        assert_int_equal(flow_count_status(results, "open"), 300);
        flow_assert_exactly_once(flow, "M", 300);
        flow_good(flow);
}

/* Two files of two profiles, the same reference in both: references are unique within a profile. */
static void profiles_are_apart(void **state) {
        Flow *flow = *state;
        const FlowTable *own;

        flow_set(flow, "profile norte", "currency", "CLP");
        flow_start(flow);
        flow_drop(flow, "a.csv", "order_id,amount,currency\nP-1,100,CLP\n");
        (void) flow_results(flow, "a");
        flow_drop(flow, "norte/a.csv", "order_id,amount\nP-1,200\n");
        own = flow_table(flow, flow_wait_path(flow, "spool/results/norte/a.B*.results.csv"), ',');
        assert_string_equal(flow_cell(own, 1, "checkout_status"), "open");
        assert_int_equal(flow_sessions(flow), 2);
        flow_good(flow);
}

/* Cells that a spreadsheet would run are guarded on the way out, and restored on the way in. */
static void formulas_are_guarded(void **state) {
        Flow *flow = *state;
        const FlowTable *results;

        flow_start(flow);
        flow_drop(flow, "f.csv",
                  "order_id,amount,currency,nota\nG-1,100,CLP,=1+1\nG-2,100,CLP,'=x\n");
        results = flow_results(flow, "f");
        assert_string_equal(flow_cell(results, 1, "nota"), "'=1+1");
        assert_string_equal(flow_cell(results, 2, "nota"), "''=x");
        flow_good(flow);
}

static void results_are_for_people_and_originals_are_not(void **state) {
        Flow *flow = *state;

        flow_start(flow);
        flow_drop(flow, "a.csv", flow_orders(flow, "X", 1));
        (void) flow_results(flow, "a");
        (void) flow_wait_path(flow, "spool/archive/*");
        assert_int_equal(flow_mode(flow_wait_path(flow, "spool/results/*.results.csv")), 0640);
        assert_int_equal(flow_mode(flow_path(flow, "checkoutd.db")), 0600);
        assert_int_equal(flow_mode(flow_path(flow, "spool/work")), 0700);
        assert_int_equal(flow_mode(flow_path(flow, "spool/archive")), 0700);
        assert_int_equal(flow_mode(flow_path(flow, "spool/rejected")), 0700);
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                FLOW(results_are_the_rows_and_ours),
                FLOW(answers_tell_what_was_read),
                FLOW(the_file_of_a_chilean_spreadsheet),
                FLOW(every_field_is_sent_v1),
                FLOW(every_field_is_sent_v2),
                FLOW(line_items_as_rows_and_as_json),
                FLOW(three_hundred_rows),
                FLOW(profiles_are_apart),
                FLOW(formulas_are_guarded),
                FLOW(results_are_for_people_and_originals_are_not),
        };

        return FLOW_RUN(tests);
}
