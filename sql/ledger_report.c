#include "sql/ledger_report.h"

#include <errno.h>
#include <stdlib.h>

#include "sql/ledger_private.h"

/* A row with payments is kept until its last payment has come: what the statement lends is gone
 * with its next step. Each part has its own bytes, so that a further one moves nothing. */
typedef struct Gathering {
        LedgerReportFunction function;
        void *userdata;
        bool has_row;
        ReportedRow row;
        Buffer row_texts;
        ReportedPayment *payments;
        Buffer *payment_texts;
        size_t n;
        size_t capacity;
} Gathering;

static void gathering_done(Gathering *g) {
        for (size_t i = 0; i < g->capacity; i++)
                buffer_done(&g->payment_texts[i]);
        free(g->payment_texts);
        free(g->payments);
        buffer_done(&g->row_texts);
}

static int read_row(Query *query, int64_t id, ReportedRow *ret_row) {
        *ret_row = (ReportedRow){
                .id = id,
                .order_id = query_text(query, "order_id"),
                .amount = query_integer(query, "amount"),
                .currency = read_currency(query, "currency"),
                .status = read_status(query, "status"),
                .hold = (Hold) query_integer_within(query, "hold", HOLD_NONE, HOLD_COUNT - 1),
                .session = query_text(query, "session"),
                .url = query_text(query, "url"),
                .created_at = query_integer(query, "created_at"),
                .expires_at = query_integer(query, "expires_at"),
                .code = query_text(query, "code"),
                .reason = query_text(query, "reason"),
                .raw = query_text(query, "raw"),
                .replaced = query_integer(query, "replaced") != 0,
        };
        return query_error(query);
}

static int read_payment(Query *query, Text id, ReportedPayment *ret_payment) {
        *ret_payment = (ReportedPayment){
                .id = id,
                .type = query_text(query, "type"),
                .bank_reference = query_text(query, "bank_reference"),
                .amount = query_integer(query, "payment_amount"),
                .currency = read_currency(query, "payment_currency"),
                .paid_at = query_integer(query, "paid_at"),
                .refunded = query_integer(query, "refunded"),
                .payout = query_integer(query, "payout"),
                .settled = query_integer(query, "settled_amount"),
                .settled_currency = read_currency(query, "settled_currency"),
                .fee = query_integer(query, "fee"),
                .net = query_integer(query, "net"),
        };
        return query_error(query);
}

/* --- rows with payments --------------------------------------------------------------------- */

static void keep(Buffer *texts, Text *text) {
        *text = (Text){ text_keep(texts, *text), text->size };
}

static int keep_row(Gathering *g, const ReportedRow *row) {
        Text *texts[] = { &g->row.order_id, &g->row.session, &g->row.url,
                          &g->row.code,     &g->row.reason,  &g->row.raw };
        size_t size = 0;

        g->row = *row;
        for (size_t i = 0; i < ELEMENTS(texts); i++)
                size += texts[i]->size + 1;
        buffer_clear(&g->row_texts);
        if (buffer_reserve(&g->row_texts, size) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < ELEMENTS(texts); i++)
                keep(&g->row_texts, texts[i]);
        g->has_row = true;
        g->n = 0;
        return 0;
}

static int make_room(Gathering *g) {
        size_t capacity = g->capacity > 0 ? 2 * g->capacity : 4;
        ReportedPayment *payments;
        Buffer *texts;

        if (g->n < g->capacity)
                return 0;
        payments = reallocarray(g->payments, capacity, sizeof(*payments));
        if (!payments)
                return -ENOMEM;
        g->payments = payments;
        texts = reallocarray(g->payment_texts, capacity, sizeof(*texts));
        if (!texts)
                return -ENOMEM;
        g->payment_texts = texts;
        for (; g->capacity < capacity; g->capacity++)
                texts[g->capacity] = BUFFER_EMPTY;
        return 0;
}

