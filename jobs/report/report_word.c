#include "jobs/report/report_word.h"

#include <assert.h>

static const char *const words[WORD_LAST][LANGUAGE_COUNT] = {
#define WORD(symbol, es, en) [symbol] = { [LANGUAGE_ES] = es, [LANGUAGE_EN] = en },
#include "jobs/report/report_word_list.h"
#undef WORD
};

const char *report_word(ReportWord word, Language language) {
        assert(word < WORD_LAST && language < LANGUAGE_COUNT);
        return words[word][language];
}
