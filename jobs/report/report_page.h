/* ReportPage: HTML into a buffer, escaped. Whatever comes from outside goes through page_text();
 * the first failure is kept, and everything after it does nothing. */
#pragma once

#include "jobs/base/language.h"
#include "jobs/base/money.h"
#include "jobs/report/report_word.h"

typedef struct ReportPage {
        Buffer *out;
        Language language;
        int error; /* 0 or -ENOMEM */
} ReportPage;

/* Markup of ours, as it stands. */
void page_put(ReportPage *page, const char *markup);
/* Somebody's text: characters of HTML escaped, controls made visible. */
void page_text(ReportPage *page, Text text);
void page_string(ReportPage *page, const char *string);
void page_word(ReportPage *page, ReportWord word);
void page_count(ReportPage *page, int64_t count);
void page_number(ReportPage *page, int64_t amount, Currency currency); /* without the currency */
void page_money(ReportPage *page, int64_t amount, Currency currency);
/* `<time>` in the zone in use, to the minute, with the instant in UTC. */
void page_time(ReportPage *page, int64_t instant);
void page_date(ReportPage *page, int64_t days);
/* <tag class="name">…</tag> around a word. */
void page_element(ReportPage *page, const char *tag, ReportWord word);
/* A bar of `part` in `whole`. `colour`: a class of report.css. */
void page_bar(ReportPage *page, int64_t part, int64_t whole, const char *colour);
