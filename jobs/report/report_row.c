#include "jobs/report/report_row.h"

#include <errno.h>

/* --- payments ------------------------------------------------------------------------------- */

static bool pays_in(const ReportRow *row, Currency currency) {
        for (size_t i = 0; i < row->n_payments; i++)
                if (row->payments[i].paid_at != 0 && row->payments[i].currency == currency)
                        return true;
        return false;
}

static void add_up(ReportRow *row) {
        row->is_paid = row->has_difference = false;
        row->paid_at = row->paid_amount = row->refunded = row->difference = 0;
        row->paid_currency = row->currency;
        for (size_t i = 0; i < row->n_payments; i++) {
                const ReportPayment *payment = &row->payments[i];

                if (payment->paid_at == 0)
                        continue;
                if (!row->is_paid && !pays_in(row, row->currency))
                        row->paid_currency = payment->currency;
                if (!row->is_paid || payment->paid_at < row->paid_at)
                        row->paid_at = payment->paid_at;
                row->is_paid = true;
                if (payment->currency != row->paid_currency)
                        continue;
                row->paid_amount = money_add(row->paid_amount, payment->amount);
                row->refunded = money_add(row->refunded, payment->refunded);
        }
        row->has_difference = row->is_paid && row->paid_currency == row->currency;
        if (row->has_difference)
                row->difference = money_add(row->paid_amount, -row->amount);
}

static void add_settled(ReportRow *row) {
        row->payout = row->fee = row->net = 0;
        row->settled_currency = row->currency;
        for (size_t i = 0; i < row->n_payments; i++) {
                const ReportPayment *payment = &row->payments[i];

                if (payment->payout == 0)
                        continue;
                if (row->payout == 0) {
                        row->payout = payment->payout;
                        row->settled_currency = payment->settled_currency;
                }
                if (payment->settled_currency != row->settled_currency)
                        continue;
                row->fee = money_add(row->fee, payment->fee);
                row->net = money_add(row->net, payment->net);
        }
}

static Text part(const ReportPayment *payment, unsigned which) {
        return which == 0 ? payment->id : which == 1 ? payment->type : payment->bank_reference;
}

/* Of those that were paid; when none was, of the last one, which says why. */
static int join(const ReportRow *row, unsigned which, Buffer *texts, Text *ret_text) {
        size_t from = texts->size, n = 0;
        int r = 0;

        *ret_text = TEXT_NONE;
        for (size_t i = 0; i < row->n_payments && r == 0; i++) {
                const ReportPayment *payment = &row->payments[i];
                Text text = part(payment, which);

                if ((row->is_paid ? payment->paid_at == 0 : i + 1 < row->n_payments) ||
                    text.size == 0)
                        continue;
                if (n++ == 0) {
                        *ret_text = text;
                        continue;
                }
                if (n == 2)
                        r = buffer_append(texts, ret_text->data, ret_text->size);
                if (r == 0)
                        r = buffer_append_char(texts, ' ');
                if (r == 0)
                        r = buffer_append(texts, text.data, text.size);
        }
        if (n > 1 && r == 0)
                *ret_text = (Text){ texts->data + from, texts->size - from };
        return r;
}

static int join_all(ReportRow *row, Buffer *texts) {
        size_t size = 0;
        int r;

        buffer_clear(texts);
        for (size_t i = 0; i < row->n_payments && row->n_payments > 1; i++)
                for (unsigned which = 0; which < 3; which++)
                        size += part(&row->payments[i], which).size + 1;
        r = buffer_reserve(texts, size); /* so that the earlier texts stay where they are */
        if (r == 0)
                r = join(row, 0, texts, &row->payment_id);
        if (r == 0)
                r = join(row, 1, texts, &row->payment_type);
        return r < 0 ? r : join(row, 2, texts, &row->bank_reference);
}

/* --- ageing --------------------------------------------------------------------------------- */

static void age(ReportRow *row, CivilDate today) {
        int64_t since = row->created_at != 0 ? row->created_at : row->received_at;
        CivilDate from = row->due.year != 0 ? row->due : civil_date_at(since);

        row->bucket = AGEING_NONE;
        row->days_open = 0;
        if (!ageing_is_owed(row->status) || row->replaced || from.year == 0 || today.year == 0)
                return;
        row->days_open = civil_date_days(today) - civil_date_days(from);
        row->bucket = ageing_bucket(row->days_open);
}

int report_row_complete(ReportRow *row, CivilDate today, Buffer *texts) {
        add_up(row);
        add_settled(row);
        age(row, today);
        return join_all(row, texts);
}
