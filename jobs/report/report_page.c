#include "jobs/report/report_page.h"

#include <inttypes.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/report/report.h"

#define TEXT_MOST 2000 /* characters of one text */

static void keep(ReportPage *page, int r) {
        if (page->error == 0 && r < 0)
                page->error = r;
}

void page_put(ReportPage *page, const char *markup) {
        if (page->error == 0)
                keep(page, buffer_append_string(page->out, markup));
}

static const char *escape_of(char c) {
        switch (c) {
        case '&':
                return "&amp;";
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '"':
                return "&quot;";
        case '\'':
                return "&#39;";
        }
        return NULL;
}

static void escape(ReportPage *page, Text text) {
        size_t from = 0;

        for (size_t i = 0; i < text.size && page->error == 0; i++) {
                const char *escaped = escape_of(text.data[i]);

                if (!escaped)
                        continue;
                keep(page, buffer_append(page->out, text.data + from, i - from));
                page_put(page, escaped);
                from = i + 1;
        }
        if (page->error == 0)
                keep(page, buffer_append(page->out, text.data + from, text.size - from));
}

/* Visible ASCII: most texts are, and need no look at each character. */
static bool is_plain(Text text) {
        for (size_t i = 0; i < text.size; i++)
                if (text.data[i] < ' ' || text.data[i] > '~')
                        return false;
        return text.size <= TEXT_MOST;
}

void page_text(ReportPage *page, Text text) {
        AUTO_BUFFER visible = BUFFER_EMPTY;

        if (page->error < 0)
                return;
        if (is_plain(text)) {
                escape(page, text);
                return;
        }
        keep(page, text_append_visible(&visible, text, TEXT_MOST));
        escape(page, (Text){ visible.data, visible.size });
}

void page_string(ReportPage *page, const char *string) {
        page_text(page, text_of(string));
}

void page_word(ReportPage *page, ReportWord word) {
        page_string(page, report_word(word, page->language));
}

void page_count(ReportPage *page, int64_t count) {
        if (page->error == 0)
                keep(page, report_append_count(page->out, count, page->language));
}

void page_number(ReportPage *page, int64_t amount, Currency currency) {
        if (page->error == 0)
                keep(page, report_append_number(page->out, amount, currency));
}

void page_money(ReportPage *page, int64_t amount, Currency currency) {
        page_put(page, "<span class=cur>");
        page_put(page, currency_name(currency));
        page_put(page, "</span> ");
        page_number(page, amount, currency);
}

void page_time(ReportPage *page, int64_t instant) {
        char local[CIVIL_TIME_SIZE], utc[CIVIL_TIME_SIZE];

        if (page->error == 0)
                keep(page, buffer_printf(page->out, "<time datetime=\"%s\">%.16s</time>",
                                         civil_time_format(instant, utc),
                                         civil_local_format(instant, local)));
}

void page_date(ReportPage *page, int64_t days) {
        char text[CIVIL_TIME_SIZE];

        page_put(page, civil_date_format(civil_date_of_days(days), text));
}

void page_element(ReportPage *page, const char *tag, ReportWord word) {
        page_put(page, "<");
        page_put(page, tag);
        page_put(page, ">");
        page_word(page, word);
        page_put(page, "</");
        page_put(page, tag);
        page_put(page, ">");
}

void page_bar(ReportPage *page, int64_t part, int64_t whole, const char *colour) {
        int64_t width = report_share(part, whole, 1000);

        if (part > 0 && width < 4) /* what there is can be seen */
                width = 4;
        if (page->error == 0)
                keep(page, buffer_printf(page->out,
                                         "<svg class=\"bar %s\" viewBox=\"0 0 1000 10\" "
                                         "preserveAspectRatio=none aria-hidden=true>"
                                         "<rect width=1000 height=10 class=rest /><rect "
                                         "width=%" PRId64 " height=10 /></svg>",
                                         colour, width));
}
