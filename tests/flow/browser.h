/* Browser: a headless Chromium that a flow steers (DevTools protocol, over two pipes): opens a
 * file, asks the page, takes its picture, and keeps what the page complained of and asked the
 * network for. It ends with the program that started it. Whatever does not work fails the test. */
#pragma once

#include "tests/flow/harness.h"

typedef struct Browser Browser;

/* Skips the test where there is no chromium. */
Browser *browser_start(Flow *flow);
Browser *browser_stop(Browser *browser);
/* What the page has for its width, in CSS pixels. */
void browser_size(Browser *browser, unsigned width, unsigned height);
/* Back when it is loaded and its scripts have run. */
void browser_open(Browser *browser, const char *path);
/* The value of an expression of JavaScript; owned by the browser, until the next call. */
const json_t *browser_value(Browser *browser, const char *expression);
bool browser_is(Browser *browser, const char *expression); /* it is true */
int64_t browser_number(Browser *browser, const char *expression);
/* PNG of the whole page. */
void browser_picture(Browser *browser, const char *path);
/* Since it was opened: nothing on the console, and no request but that for the page itself. */
void browser_assert_quiet(Browser *browser);
/* As it is laid out for a printer whose pages have that width. */
void browser_paper(Browser *browser, unsigned width);
/* Without scripts, from the next page on. */
void browser_without_scripts(Browser *browser);

DEFINE_CLEANUP(Browser, browser_stop)
