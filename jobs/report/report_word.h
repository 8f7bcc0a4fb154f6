/* The words of a report in its language: the list in report_word_list.h. */
#pragma once

#include "jobs/base/language.h"

typedef enum ReportWord {
#define WORD(symbol, es, en) symbol,
#include "jobs/report/report_word_list.h"
#undef WORD
        WORD_LAST,
} ReportWord;

const char *report_word(ReportWord word, Language language);
