#include "jobs/report/report_html.h"

#include <errno.h>
#include <openssl/evp.h>

#include "jobs/base/cleanup.h"
#include "jobs/base/digest.h"
#include "jobs/report/html_texts.h"
#include "jobs/report/report_html_private.h"

#define BASE64_SIZE 48 /* of 32 bytes */

/* --- head ----------------------------------------------------------------------------------- */

/* 'sha256-…' of the text between two tags, as a Content Security Policy names it (CSP level 3). */
static int hash_of(const char *text, char out[static BASE64_SIZE]) {
        CLEANUP(digest_free_p) Digest *digest = NULL;
        uint8_t bytes[DIGEST_SIZE];
        int r = digest_new(&digest);

        if (r == 0)
                r = digest_add(digest, text, strlen(text));
        if (r == 0)
                r = digest_end(digest, bytes);
        if (r == 0)
                (void) EVP_EncodeBlock((unsigned char *) out, bytes, DIGEST_SIZE);
        return r;
}

static void policy(ReportPage *page) {
        char style[BASE64_SIZE] = "", script[BASE64_SIZE] = "";

        if (page->error == 0)
                page->error = hash_of(report_html_css, style);
        if (page->error == 0)
                page->error = hash_of(report_html_js, script);
        page_put(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                       "style-src 'sha256-");
        page_put(page, style);
        page_put(page, "'; script-src 'sha256-");
        page_put(page, script);
        page_put(page, "'; base-uri 'none'; form-action 'none'\">\n");
}

static void title(ReportPage *page, const Report *report) {
        page_word(page, WORD_TITLE);
        if (report->n_facts > 0) {
                page_put(page, " · ");
                page_text(page, report->facts[0].value);
        }
}

static void head(ReportPage *page, const Report *report) {
        page_put(page, "<!doctype html>\n<html lang=");
        page_put(page, report->language == LANGUAGE_ES ? "es" : "en");
        page_put(page, ">\n<head>\n<meta charset=utf-8>\n");
        policy(page);
        page_put(page, "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=referrer content=no-referrer>\n"
                       "<meta name=robots content=noindex>\n<title>");
        title(page, report);
        page_put(page, "</title>\n<style>");
        page_put(page, report_html_css);
        page_put(page, "</style>\n</head>\n");
}

static void masthead(ReportPage *page, const Report *report) {
        page_put(page, "<header>\n");
        page_element(page, "h1", WORD_TITLE);
        if (!report->live) {
                page_put(page, "<p class=test>");
                page_word(page, WORD_TEST);
                page_put(page, "</p>");
        }
        page_put(page, "\n<dl>\n");
        for (size_t i = 0; i < report->n_facts; i++) {
                page_put(page, "<div><dt>");
                page_string(page, report->facts[i].name);
                page_put(page, "</dt><dd>");
                page_text(page, report->facts[i].value);
                page_put(page, "</dd></div>\n");
        }
        page_put(page, "<div><dt>");
        page_word(page, WORD_MADE);
        page_put(page, "</dt><dd>");
        page_time(page, report->made_at);
        page_put(page, " (");
        page_string(page, report->zone);
        page_put(page, ")</dd></div>\n</dl>\n</header>\n");
}

/* --- sections ------------------------------------------------------------------------------- */

void html_section(ReportPage *page, const char *id, ReportWord heading) {
        page_put(page, "<section id=");
        page_put(page, id);
        page_put(page, ">\n");
        page_element(page, "h2", heading);
        page_put(page, "\n");
}

void html_section_end(ReportPage *page) {
        page_put(page, "</section>\n");
}

/* --- rows ----------------------------------------------------------------------------------- */

static void rows_head(ReportPage *page, const Report *report, int64_t n_shown) {
        static const ReportWord headings[] = { WORD_REFERENCE, WORD_CUSTOMER, WORD_AMOUNT,
                                               WORD_STATUS,    WORD_DUE,      WORD_PAID_AT,
                                               WORD_PAYMENT,   WORD_EXPIRES };
        int64_t n = report_totals_listed(&report->totals);

        page_put(page, "<section id=rows>\n");
        page_element(page, "h2", WORD_ROWS);
        if (n_shown < n)
                html_first_rows(page, n_shown, n);
        if (n == 0) {
                page_element(page, "p", WORD_NO_ROWS);
                return;
        }
        page_put(page, "\n<div id=tools hidden><label>");
        page_word(page, WORD_SEARCH);
        page_put(page, " <input type=search id=search autocomplete=off></label> <output id=shown>"
                       "</output> <span>");
        page_word(page, WORD_SHOWN);
        page_put(page, ".</span> <span class=quiet>");
        page_word(page, WORD_SORT_HINT);
        page_put(page, "</span></div>\n<div class=wide tabindex=0>"
                       "<div class=part><table id=list class=list>\n"
                       "<thead><tr>");
        for (size_t i = 0; i < ELEMENTS(headings); i++) {
                page_put(page, "<th scope=col>");
                page_word(page, headings[i]);
                page_put(page, "</th>");
        }
        page_put(page, "</tr></thead>\n<tbody>\n");
}

/* --- whole ---------------------------------------------------------------------------------- */

int report_html_append_top(Buffer *html, const Report *report, int64_t n_shown) {
        ReportPage page = { .out = html, .language = report->language };

        head(&page, report);
        page_put(&page, "<body>\n");
        masthead(&page, report);
        page_put(&page, "<main>\n");
        html_tie(&page, report);
        html_funnel(&page, report);
        html_statuses(&page, report);
        html_days(&page, report);
        html_ageing(&page, report);
        html_expiring(&page, report);
        html_findings(&page, report);
        html_files(&page, report);
        rows_head(&page, report, n_shown);
        return page.error;
}

int report_html_append_bottom(Buffer *html, const Report *report) {
        ReportPage page = { .out = html, .language = report->language };

        if (report_totals_listed(&report->totals) > 0)
                page_put(&page, "</tbody>\n</table></div></div>\n");
        page_put(&page, "</section>\n</main>\n<footer>checkoutd · ");
        page_word(&page, WORD_PRINTED_BY);
        page_put(&page, "</footer>\n<script>");
        page_put(&page, report_html_js);
        page_put(&page, "</script>\n</body>\n</html>\n");
        return page.error;
}
