/* ReportRow: one row of a report, whatever it is written as. Its columns are one table
 * (report_column.h); each format asks for their values and writes them its own way.
 *
 * All texts are borrowed: from the ledger's page, from the reader of the row's cells, or from the
 * buffer that report_row_complete() was given. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/base/civil.h"
#include "jobs/base/money.h"
#include "jobs/reconcile/ageing.h"
#include "jobs/session/status.h"

typedef struct ReportPayment {
        Text id, type, bank_reference;
        int64_t amount; /* smallest unit */
        Currency currency;
        int64_t paid_at; /* 0: it did not succeed, or has not yet */
        int64_t refunded;
        int64_t payout; /* the batch of the provider's payout file that has it; 0: none */
        int64_t settled, fee, net;
        Currency settled_currency;
        bool counts; /* paid, and on a day that the report is about */
} ReportPayment;

typedef struct ReportRow {
        int64_t batch;
        Text file; /* of the batch */
        uint32_t line;
        Text reference;
        const Text *own; /* the customer's own columns, as many as Report.n_own */
        int64_t amount;
        Currency currency;
        Status status; /* as shown: queued rows of a held batch are held */
        Text code, reason;
        Text session, url;
        int64_t received_at; /* of the batch */
        int64_t approved_at; /* of the batch, by a second person; 0: it was not */
        Text approved_by, approved_digest;
        int64_t created_at, expires_at; /* of the session; 0: none */
        CivilDate due;                  /* year 0: none */
        bool replaced;                  /* a later row took its reference: that one asks for it */
        const ReportPayment *payments;  /* of all its sessions, oldest first */
        size_t n_payments;

        /* made of these by report_row_complete() */
        bool is_paid;
        int64_t paid_at;     /* of the first payment */
        int64_t paid_amount; /* of all in paid_currency: the row's own, else the first one's */
        Currency paid_currency;
        int64_t refunded;    /* in paid_currency */
        bool has_difference; /* it was paid in its own currency, and so can be compared */
        int64_t difference;  /* what was paid beyond the amount; negative: less */
        int64_t payout;      /* of the first of its payments that is in one; 0: none */
        Currency settled_currency;
        int64_t fee, net;                              /* of all in that currency */
        Text payment_id, payment_type, bank_reference; /* several are separated by blanks */
        AgeingBucket bucket;
        int64_t days_open; /* since due, else since created or received; with a bucket only */
} ReportRow;

/* Fills in the second part. `today`: in the row's zone, which must be in use. `texts` is cleared
 * and lends what is joined. 0 or -ENOMEM. */
int report_row_complete(ReportRow *row, CivilDate today, Buffer *texts);
