#include "jobs/session/session_key.h"

/* Big-endian, whatever the machine: a key must come out the same on the next one. */
static int add_number(Digest *digest, uint64_t number) {
        uint8_t bytes[8];

        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t) (number >> (8 * (sizeof(bytes) - 1 - i)));
        return digest_add(digest, bytes, sizeof(bytes));
}

static int add_part(Digest *digest, Text part) {
        int r = add_number(digest, part.size);

        return r < 0 ? r : digest_add(digest, part.data, part.size);
}

/* Without a last part and numbers it is the key that makes the session. */
typedef struct KeyParts {
        Text parts[6];
        size_t n_parts;
        uint64_t numbers[3];
        size_t n_numbers;
} KeyParts;

static int make(const KeyParts *of, char ret[static SESSION_KEY_SIZE]) {
        CLEANUP(digest_free_p) Digest *digest = NULL;
        uint8_t bytes[DIGEST_SIZE];
        int r;

        r = digest_new(&digest);
        for (size_t i = 0; r == 0 && i < of->n_parts; i++)
                r = add_part(digest, of->parts[i]);
        for (size_t i = 0; r == 0 && i < of->n_numbers; i++)
                r = add_number(digest, of->numbers[i]);
        if (r == 0)
                r = digest_end(digest, bytes);
        if (r < 0)
                return r;
        digest_hex(bytes, sizeof(bytes), ret);
        return 0;
}

int session_key_make(Text instance, bool live, Text profile, Text run, Text reference,
                     uint32_t generation, char ret[static SESSION_KEY_SIZE]) {
        const KeyParts of = { .parts = { instance, live ? TEXT("live") : TEXT("test"), profile, run,
                                         reference },
                              .n_parts = 5,
                              .numbers = { generation },
                              .n_numbers = 1 };

        return make(&of, ret);
}

int session_key_make_expire(Text instance, bool live, Text profile, Text run, Text reference,
                            uint32_t generation, unsigned purpose, uint32_t attempt,
                            char ret[static SESSION_KEY_SIZE]) {
        const KeyParts of = { .parts = { instance, live ? TEXT("live") : TEXT("test"), profile, run,
                                         reference, TEXT("expire") },
                              .n_parts = 6,
                              .numbers = { generation, purpose, attempt },
                              .n_numbers = 3 };

        return make(&of, ret);
}
