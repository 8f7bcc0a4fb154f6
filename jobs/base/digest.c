#include "jobs/base/digest.h"

#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>

struct Digest {
        EVP_MD_CTX *context;
};

/* Fetched once, and kept: looking it up costs more than hashing a row. */
static const EVP_MD *algorithm(void) {
        static EVP_MD *fetched;

        if (!fetched)
                fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
        return fetched;
}

static int begin(Digest *digest) {
        const EVP_MD *sha256 = algorithm();

        return sha256 && EVP_DigestInit_ex(digest->context, sha256, NULL) == 1 ? 0 : -ENOMEM;
}

int digest_new(Digest **ret_digest) {
        CLEANUP(digest_free_p) Digest *digest = calloc(1, sizeof(*digest));

        if (!digest)
                return -ENOMEM;

        digest->context = EVP_MD_CTX_new();
        if (!digest->context || begin(digest) < 0)
                return -ENOMEM;

        *ret_digest = TAKE(digest);
        return 0;
}

Digest *digest_free(Digest *digest) {
        if (!digest)
                return NULL;

        EVP_MD_CTX_free(digest->context);
        free(digest);
        return NULL;
}

int digest_add(Digest *digest, const void *bytes, size_t size) {
        return EVP_DigestUpdate(digest->context, bytes, size) == 1 ? 0 : -ENOMEM;
}

int digest_end(Digest *digest, uint8_t ret[static DIGEST_SIZE]) {
        uint8_t bytes[DIGEST_SIZE];
        unsigned size = 0;
        int r;

        if (EVP_DigestFinal_ex(digest->context, bytes, &size) != 1)
                return -ENOMEM;
        assert(size == DIGEST_SIZE);

        r = begin(digest);
        if (r < 0)
                return r;
        for (size_t i = 0; i < DIGEST_SIZE; i++)
                ret[i] = bytes[i];
        return 0;
}

void digest_hex(const uint8_t *bytes, size_t size, char *out) {
        static const char digits[] = "0123456789abcdef";

        for (size_t i = 0; i < size; i++) {
                *out++ = digits[bytes[i] >> 4];
                *out++ = digits[bytes[i] & 0xf];
        }
        *out = '\0';
}
