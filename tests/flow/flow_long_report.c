/* Reports as people open them: the page in a real browser, wide and narrow, with and without
 * scripts, with hostile texts and with as many rows as it takes; the workbook in LibreOffice. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/flow/browser.h"

#define MAKE_LEDGER TEST_BINARY_DIR "/tests/bench/make_ledger"

static const char *const sections[] = { "tie",      "funnel",   "statuses", "days", "ageing",
                                        "expiring", "findings", "files",    "rows" };

static void make_store(Flow *flow, const char *rows, const char *files) {
        char *now = flow_text(flow, "%lld", (long long) time(NULL));

        flow_write_settings(flow);
        assert_int_equal(flow_program(flow, MAKE_LEDGER, flow_path(flow, "checkoutd.db"), rows,
                                      files, now, NULL)
                                 .exit_code,
                         0);
}

static char *make_page(Flow *flow, const char *language) {
        char *path = flow_path(flow, "%s.html", language);

        assert_int_equal(
                flow_ctl(flow, "report", "--language", language, "-o", path, NULL).exit_code, 0);
        return path;
}

/* Every section is there, has its heading and its words, and takes room. */
static void assert_sections(Flow *flow, Browser *browser) {
        for (size_t i = 0; i < ELEMENTS(sections); i++)
                if (!browser_is(browser,
                                flow_text(flow,
                                          "(s => !!s && s.querySelector('h2').innerText.length > 2 "
                                          "&& s.textContent.length > 20 && s.offsetHeight > 30)"
                                          "(document.getElementById('%s'))",
                                          sections[i])))
                        flow_fail(flow, "nothing is seen of #%s", sections[i]);
}

static void the_page_at_both_widths(void **state) {
        static const unsigned widths[] = { 1280, 360 };
        static const char *const languages[] = { "es", "en" };
        Flow *flow = *state;
        CLEANUP(browser_stop_p) Browser *browser = browser_start(flow);

        make_store(flow, "1200", "9");
        for (size_t i = 0; i < ELEMENTS(languages); i++) {
                char *page = make_page(flow, languages[i]);

                for (size_t j = 0; j < ELEMENTS(widths); j++) {
                        browser_size(browser, widths[j], 900);
                        browser_open(browser, page);
                        assert_sections(flow, browser);
                        assert_int_equal(browser_number(browser, "innerWidth"), widths[j]);
                        /* every cell of a row has room for its words */
                        assert_true(browser_is(browser,
                                               "[...document.querySelectorAll('.list tbody tr')]"
                                               ".slice(0, 50).every(r => [...r.cells].every(c => "
                                               "!c.textContent || c.offsetWidth > 80))"));
                        /* nothing sticks out of the page */
                        assert_true(
                                browser_number(browser, "document.documentElement.scrollWidth") <=
                                widths[j]);
                        assert_true(browser_is(browser,
                                               "getComputedStyle(document.body)."
                                               "backgroundColor === 'rgb(255, 255, 255)'"));
                        browser_assert_quiet(browser);
                        browser_picture(browser,
                                        flow_path(flow, "%s-%u.png", languages[i], widths[j]));
                }
        }
        flow_good(flow);
}

static void the_rows_are_sorted_and_searched(void **state) {
        Flow *flow = *state;
        CLEANUP(browser_stop_p) Browser *browser = browser_start(flow);

        make_store(flow, "1200", "9");
        browser_open(browser, make_page(flow, "es"));
        assert_int_equal(
                browser_number(browser, "document.querySelectorAll('.list tbody tr').length"), 200);
        assert_true(browser_is(browser, "document.getElementById('shown').innerText === '1.200'"));
        (void) browser_value(browser, "document.querySelectorAll('#list th button')[2].click()");
        assert_true(browser_is(
                browser,
                "(() => { const n = [...document.querySelectorAll('.list td:nth-child(3)')]"
                ".map(c => Number(c.firstChild.textContent.replace(/[^0-9]/g, ''))); "
                "return n.length === 200 && n.every((v, i) => !i || n[i - 1] <= v) })()"));
        (void) browser_value(browser, "document.querySelectorAll('#list th button')[2].click()");
        assert_true(browser_is(
                browser, "document.querySelectorAll('#list th')[2].ariaSort === 'descending'"));
        /* without its accent, and two words in any order */
        (void) browser_value(browser, "const s = document.getElementById('search'); s.value = "
                                      "'F-00000012 andina'; s.dispatchEvent(new Event('input'))");
        (void) browser_value(browser,
                             "s.value = 'nunoa f-0000001'; s.dispatchEvent(new Event('input'))");
        assert_true(browser_is(browser,
                               "[...document.querySelectorAll('.list tbody tr')].length > 0 && "
                               "[...document.querySelectorAll('.list tbody tr')].every(r => "
                               "/Ñuñoa/.test(r.textContent) && /F-0000001/.test(r.textContent))"));
        (void) browser_value(browser, "s.value = ''; s.dispatchEvent(new Event('input'))");
        assert_true(browser_is(browser, "document.getElementById('shown').innerText === '1.200'"));
        /* paper has all of them */
        (void) browser_value(browser, "dispatchEvent(new Event('beforeprint'))");
        assert_int_equal(
                browser_number(browser, "document.querySelectorAll('.list tbody tr').length"),
                1200);
        browser_assert_quiet(browser);
        flow_good(flow);
}

