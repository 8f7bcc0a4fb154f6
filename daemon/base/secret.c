#include "daemon/base/secret.h"

#include <stdbool.h>
#include <string.h>

#include "jobs/base/cleanup.h"

static bool is_of_key(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
}

size_t secret_hide(char *text, size_t size) {
        static const char *const begins[] = { "sk_test_", "sk_live_" };

        for (size_t i = 0; size > 0 && i < ELEMENTS(begins); i++) {
                const char *at = text;

                while ((at = memmem(at, size - (size_t) (at - text), begins[i],
                                    strlen(begins[i])))) {
                        size_t from = (size_t) (at - text) + strlen(begins[i]), to = from;

                        while (to < size && is_of_key(text[to]))
                                to++;
                        memmove(text + from, text + to, size - to);
                        size -= to - from;
                        at = text + from;
                }
        }
        return size;
}
