#include "daemon/ctl/references.h"

#include <assert.h>
#include <errno.h>

#define SLOTS_FIRST ((size_t) 1 << 12)
#define SLOTS_MOST  ((size_t) 1 << 21) /* 48 MB, 1.5 million orders */

typedef struct Slot {
        uint64_t reference; /* hashes: two numbers that share one are one in 10^7 files */
        uint64_t content;
        uint32_t line; /* 0: free */
} Slot;

struct References {
        Slot *slots;
        size_t n_slots;
        size_t n;
        bool full;
};

int references_new(References **ret_references) {
        References *references = calloc(1, sizeof(*references));

        if (!references)
                return -ENOMEM;
        references->slots = calloc(SLOTS_FIRST, sizeof(Slot));
        references->n_slots = SLOTS_FIRST;
        if (!references->slots) {
                free(references);
                return -ENOMEM;
        }
        *ret_references = references;
        return 0;
}

References *references_free(References *references) {
        if (!references)
                return NULL;
        free(references->slots);
        free(references);
        return NULL;
}

/* FNV-1a, then the finisher of MurmurHash3, because the low bits choose the slot. */
static uint64_t hash(Text text) {
        uint64_t h = UINT64_C(0xcbf29ce484222325);

        for (size_t i = 0; i < text.size; i++)
                h = (h ^ (unsigned char) text.data[i]) * UINT64_C(0x100000001b3);
        h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
        h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
        return h ^ h >> 33;
}

static Slot *find_slot(Slot *slots, size_t n_slots, uint64_t reference) {
        size_t i = reference & (n_slots - 1);

        while (slots[i].line != 0 && slots[i].reference != reference)
                i = (i + 1) & (n_slots - 1);
        return &slots[i];
}

static int grow(References *references) {
        size_t n_slots = references->n_slots * 2;
        Slot *slots = calloc(n_slots, sizeof(Slot));

        if (!slots)
                return -ENOMEM;
        for (size_t i = 0; i < references->n_slots; i++)
                if (references->slots[i].line != 0)
                        *find_slot(slots, n_slots, references->slots[i].reference) =
                                references->slots[i];
        free(references->slots);
        references->slots = slots;
        references->n_slots = n_slots;
        return 0;
}

int references_add(References *references, const Order *order, uint32_t *ret_line) {
        uint8_t content[ORDER_CONTENT_SIZE];
        uint64_t reference = hash(order->text[FIELD_ORDER_ID]);
        uint64_t content_hash;
        Slot *slot;
        int r;

        assert(order->line > 0);
        r = order_content(order, content);
        if (r < 0)
                return r;
        memcpy(&content_hash, content, sizeof(content_hash));
        slot = find_slot(references->slots, references->n_slots, reference);
        if (slot->line != 0) {
                *ret_line = slot->line;
                return slot->content == content_hash ? REFERENCE_SAME : REFERENCE_DIFFERENT;
        }
        if (references->n >= references->n_slots / 4 * 3) {
                if (references->n_slots >= SLOTS_MOST) {
                        references->full = true;
                        return REFERENCE_NEW;
                }
                r = grow(references);
                if (r < 0)
                        return r;
                slot = find_slot(references->slots, references->n_slots, reference);
        }
        *slot = (Slot){ reference, content_hash, order->line };
        references->n++;
        return REFERENCE_NEW;
}

bool references_is_full(const References *references) {
        return references->full;
}