/* A further line of the payout files about the payment that was kept last. */
static int add_settled(Gathering *g, Query *query, Text id) {
        ReportedPayment *payment = &g->payments[g->n - 1], line;
        int r = read_payment(query, id, &line);

        if (r < 0 || line.settled_currency != payment->settled_currency)
                return r;
        payment->settled = money_add(payment->settled, line.settled);
        payment->fee = money_add(payment->fee, line.fee);
        payment->net = money_add(payment->net, line.net);
        return 0;
}

static int keep_payment(Gathering *g, Query *query, Text id) {
        ReportedPayment *payment;
        Buffer *texts;
        int r = make_room(g);

        if (r < 0)
                return r;
        if (g->n > 0 && text_equal(g->payments[g->n - 1].id, id))
                return add_settled(g, query, id);
        payment = &g->payments[g->n];
        texts = &g->payment_texts[g->n];
        r = read_payment(query, id, payment);
        buffer_clear(texts);
        if (r == 0)
                r = buffer_reserve(texts, payment->id.size + payment->type.size +
                                                  payment->bank_reference.size + 3);
        if (r < 0)
                return r;
        keep(texts, &payment->id);
        keep(texts, &payment->type);
        keep(texts, &payment->bank_reference);
        g->n++;
        return 0;
}

/* Those that were paid by their time, then those that were not. */
static int by_time(const void *a, const void *b) {
        const ReportedPayment *x = a, *y = b;

        if ((x->paid_at == 0) != (y->paid_at == 0))
                return x->paid_at == 0 ? 1 : -1;
        return x->paid_at < y->paid_at ? -1 : x->paid_at > y->paid_at;
}

static int lend_gathered(Gathering *g) {
        if (!g->has_row)
                return 0;
        g->has_row = false;
        if (g->n > 1)
                qsort(g->payments, g->n, sizeof(*g->payments), by_time);
        g->row.payments = g->payments;
        g->row.n_payments = g->n;
        return g->function(g->userdata, &g->row);
}

static int take_step(Gathering *g, Query *query) {
        int64_t id = query_integer(query, "id");
        Text payment = query_text(query, "payment");
        ReportedRow row;
        int r;

        if (g->has_row && g->row.id == id)
                return keep_payment(g, query, payment);
        r = lend_gathered(g);
        if (r == 0)
                r = read_row(query, id, &row);
        if (r != 0)
                return r;
        if (payment.size == 0)
                return g->function(g->userdata, &row);
        r = keep_row(g, &row);
        return r < 0 ? r : keep_payment(g, query, payment);
}

int ledger_report_rows(Ledger *ledger, const ReportPage *page, LedgerReportFunction function,
                       void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_REPORT_ROWS);
        __attribute__((cleanup(gathering_done)))
        Gathering g = { .function = function, .userdata = userdata };
        int r;

        query_bind_integer(query, "scope", page->scope);
        query_bind_integer(query, "after", page->after);
        query_bind_integer(query, "end", page->end);
        if (page->paid_only) {
                query_bind_integer(query, "paid_from", page->paid_from);
                query_bind_integer(query, "paid_to", page->paid_to);
        } else {
                query_bind_null(query, "paid_from");
                query_bind_null(query, "paid_to");
        }
        while ((r = query_step(query)) > 0) {
                r = take_step(&g, query);
                if (r != 0)
                        return r;
        }
        return r < 0 ? r : lend_gathered(&g);
}

int ledger_report_paid(Ledger *ledger, int64_t from, int64_t to, LedgerPaidFunction function,
                       void *userdata) {
        CLEANUP(query_end_p)
        Query *query = database_query(ledger->database, QUERY_LIST_PAID_PAYMENTS);
        int r;

        query_bind_integer(query, "from", from);
        query_bind_integer(query, "to", to);
        while ((r = query_step(query)) > 0) {
                Currency currency = read_currency(query, "currency");

                r = query_error(query);
                if (r == 0)
                        r = function(userdata, query_integer(query, "request"),
                                     query_integer(query, "amount"), currency);
                if (r != 0)
                        return r;
        }
        return r;
}