static void the_page_needs_no_scripts(void **state) {
        Flow *flow = *state;
        CLEANUP(browser_stop_p) Browser *browser = browser_start(flow);

        make_store(flow, "1200", "9");
        browser_without_scripts(browser);
        browser_open(browser, make_page(flow, "en"));
        assert_sections(flow, browser);
        assert_int_equal(
                browser_number(browser, "document.querySelectorAll('.list tbody tr').length"),
                1200);
        assert_true(browser_is(browser, "document.getElementById('tools').hidden"));
        browser_assert_quiet(browser);
        flow_good(flow);
}

/* Printed: in the width of a sheet no cell of the rows runs into the next one, and no control keeps
 * the headings from standing on every page. */
static void the_page_on_paper(void **state) {
        Flow *flow = *state;
        CLEANUP(browser_stop_p) Browser *browser = browser_start(flow);

        make_store(flow, "300", "9");
        browser_open(browser, make_page(flow, "es"));
        browser_paper(browser, 1030); /* A4 lying, less its margins */
        assert_true(browser_is(browser, "matchMedia('print').matches"));
        assert_true(browser_is(browser,
                               "[...document.querySelectorAll('.list th button')].every(b => "
                               "getComputedStyle(b).display === 'contents')"));
        assert_true(browser_is(browser, "getComputedStyle(document.getElementById('rows')).page "
                                        "=== 'rows'"));
        assert_true(browser_is(browser, "[...document.querySelectorAll('.list td')].every(c => "
                                        "c.scrollWidth <= c.clientWidth)"));
        assert_true(browser_is(browser, "getComputedStyle(document.getElementById('tools'))"
                                        ".display === 'none'"));
        browser_assert_quiet(browser);
        flow_good(flow);
}

/* Above 50,000: totals of all, the first rows, and it says so. */
static void many_rows_are_no_burden(void **state) {
        Flow *flow = *state;
        CLEANUP(browser_stop_p) Browser *browser = browser_start(flow);

        make_store(flow, "60000", "12");
        browser_size(browser, 1280, 900);
        browser_open(browser, make_page(flow, "en"));
        print_message("50,000 rows: loaded and ready after %lld ms\n",
                      (long long) browser_number(browser, "performance.now()"));
        assert_sections(flow, browser);
        assert_true(browser_is(browser, "/first 50,000 of 60,000 rows/.test("
                                        "document.querySelector('#rows .note').innerText)"));
        assert_true(browser_is(browser, "document.getElementById('shown').innerText === '50,000'"));
        (void) browser_value(browser, "const t = performance.now(), s = "
                                      "document.getElementById('search'); s.value = 'andina'; "
                                      "s.dispatchEvent(new Event('input'))");
        print_message("searched after %lld ms\n",
                      (long long) browser_number(browser, "performance.now() - t"));
        assert_int_equal(
                browser_number(browser, "document.querySelectorAll('.list tbody tr').length"), 200);
        browser_assert_quiet(browser);
        flow_good(flow);
}

/* What a file brings in is text on the page, whatever it looks like. */
static void hostile_texts_stay_texts(void **state) {
        Flow *flow = *state;
        CLEANUP(browser_stop_p) Browser *browser = browser_start(flow);

        flow_start(flow);
        flow_drop(flow, "x.csv",
                  "order_id,amount,currency,<svg onload=alert(1)>,nota\n"
                  "\"<img src=http://127.0.0.1:1/x onerror=alert(2)>\",1000,CLP,\"</table>"
                  "<script>alert(3)</script>\",\"\"\" onmouseover=alert(4) x=\"\"\"\n"
                  "A-2,bad,CLP,\"<!--\",\"\xe2\x80\xae<a href=javascript:alert(5)>x</a>\"\n");
        (void) flow_results(flow, "x");
        browser_open(browser, make_page(flow, "es"));
        assert_sections(flow, browser);
        assert_true(browser_is(browser,
                               "!document.querySelector('img, #rows svg, iframe, object') && "
                               "document.scripts.length === 1"));
        assert_true(browser_is(browser,
                               "[...document.querySelectorAll('*')].every(e => [...e.attributes]"
                               ".every(a => !/^on|^style$/.test(a.name)))"));
        assert_true(browser_is(browser,
                               "document.querySelectorAll('.list tbody tr').length === 2 && "
                               "document.body.textContent.includes('<script>alert(3)')"));
        browser_assert_quiet(browser);
        flow_good(flow);
}

