#include "tests/sandbox/keys.h"

#include <stdlib.h>

#include "tests/sandbox/draw.h"
#include "tests/sandbox/table.h"

#define BLOCK_SIZE 4096U

struct Keys {
        Arena *arena;
        int64_t lifetime;
        Table table;
        Key **blocks; /* blocks of keys: growing in one piece would copy all of them now and then */
        uint32_t count;
};

Keys *keys_new(Arena *arena, int64_t lifetime) {
        Keys *keys = memory_grow(NULL, 1, sizeof(*keys));

        *keys = (Keys){ .arena = arena, .lifetime = lifetime };
        return keys;
}

Keys *keys_free(Keys *keys) {
        if (!keys)
                return NULL;
        for (uint32_t i = 0; i * BLOCK_SIZE < keys->count; i++)
                free(keys->blocks[i]);
        free(keys->blocks);
        table_done(&keys->table);
        free(keys);
        return NULL;
}

static Key *key_at(const Keys *keys, uint32_t number) {
        return &keys->blocks[number / BLOCK_SIZE][number % BLOCK_SIZE];
}

static bool key_is(const void *keys, uint32_t number, Text name) {
        return text_equal(key_at(keys, number)->name, name);
}

static void key_forget(Key *key) {
        *key = (Key){ .name = key->name, .attempts = key->attempts };
}

static Key *key_add(Keys *keys, uint64_t hash, Text name) {
        uint32_t number = keys->count++;

        if (number % BLOCK_SIZE == 0) {
                keys->blocks = memory_grow(keys->blocks, number / BLOCK_SIZE + 1, sizeof(Key *));
                keys->blocks[number / BLOCK_SIZE] = memory_grow(NULL, BLOCK_SIZE, sizeof(Key));
        }
        table_add(&keys->table, hash, number);
        *key_at(keys, number) = (Key){ .name = arena_keep(keys->arena, name) };
        return key_at(keys, number);
}

Key *keys_use(Keys *keys, Text name, int64_t now) {
        uint64_t hash = draw_hash(1, name);
        uint32_t number = table_find(&keys->table, hash, name, key_is, keys);

        if (number == TABLE_NONE)
                return key_add(keys, hash, name);

        Key *key = key_at(keys, number);
        if (key->status != 0 && now - key->used_at >= keys->lifetime)
                key_forget(key);
        return key;
}

void keys_forget(Keys *keys) {
        for (uint32_t i = 0; i < keys->count; i++)
                key_forget(key_at(keys, i));
}
