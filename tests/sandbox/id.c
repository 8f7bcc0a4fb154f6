#include "tests/sandbox/id.h"

#include <assert.h>
#include <string.h>

#define DIGITS  11
#define ODD     UINT64_C(0x9E3779B97F4A7C15)
#define INVERSE UINT64_C(0xF1DE83E19937733D) /* ODD * INVERSE = 1 modulo 2^64 */

static_assert(ODD * INVERSE == 1, "the id of a record leads back to it");

static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static int digit_value(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'A' && c <= 'Z')
                return c - 'A' + 10;
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 36;
        return -1;
}

Text id_make(const IdMaker *maker, const char *prefix, uint32_t number, char out[static ID_SIZE]) {
        uint64_t mixed = (((uint64_t) number + 1) * ODD) ^ maker->salt;

        out[0] = prefix[0];
        out[1] = prefix[1];
        out[2] = '_';
        for (size_t i = DIGITS; i > 0; i--, mixed /= 62)
                out[2 + i] = alphabet[mixed % 62];
        out[3 + DIGITS] = '\0';
        return (Text){ out, 3 + DIGITS };
}

uint32_t id_number(const IdMaker *maker, const char *prefix, Text id, uint32_t count) {
        uint64_t mixed = 0;
        char again[ID_SIZE];

        if (id.size != 3 + DIGITS || memcmp(id.data, prefix, 2) != 0)
                return ID_NONE;
        for (size_t i = 3; i < id.size; i++) {
                int value = digit_value(id.data[i]);

                if (value < 0)
                        return ID_NONE;
                mixed = mixed * 62 + (uint64_t) value;
        }
        uint64_t number = (mixed ^ maker->salt) * INVERSE - 1;
        if (number >= count)
                return ID_NONE;
        return text_equal(id_make(maker, prefix, (uint32_t) number, again), id) ? (uint32_t) number
                                                                                : ID_NONE;
}