/* --- LibreOffice ---------------------------------------------------------------------------- */

/* All sheets as the reader shows them: one CSV file each. */
static void convert(Flow *flow, const char *path) {
        static const char soffice[] = "/usr/bin/soffice";

        if (access(soffice, X_OK) < 0) {
                print_message("no soffice here: install libreoffice-calc-nogui\n");
                skip();
        }
        assert_int_equal(
                flow_program(flow, soffice,
                             flow_text(flow, "-env:UserInstallation=file://%s",
                                       flow_path(flow, "calc-profile")),
                             "--headless", "--norestore", "--convert-to",
                             "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,"
                             "false,-1",
                             "--outdir", flow_path(flow, "sheets"), path, NULL)
                        .exit_code,
                0);
}

static void the_workbook_opens_as_it_was_written(void **state) {
        Flow *flow = *state;
        char *path = flow_path(flow, "mes.xlsx");
        const FlowTable *rows, *files;
        char *summary;

        flow_set(flow, "orders", "amount_format", "minor");
        flow_start(flow);
        flow_drop(flow, "x.csv",
                  "order_id,amount,currency,due_date,nota\n"
                  "A-1,452000,CLP,2026-12-05,=1+1\n"
                  "A-2,100050,MXN,2026-12-06,0012\n"
                  "A-3,7,CLP,,\" _x0041_ \"\n");
        (void) flow_results(flow, "x");
        assert_int_equal(flow_ctl(flow, "report", "--language", "es", "-o", path, NULL).exit_code,
                         0);
        convert(flow, path);
        rows = flow_table(flow, flow_path(flow, "sheets/mes-Filas.csv"), ',');
        assert_int_equal(rows->n_rows, 3);
        assert_string_equal(flow_cell(rows, 1, "Referencia"), "A-1");
        assert_string_equal(flow_cell(rows, 1, "nota"), "=1+1");
        assert_string_equal(flow_cell(rows, 1, "Monto"), "452,000");
        assert_string_equal(flow_cell(rows, 1, "Vencimiento"), "2026-12-05");
        assert_string_equal(flow_cell(rows, 1, "Estado"), "por pagar");
        assert_string_equal(flow_cell(rows, 2, "Monto"), "1,000.50");
        assert_string_equal(flow_cell(rows, 2, "nota"), "0012");
        assert_string_equal(flow_cell(rows, 3, "nota"), " _x0041_ ");
        assert_string_equal(flow_cell(rows, 3, "Vencimiento"), "");
        assert_true(strncmp(flow_cell(rows, 1, "Enlace"), "http", 4) == 0);
        files = flow_table(flow, flow_path(flow, "sheets/mes-Archivos.csv"), ',');
        assert_int_equal(files->n_rows, 2); /* one for each currency */
        summary = flow_read(flow, flow_path(flow, "sheets/mes-Resumen.csv"), NULL);
        flow_assert_contains(summary, "Cuadra.");
        flow_assert_contains(summary, "452,007");
        flow_good(flow);
}

static void a_large_workbook_opens_too(void **state) {
        Flow *flow = *state;
        char *path = flow_path(flow, "mes.xlsx");
        const FlowTable *rows;

        make_store(flow, "20000", "9");
        assert_int_equal(flow_ctl(flow, "report", "--language", "en", "-o", path, NULL).exit_code,
                         0);
        convert(flow, path);
        rows = flow_table(flow, flow_path(flow, "sheets/mes-Rows.csv"), ',');
        assert_int_equal(rows->n_rows, 20000);
        assert_string_equal(flow_cell(rows, 20000, "Reference"), "F-00020000");
        flow_good(flow);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                FLOW(the_page_at_both_widths),    FLOW(the_rows_are_sorted_and_searched),
                FLOW(the_page_needs_no_scripts),  FLOW(many_rows_are_no_burden),
                FLOW(hostile_texts_stay_texts),   FLOW(the_workbook_opens_as_it_was_written),
                FLOW(a_large_workbook_opens_too), FLOW(the_page_on_paper),
        };

        return FLOW_RUN(tests);
}
