#include "daemon/ctl/summary_file.h"

#include <errno.h>

static void skip_blanks(Text *at) {
        while (at->size > 0 && (at->data[0] == ' ' || at->data[0] == '\n' || at->data[0] == '\r' ||
                                at->data[0] == '\t')) {
                at->data++;
                at->size--;
        }
}

static bool take(Text *at, char c) {
        skip_blanks(at);
        if (at->size == 0 || at->data[0] != c)
                return false;
        at->data++;
        at->size--;
        return true;
}

/* The inside of a string; escapes stay as they are: names and words of ours have none. */
static bool take_string(Text *at, Text *ret_string) {
        size_t n = 0;

        if (!take(at, '"'))
                return false;
        while (n < at->size && at->data[n] != '"')
                n += at->data[n] == '\\' ? 2 : 1;
        if (n >= at->size)
                return false;
        *ret_string = (Text){ at->data, n };
        at->data += n + 1;
        at->size -= n + 1;
        return true;
}

static bool take_number(Text *at, int64_t *ret_number) {
        bool negative = take(at, '-');
        int64_t number = 0;
        size_t n = 0;

        skip_blanks(at);
        for (; n < at->size && at->data[n] >= '0' && at->data[n] <= '9'; n++)
                if (__builtin_mul_overflow(number, 10, &number) ||
                    __builtin_add_overflow(number, at->data[n] - '0', &number))
                        return false;
        at->data += n;
        at->size -= n;
        *ret_number = negative ? -number : number;
        return n > 0;
}

static bool take_total(Text *at, Total *ret_total) {
        *ret_total = (Total){ .count = 0 };
        if (!take(at, '{'))
                return false;
        do {
                Text key, word = TEXT_NONE;
                int64_t number = 0;
                char status[32] = "";

                if (!take_string(at, &key) || !take(at, ':'))
                        return false;
                if (!take_string(at, &word) && !take_number(at, &number))
                        return false;
                if (word.size > 0 && word.size < sizeof(status))
                        memcpy(status, word.data, word.size);
                if (text_is(key, "currency"))
                        (void) currency_parse(word, &ret_total->currency);
                else if (text_is(key, "status"))
                        ret_total->status = status_of_name(status);
                else if (text_is(key, "count"))
                        ret_total->count = number;
                else if (text_is(key, "sum"))
                        ret_total->sum = number;
        } while (take(at, ','));
        return take(at, '}') && ret_total->status != 0;
}

int summary_file_totals(Text json, LedgerTotalFunction function, void *userdata) {
        static const char key[] = "\"totals\"";
        const char *found = memmem(json.data, json.size, key, strlen(key));
        Text at;
        int r;

        if (!found)
                return -EBADMSG;
        at = (Text){ found + strlen(key), json.size - (size_t) (found - json.data) - strlen(key) };
        if (!take(&at, ':') || !take(&at, '['))
                return -EBADMSG;
        if (take(&at, ']'))
                return 0;
        do {
                Total total;

                if (!take_total(&at, &total))
                        return -EBADMSG;
                r = function(userdata, &total);
                if (r != 0)
                        return r;
        } while (take(&at, ','));
        return take(&at, ']') ? 0 : -EBADMSG;
}
