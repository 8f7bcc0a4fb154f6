#include "tests/sandbox/payout.h"

#include <stdlib.h>

#include "jobs/base/civil.h"
#include "tests/sandbox/put.h"

static uint32_t count_argument(const Request *request, const char *name) {
        Text value = request_argument(request, name);
        uint32_t count = 0;

        for (size_t i = 0; i < value.size && count < 1000000; i++)
                count = count * 10 + (uint32_t) ((value.data[i] - '0') & 0xf);
        return count;
}

typedef struct PayoutRow {
        Text id;
        int64_t created_at;
        int64_t amount;
        int64_t fee;
        const char *currency;
        const char *type;
        Text resource; /* the payment of a refund */
} PayoutRow;

static void put_row(Buffer *out, const PayoutRow *row) {
        char time[CIVIL_TIME_SIZE];

        put_text(out, row->id);
        put_string(out, ";");
        put_string(out, civil_time_format(row->created_at, time));
        put_string(out, ";");
        put_integer(out, row->amount);
        put_string(out, ";");
        put_integer(out, row->fee);
        put_string(out, ";");
        put_integer(out, row->amount - row->fee);
        put_string(out, ";");
        put_string(out, row->currency);
        put_string(out, ";");
        put_string(out, row->type);
        put_string(out, ";");
        put_text(out, row->resource);
        put_string(out, "\n");
}

static int64_t fee_of(int64_t amount) {
        return (amount * 119 + 5000) / 10000;
}

static void put_payments(const Sandbox *sandbox, uint32_t wrong, Buffer *out) {
        const Store *store = sandbox->store;
        char id[ID_SIZE];

        for (uint32_t i = 0; i < store_intent_count(store); i++) {
                const Intent *intent = store_intent(store, i);
                const Session *session = store_session(store, intent->session);

                if (intent->status != INTENT_SUCCEEDED)
                        continue;
                put_row(out, &(PayoutRow){ .id = store_intent_id(store, i, id),
                                           .created_at = intent->transaction_at,
                                           .amount = intent->amount - (wrong > 0 ? 1 : 0),
                                           .fee = fee_of(intent->amount),
                                           .currency = currency_name((Currency) session->currency),
                                           .type = "payment_intent" });
                wrong -= wrong > 0;
        }
}

static void put_refunds(const Sandbox *sandbox, Buffer *out) {
        const Store *store = sandbox->store;
        char id[ID_SIZE];
        char resource[ID_SIZE];

        for (uint32_t i = 0; i < store_refund_count(store); i++) {
                const Refund *refund = store_refund(store, i);
                const Intent *intent = store_intent(store, refund->intent);
                const Session *session = store_session(store, intent->session);

                if (refund->status != REFUND_SUCCEEDED)
                        continue;
                put_row(out, &(PayoutRow){ .id = store_refund_id(store, i, id),
                                           .created_at = refund->updated_at,
                                           .amount = -refund->amount,
                                           .currency = currency_name((Currency) session->currency),
                                           .type = "refund",
                                           .resource = store_intent_id(store, refund->intent,
                                                                       resource) });
        }
}

void payout_answer(Sandbox *sandbox, Request *request) {
        Buffer *out = &request->answer.body;
        uint32_t foreign = count_argument(request, "foreign");
        static const IdMaker others = { 0 };
        char id[ID_SIZE];

        request->answer.status = 200;
        request->answer.content_type = "text/csv; charset=utf-8";
        put_string(out, "id;created_at;amount;fee;net;currency;resource_type;resource_id\n");
        put_payments(sandbox, count_argument(request, "wrong"), out);
        put_refunds(sandbox, out);
        for (uint32_t i = 0; i < foreign; i++)
                put_row(out, &(PayoutRow){ .id = id_make(&others, "pi", i, id),
                                           .created_at = clock_now(&sandbox->clock),
                                           .amount = 1000 + (int64_t) i,
                                           .fee = fee_of(1000 + (int64_t) i),
                                           .currency = "CLP",
                                           .type = "payment_intent" });
}
