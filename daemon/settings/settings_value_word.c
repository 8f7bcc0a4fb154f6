#include <strings.h>

#include "daemon/settings/settings_value.h"

typedef struct Word {
        const char *word;
        int value;
} Word;

static bool read_word(const Word *words, size_t n, const char *text, int *ret_value) {
        for (size_t i = 0; i < n; i++)
                if (strcasecmp(text, words[i].word) == 0) {
                        *ret_value = words[i].value;
                        return true;
                }
        return false;
}

const char *value_currency(StringPool *pool, const char *text, void *ret_value) {
        Currency currency = CURRENCY_XXX;

        (void) pool;
        if (*text && !currency_parse(text_of(text), &currency))
                return "not a currency: CLP or MXN, or empty";
        *(Currency *) ret_value = currency;
        return NULL;
}

const char *value_api(StringPool *pool, const char *text, void *ret_value) {
        static const Word words[] = { { "v1", API_V1 }, { "v2", API_V2 } };
        int value;

        (void) pool;
        if (!read_word(words, ELEMENTS(words), text, &value))
                return "must be v1 or v2";
        *(ApiVersion *) ret_value = (ApiVersion) value;
        return NULL;
}

const char *value_unsettled(StringPool *pool, const char *text, void *ret_value) {
        static const Word words[] = { { "hold", UNSETTLED_HOLD },
                                      { "new_key", UNSETTLED_NEW_KEY } };
        int value;

        (void) pool;
        if (!read_word(words, ELEMENTS(words), text, &value))
                return "must be hold or new_key";
        *(OnUnsettled *) ret_value = (OnUnsettled) value;
        return NULL;
}

const char *value_conflict(StringPool *pool, const char *text, void *ret_value) {
        static const Word words[] = { { "refuse", CONFLICT_REFUSE },
                                      { "without", CONFLICT_WITHOUT } };
        int value;

        (void) pool;
        if (!read_word(words, ELEMENTS(words), text, &value))
                return "must be refuse or without";
        *(OnCustomerConflict *) ret_value = (OnCustomerConflict) value;
        return NULL;
}

const char *value_language(StringPool *pool, const char *text, void *ret_value) {
        static const Word words[] = { { "es", LANGUAGE_ES }, { "en", LANGUAGE_EN } };
        int value;

        (void) pool;
        if (!read_word(words, ELEMENTS(words), text, &value))
                return "must be es or en";
        *(Language *) ret_value = (Language) value;
        return NULL;
}

const char *value_amount_format(StringPool *pool, const char *text, void *ret_value) {
        static const Word words[] = { { "", AMOUNT_FORMAT_UNSET },
                                      { "minor", AMOUNT_FORMAT_MINOR },
                                      { "decimal", AMOUNT_FORMAT_DECIMAL } };
        int value;

        (void) pool;
        if (!read_word(words, ELEMENTS(words), text, &value))
                return "must be minor or decimal, or empty";
        *(AmountFormat *) ret_value = (AmountFormat) value;
        return NULL;
}

const char *value_mark(StringPool *pool, const char *text, void *ret_value) {
        static const Word words[] = { { "", 0 },        { "none", 0 },         { "comma", ',' },
                                      { "dot", '.' },   { "semicolon", ';' },  { "tab", '\t' },
                                      { "space", ' ' }, { "apostrophe", '\'' } };
        int value;

        (void) pool;
        if (!read_word(words, ELEMENTS(words), text, &value))
                return "must be a word: comma dot space apostrophe semicolon tab none";
        *(char *) ret_value = (char) value;
        return NULL;
}

const char *value_delimiter(StringPool *pool, const char *text, void *ret_value) {
        static const Word words[] = {
                { "auto", 0 }, { "comma", ',' }, { "semicolon", ';' }, { "tab", '\t' }
        };
        int value;

        (void) pool;
        if (!read_word(words, ELEMENTS(words), text, &value))
                return "must be auto, comma, semicolon or tab";
        *(char *) ret_value = (char) value;
        return NULL;
}

const char *value_encoding(StringPool *pool, const char *text, void *ret_value) {
        static const Word words[] = {
                { "auto", ENCODING_AUTO },
                { "utf-8", ENCODING_UTF8 },
                { "utf-16le", ENCODING_UTF16LE },
                { "utf-16be", ENCODING_UTF16BE },
                { "windows-1252", ENCODING_WINDOWS_1252 },
        };
        int value;

        (void) pool;
        if (!read_word(words, ELEMENTS(words), text, &value))
                return "must be auto, UTF-8, UTF-16LE, UTF-16BE or Windows-1252";
        *(Encoding *) ret_value = (Encoding) value;
        return NULL;
}

const char *value_policy(StringPool *pool, const char *text, void *ret_value) {
        static const Word words[] = { { "partial", POLICY_PARTIAL }, { "strict", POLICY_STRICT } };
        int value;

        (void) pool;
        if (!read_word(words, ELEMENTS(words), text, &value))
                return "must be partial or strict";
        *(Policy *) ret_value = (Policy) value;
        return NULL;
}

const char *value_cents(StringPool *pool, const char *text, void *ret_value) {
        static const Word words[] = { { "minor", false }, { "cents", true } };
        int value;

        (void) pool;
        if (!read_word(words, ELEMENTS(words), text, &value))
                return "must be minor or cents";
        *(bool *) ret_value = value != 0;
        return NULL;
}

const char *value_yes_no(StringPool *pool, const char *text, void *ret_value) {
        static const Word words[] = { { "yes", true }, { "no", false } };
        int value;

        (void) pool;
        if (!read_word(words, ELEMENTS(words), text, &value))
                return "must be yes or no";
        *(bool *) ret_value = value != 0;
        return NULL;
}
