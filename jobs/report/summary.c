#include "jobs/report/summary.h"

#include <errno.h>
#include <jansson.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/base/digest.h"
#include "jobs/report/answer.h"

static json_t *json_of(Text text) {
        return json_stringn(text.data ? text.data : "", text.size);
}

static json_t *json_time(int64_t instant) {
        char time[CIVIL_TIME_SIZE];

        return instant == 0 ? json_null() : json_string(civil_time_format(instant, time));
}

static json_t *json_batch(int64_t batch) {
        char id[ANSWER_BATCH_SIZE];

        return batch == 0 ? json_null() : json_string(answer_batch(batch, id));
}

static json_t *json_approval(const Summary *summary, const char *digest) {
        if (summary->approved_at == 0)
                return json_null();
        return json_pack("{sI so ss}", "uid", (json_int_t) summary->approved_by, "at",
                         json_time(summary->approved_at), "sha256", digest);
}

static json_t *json_children(const Summary *summary) {
        json_t *array = json_array();

        for (unsigned i = 0; array && i < summary->n_children; i++)
                (void) json_array_append_new(array, json_batch(summary->children[i]));
        return array;
}

static json_t *json_totals(const SummaryTotal *totals, unsigned n) {
        json_t *array = json_array();

        for (unsigned i = 0; array && i < n; i++) {
                json_t *total = json_pack("{ss}", "currency", currency_name(totals[i].currency));

                if (totals[i].status != 0)
                        (void) json_object_set_new(total, "status",
                                                   json_string(status_name(totals[i].status)));
                (void) json_object_set_new(total, "count", json_integer(totals[i].count));
                (void) json_object_set_new(total, "sum", json_integer(totals[i].sum));
                (void) json_array_append_new(array, total);
        }
        return array;
}

static json_t *json_settled(const Summary *summary) {
        json_t *array = json_array();

        for (unsigned i = 0; array && i < summary->n_settled; i++) {
                const SummarySettled *settled = &summary->settled[i];

                (void) json_array_append_new(
                        array,
                        json_pack("{ss sI sI sI sI sI}", "currency",
                                  currency_name(settled->currency), "count",
                                  (json_int_t) settled->count, "sum", (json_int_t) settled->sum,
                                  "paid_out", (json_int_t) settled->paid_out, "fee",
                                  (json_int_t) settled->fee, "net", (json_int_t) settled->net));
        }
        return array;
}

static json_t *json_findings(const Summary *summary) {
        json_t *array = json_array();

        for (unsigned i = 0; array && i < summary->n_findings; i++)
                (void) json_array_append_new(
                        array, json_pack("{ss sI}", "kind", finding_name(summary->findings[i].kind),
                                         "count", (json_int_t) summary->findings[i].count));
        return array;
}

static int64_t rows_of(const Summary *summary) {
        int64_t rows = 0;

        for (unsigned i = 0; i < summary->n_read; i++)
                rows += summary->read[i].count;
        return rows;
}

static int append(const char *bytes, size_t size, void *userdata) {
        return buffer_append(userdata, bytes, size);
}

int summary_append(Buffer *json, const Summary *summary) {
        char digest[DIGEST_HEX_SIZE];
        json_t *root;
        int r;

        digest_hex(summary->sha256, DIGEST_SIZE, digest);
        root = json_pack(
                "{so so ss so so ss so so ss sI so so so sI sI so so so so so}", /* takes what it is given */
                "batch", json_batch(summary->batch), "file", json_of(summary->file), "sha256",
                digest, "profile", json_of(summary->profile), "run", json_of(summary->run), "mode",
                summary->live ? "live" : "test", "parent", json_batch(summary->parent), "children",
                json_children(summary), "state", summary->state, "maker_uid",
                (json_int_t) summary->maker_uid, "approval", json_approval(summary, digest),
                "received_at", json_time(summary->received_at), "results_at",
                json_time(summary->results_at), "rows", (json_int_t) rows_of(summary), "lines",
                (json_int_t) summary->lines, "read", json_totals(summary->read, summary->n_read),
                "totals", json_totals(summary->totals, summary->n_totals), "with_children",
                summary->n_children > 0 ? json_totals(summary->together, summary->n_together)
                                        : json_null(),
                "settled", json_settled(summary), "findings", json_findings(summary));
        if (!root)
                return -ENOMEM;
        r = json_dump_callback(root, append, json, JSON_INDENT(2));
        json_decref(root);
        if (r < 0)
                return -ENOMEM;
        return buffer_append_char(json, '\n');
}
