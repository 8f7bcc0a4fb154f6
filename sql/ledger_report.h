/* LedgerReport: rows with all that reports say of them, in pages by their id. A page is one short
 * statement: nothing is held between two, so that a report of any length stops no checkpoint. */
#pragma once

#include "sql/ledger.h"

typedef struct ReportedPayment {
        Text id, type, bank_reference;
        int64_t amount;
        Currency currency;
        int64_t paid_at; /* 0: it never succeeded; what was said of it later is a finding */
        int64_t refunded;
        int64_t payout;            /* the batch of the first payout file that has it; 0: none */
        int64_t settled, fee, net; /* by all of its lines, refunds taken off */
        Currency settled_currency;
} ReportedPayment;

typedef struct ReportedRow {
        int64_t id;
        Text order_id;
        int64_t amount;
        Currency currency;
        Status status; /* as stored */
        Hold hold;
        Text session, url;
        int64_t created_at, expires_at; /* of the session; 0: none */
        Text code, reason;
        Text raw;
        bool replaced; /* ended unpaid, and a later row has taken its reference */
        const ReportedPayment *payments;
        size_t n_payments;
} ReportedRow; /* borrowed until the callback returns */

typedef struct ReportPage {
        int64_t scope;              /* of the batch whose rows these are */
        int64_t after, end;         /* ids: above `after`, below `end` */
        bool paid_only;             /* only rows with a payment that succeeded in these times, */
        int64_t paid_from, paid_to; /* both included */
} ReportPage;

typedef int (*LedgerReportFunction)(void *userdata, const ReportedRow *row);
/* By id; stops on non-zero and gives it. The function may not call the ledger. */
int ledger_report_rows(Ledger *ledger, const ReportPage *page, LedgerReportFunction function,
                       void *userdata);

typedef int (*LedgerPaidFunction)(void *userdata, int64_t row, int64_t amount, Currency currency);
/* Every payment that succeeded in these times, both included, in no order; stops on non-zero. */
int ledger_report_paid(Ledger *ledger, int64_t from, int64_t to, LedgerPaidFunction function,
                       void *userdata);
