#include "tests/sandbox/draw.h"

#include <string.h>

#define ODD_1 UINT64_C(0x9E3779B97F4A7C15)
#define ODD_2 UINT64_C(0xD6E8FEB86659FD93)

uint64_t draw_mix(uint64_t a, uint64_t b) {
        uint64_t x = (a ^ (b * ODD_1)) + ODD_2;

        /* The finalizer of splitmix64: every input bit reaches every output bit. */
        x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
        return x ^ (x >> 31);
}

uint64_t draw_hash(uint64_t seed, Text text) {
        uint64_t hash = seed ^ (text.size * ODD_2);
        size_t i = 0;

        for (; i + 8 <= text.size; i += 8) {
                uint64_t word = 0;

                memcpy(&word, text.data + i, sizeof(word));
                hash = (hash ^ word) * ODD_1;
                hash ^= hash >> 32;
        }
        uint64_t rest = 0;
        for (size_t k = 0; i + k < text.size; k++)
                rest |= (uint64_t) (uint8_t) text.data[i + k] << (8 * k);
        return draw_mix(hash, rest);
}

double draw_fraction(uint64_t hash) {
        return (double) (hash >> 11) * 0x1.0p-53;
}
