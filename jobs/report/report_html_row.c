#include <stdio.h>

#include "jobs/base/cleanup.h"
#include "jobs/report/answer.h"
#include "jobs/report/report_column.h"
#include "jobs/report/report_html.h"
#include "jobs/report/report_page.h"

/* Each cell says one thing, and smaller (<i>) what belongs to it. */

static void reference(ReportPage *page, const ReportRow *row) {
        char id[ANSWER_BATCH_SIZE], line[16];

        page_put(page, "<td>");
        page_text(page, row->reference);
        page_put(page, "<i>");
        page_put(page, answer_batch(row->batch, id));
        page_put(page, " · ");
        (void) snprintf(line, sizeof(line), "%u", row->line);
        page_put(page, line);
        page_put(page, "</i></td>");
}

/* The first of the customer's own cells that says something, and the others below. */
static void own_cells(ReportPage *page, const ReportRow *row, const Text *own, size_t n_own) {
        bool first = true, open = false;

        page_put(page, "<td>");
        for (size_t i = 0; i < n_own; i++) {
                if (row->own[i].size == 0)
                        continue;
                if (first) {
                        page_text(page, row->own[i]);
                        first = false;
                        continue;
                }
                page_put(page, open ? " · " : "<i>");
                open = true;
                page_text(page, own[i]);
                page_put(page, ": ");
                page_text(page, row->own[i]);
        }
        page_put(page, open ? "</i></td>" : "</td>");
}

static void amount(ReportPage *page, const ReportRow *row) {
        page_put(page, "<td>");
        page_number(page, row->amount, row->currency);
        page_put(page, "<i>");
        page_put(page, currency_name(row->currency));
        page_put(page, "</i></td>");
}

/* which colour a status has; report.css */
static const char *tone_of(Status status) {
        switch (status) {
        case STATUS_PAID:
                return "good";
        case STATUS_OPEN:
        case STATUS_IN_PROGRESS:
                return "live";
        case STATUS_HELD:
        case STATUS_QUEUED:
        case STATUS_SENDING:
        case STATUS_UNKNOWN:
                return "wait";
        case STATUS_REJECTED:
        case STATUS_CONFLICT:
        case STATUS_REFUSED:
        case STATUS_MISMATCH:
        case STATUS_FAILED:
                return "bad";
        case STATUS_DUPLICATE:
        case STATUS_EXPIRED:
        case STATUS_CANCELLED:
        case STATUS_REFUNDED:
        case STATUS_COUNT:
                break;
        }
        return "over";
}

static void status(ReportPage *page, const ReportRow *row) {
        page_put(page, "<td><b class=");
        page_put(page, tone_of(row->status));
        page_put(page, ">");
        page_string(page, report_status_word(row->status, page->language));
        page_put(page, "</b>");
        if (row->reason.size > 0 || row->code.size > 0) {
                page_put(page, "<i>");
                page_text(page, row->reason.size > 0 ? row->reason : row->code);
                if (row->reason.size > 0 && row->code.size > 0) {
                        page_put(page, " [");
                        page_text(page, row->code);
                        page_put(page, "]");
                }
                page_put(page, "</i>");
        }
        page_put(page, "</td>");
}

static void due(ReportPage *page, const ReportRow *row) {
        page_put(page, "<td>");
        if (row->due.year != 0)
                page_date(page, civil_date_days(row->due));
        if (row->bucket != AGEING_NONE) {
                page_put(page, "<i>");
                page_count(page, row->days_open);
                page_put(page, " ");
                page_word(page, WORD_DAYS_LATE);
                page_put(page, " · ");
                page_string(page, report_bucket_word(row->bucket, page->language));
                page_put(page, "</i>");
        }
        page_put(page, "</td>");
}

static void paid_part(ReportPage *page, ReportWord word, int64_t sum, Currency currency) {
        if (sum == 0)
                return;
        page_put(page, " · ");
        page_word(page, word);
        page_put(page, " ");
        page_number(page, sum, currency);
}

static void paid(ReportPage *page, const ReportRow *row) {
        page_put(page, "<td>");
        if (row->is_paid) {
                page_time(page, row->paid_at);
                page_put(page, "<i>");
                page_money(page, row->paid_amount, row->paid_currency);
                paid_part(page, WORD_DIFFERENCE_SHORT, row->difference, row->currency);
                paid_part(page, WORD_GIVEN_BACK, row->refunded, row->paid_currency);
                page_put(page, "</i>");
        }
        page_put(page, "</td>");
}

static void payment(ReportPage *page, const ReportRow *row) {
        char id[ANSWER_BATCH_SIZE];

        page_put(page, "<td>");
        page_text(page, row->bank_reference.size > 0 ? row->bank_reference : row->payment_id);
        if (row->payment_type.size > 0 || row->bank_reference.size > 0) {
                page_put(page, "<i>");
                page_text(page, row->payment_type);
                if (row->bank_reference.size > 0) {
                        page_put(page, " ");
                        page_text(page, row->payment_id);
                }
                page_put(page, "</i>");
        }
        if (row->payout != 0) {
                page_put(page, "<i>");
                page_put(page, answer_batch(row->payout, id));
                page_put(page, ": ");
                page_word(page, WORD_NET);
                page_put(page, " ");
                page_number(page, row->net, row->settled_currency);
                page_put(page, "</i>");
        }
        page_put(page, "</td>");
}

/* Only what a browser opens as a page: the provider's word alone makes no `javascript:` a link. */
static bool is_web(Text url) {
        static const char scheme[] = "https://";

        return url.size > strlen(scheme) && memcmp(url.data, scheme, strlen(scheme)) == 0;
}

static void link_cell(ReportPage *page, const ReportRow *row) {
        page_put(page, "<td>");
        if (row->expires_at != 0)
                page_time(page, row->expires_at);
        if (row->session.size > 0 || row->url.size > 0) {
                page_put(page, "<i>");
                if (row->created_at != 0) {
                        page_word(page, WORD_MADE_SHORT);
                        page_put(page, " ");
                        page_time(page, row->created_at);
                        page_put(page, " · ");
                }
                if (is_web(row->url)) {
                        page_put(page, "<a rel=noreferrer href=\"");
                        page_text(page, row->url);
                        page_put(page, "\">");
                        page_text(page, row->session.size > 0 ? row->session : row->url);
                        page_put(page, "</a>");
                } else {
                        page_text(page, row->session);
                }
                page_put(page, "</i>");
        }
        page_put(page, "</td>");
}

int report_html_append_break(Buffer *html) {
        return buffer_append_string(
                html, "</tbody></table></div>\n<div class=part><table class=list><tbody>\n");
}

int report_html_append_row(Buffer *html, const ReportRow *row, const Text *own, size_t n_own,
                           Language language) {
        ReportPage page = { .out = html, .language = language };

        page_put(&page, "<tr>");
        reference(&page, row);
        own_cells(&page, row, own, n_own);
        amount(&page, row);
        status(&page, row);
        due(&page, row);
        paid(&page, row);
        payment(&page, row);
        link_cell(&page, row);
        page_put(&page, "</tr>\n");
        return page.error;
}
