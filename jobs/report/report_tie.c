#include "jobs/report/report_tie.h"

#include <assert.h>
#include <inttypes.h>

#include "jobs/base/cleanup.h"
#include "jobs/report/report_column.h"
#include "jobs/report/report_word.h"

#define INDENT    4
#define NAME_MOST 40
#define NUMBERS   (INDENT + 9 + 18 + 2) /* columns beside the names */

/* --- the lines ------------------------------------------------------------------------------ */

static void add(Tie *tie, TieKind kind, char sign, const char *name, bool has_count,
                ReportTally tally) {
        assert(tie->n < TIE_LINES_MOST);
        tie->lines[tie->n++] = (TieLine){ kind, sign, name, has_count, tally };
}

static void add_rows(const Report *report, const ReportMoney *money, Tie *tie) {
        bool read = report->totals.with_read;
        char sign = '=';

        add(tie, TIE_TOTAL, 0, report_word(read ? WORD_READ : WORD_ROWS_CHOSEN, report->language),
            true, read ? money->read : money->rows);
        for (Status status = STATUS_REJECTED; status < STATUS_COUNT; status++) {
                if (money->by_status[status].count == 0)
                        continue;
                add(tie, TIE_PART, sign, report_status_word(status, report->language), true,
                    money->by_status[status]);
                sign = '+';
        }
        tie->statuses_end = tie->n;
        if (money->listed.count != money->rows.count)
                add(tie, TIE_PART, 0, report_word(WORD_LISTED, report->language), true,
                    money->listed);
}

static void add_payments(const Report *report, const ReportMoney *money, Tie *tie) {
        Language language = report->language;
        ReportTally difference = { 0, report_money_difference(money) };
        ReportTally kept = { 0, report_money_kept(money) };

        if (money->paid_rows.count == 0 && money->payments.count == 0)
                return;
        add(tie, TIE_PART, 0, report_word(WORD_ASKED, language), true, money->paid_rows);
        if (difference.sum != 0)
                add(tie, TIE_PART, '+', report_word(WORD_DIFFERENCE, language), false, difference);
        if (money->other_days.count != 0)
                add(tie, TIE_PART, '-', report_word(WORD_OTHER_DAYS, language), true,
                    money->other_days);
        add(tie, TIE_TOTAL, '=', report_word(WORD_RECEIVED, language), true, money->payments);
        if (money->refunded.count == 0)
                return;
        add(tie, TIE_PART, '-', report_word(WORD_GIVEN_BACK, language), true, money->refunded);
        add(tie, TIE_TOTAL, '=', report_word(WORD_KEPT, language), false, kept);
}

/* What the provider has paid out of the payments that count, refunds taken off. */
static void add_payouts(const Report *report, const ReportMoney *money, Tie *tie) {
        Language language = report->language;
        ReportTally deducted = { 0, report_money_deducted(money) };

        if (money->settled.count == 0)
                return;
        add(tie, TIE_PART, 0, report_word(WORD_SETTLED, language), true, money->settled);
        add(tie, TIE_PART, '-', report_word(WORD_FEES, language), false,
            (ReportTally){ 0, money->fee });
        if (deducted.sum != 0) /* the file's net is not its amount without the fee */
                add(tie, TIE_PART, '-', report_word(WORD_DEDUCTED, language), false, deducted);
        add(tie, TIE_TOTAL, '=', report_word(WORD_NET, language), false,
            (ReportTally){ 0, money->net });
        if (money->unsettled.count > 0)
                add(tie, TIE_PART, 0, report_word(WORD_UNSETTLED, language), true,
                    money->unsettled);
}

const char *report_tie_heading(size_t part, Language language) {
        static const ReportWord headings[TIE_PARTS] = { WORD_TIE_ROWS, WORD_TIE_MONEY,
                                                        WORD_TIE_PAYOUTS };

        assert(part < TIE_PARTS);
        return report_word(headings[part], language);
}

void report_tie_of(const Report *report, Currency currency, Tie *ret_tie) {
        const ReportMoney *money = &report->totals.money[currency];

        ret_tie->currency = currency;
        ret_tie->n = 0;
        add_rows(report, money, ret_tie);
        ret_tie->ends[0] = ret_tie->n;
        add_payments(report, money, ret_tie);
        ret_tie->ends[1] = ret_tie->n;
        add_payouts(report, money, ret_tie);
        ret_tie->ends[2] = ret_tie->n;
        ret_tie->is_checked = report->totals.with_read || report->totals.with_payments;
        ret_tie->balances = report_money_balances(&report->totals, money);
}

/* --- the verdict ---------------------------------------------------------------------------- */

int report_append_filled(Buffer *text, const char *template, const char *const *values) {
        int r = 0;

        for (const char *at = template; *at && r == 0; at++) {
                if (at[0] == '%' && at[1] == 's') {
                        r = buffer_append_string(text, *values++);
                        at++;
                } else {
                        r = buffer_append_char(text, *at);
                }
        }
        return r;
}

/* `20, CLP 12.538.160` */
static int append_tally(Buffer *text, ReportTally tally, Currency currency) {
        int r = buffer_printf(text, "%" PRId64 ", ", tally.count);

        return r < 0 ? r : money_append(text, tally.sum, currency);
}

static int append_differs(Buffer *text, const char *template, Currency currency, ReportTally first,
                          ReportTally second) {
        AUTO_BUFFER a = BUFFER_EMPTY, b = BUFFER_EMPTY;
        int r;

        if (first.count == second.count && first.sum == second.sum)
                return 0;
        r = append_tally(&a, first, currency);
        if (r == 0)
                r = append_tally(&b, second, currency);
        if (r == 0 && text->size > 0)
                r = buffer_append_char(text, ' ');
        return r < 0 ? r
                     : report_append_filled(text, template,
                                            (const char *const[]){ a.data, b.data });
}

int report_tie_append_verdict(const Report *report, Currency currency, Buffer *text) {
        const ReportTotals *totals = &report->totals;
        const ReportMoney *money = &totals->money[currency];
        AUTO_BUFFER verdict = BUFFER_EMPTY;
        int r = 0;

        if (!totals->with_read && !totals->with_payments)
                return buffer_append_string(text, report_word(WORD_NOT_CHECKED, report->language));
        if (report_money_balances(totals, money))
                return buffer_append_string(text, report_word(WORD_BALANCES, report->language));
        if (totals->with_read)
                r = append_differs(&verdict, report_word(WORD_ROWS_DIFFER, report->language),
                                   currency, money->read, money->rows);
        if (r == 0 && totals->with_payments)
                r = append_differs(&verdict, report_word(WORD_PAYMENTS_DIFFER, report->language),
                                   currency, money->payments_there, money->payments);
        return r < 0 ? r : buffer_append(text, verdict.data, verdict.size);
}

/* --- as text -------------------------------------------------------------------------------- */

/* `  + name                 20         12.538.160`; a name that is too long for the terminal has a
 * line of its own above its numbers. */
static int append_line(Buffer *text, const TieLine *line, Currency currency, size_t room) {
        AUTO_BUFFER money = BUFFER_EMPTY;
        size_t width = text_characters(text_of(line->name));
        int r = report_append_number(&money, line->tally.sum, currency);

        if (r == 0)
                r = buffer_printf(text, "  %c %s", line->sign ? line->sign : ' ', line->name);
        if (r == 0 && width > room) {
                r = buffer_printf(text, "\n%*s", INDENT, "");
                width = 0;
        }
        if (r == 0)
                r = buffer_printf(text, "%*s ", (int) (room - width), "");
        if (r == 0 && line->has_count)
                r = buffer_printf(text, "%9" PRId64, line->tally.count);
        else if (r == 0)
                r = buffer_printf(text, "%9s", "");
        return r < 0 ? r : buffer_printf(text, " %18s\n", money.data);
}

static int append_currency(const Report *report, Currency currency, size_t room, Buffer *text) {
        Tie tie;
        int r = buffer_printf(text, "\n%s\n", currency_name(currency));

        report_tie_of(report, currency, &tie);
        for (size_t i = 0; i < tie.n && r == 0; i++) {
                if (i == tie.ends[0] || i == tie.ends[1])
                        r = buffer_append_char(text, '\n');
                if (r == 0)
                        r = append_line(text, &tie.lines[i], currency, room);
        }
        if (r == 0)
                r = buffer_printf(text, "%*s", INDENT, "");
        if (r == 0)
                r = report_tie_append_verdict(report, currency, text);
        return r < 0 ? r : buffer_append_char(text, '\n');
}

int report_tie_append_text(const Report *report, size_t width, Buffer *text) {
        size_t room = width > NUMBERS + 20 ? width - NUMBERS : 20;
        int r = 0;

        if (room > NAME_MOST)
                room = NAME_MOST;
        for (Currency currency = 0; currency < CURRENCY_COUNT && r == 0; currency++)
                if (report_money_is_used(&report->totals.money[currency]))
                        r = append_currency(report, currency, room, text);
        return r;
}
