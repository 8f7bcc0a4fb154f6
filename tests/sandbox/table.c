#include "tests/sandbox/table.h"

#include <assert.h>
#include <stdlib.h>

#include "tests/sandbox/memory.h"

#define SIZE_FIRST 1024

static uint32_t slot_hash(uint64_t hash) {
        return (uint32_t) (hash >> 32);
}

static void table_put(Table *table, uint32_t hash, uint32_t number_plus_one) {
        size_t i = hash & (table->size - 1);

        while (table->slots[i].number != 0)
                i = (i + 1) & (table->size - 1);
        table->slots[i] = (TableSlot){ hash, number_plus_one };
}

static void table_grow(Table *table) {
        Table grown = { .size = table->size ? 2 * table->size : SIZE_FIRST, .used = table->used };

        grown.slots = calloc(grown.size, sizeof(*grown.slots));
        if (!grown.slots)
                memory_out();
        for (size_t i = 0; i < table->size; i++)
                if (table->slots[i].number != 0)
                        table_put(&grown, table->slots[i].hash, table->slots[i].number);
        free(table->slots);
        *table = grown;
}

uint32_t table_find(const Table *table, uint64_t hash, Text name, TableIs *is,
                    const void *records) {
        if (table->size == 0)
                return TABLE_NONE;
        for (size_t i = slot_hash(hash) & (table->size - 1); table->slots[i].number != 0;
             i = (i + 1) & (table->size - 1)) {
                const TableSlot *slot = &table->slots[i];

                if (slot->hash == slot_hash(hash) && is(records, slot->number - 1, name))
                        return slot->number - 1;
        }
        return TABLE_NONE;
}

void table_add(Table *table, uint64_t hash, uint32_t number) {
        assert(number != TABLE_NONE);
        if (table->used * 5 >= table->size * 3)
                table_grow(table);
        table_put(table, slot_hash(hash), number + 1);
        table->used++;
}

void table_replace(Table *table, uint64_t hash, uint32_t old, uint32_t number) {
        size_t i = slot_hash(hash) & (table->size - 1);

        while (table->slots[i].number != old + 1) {
                assert(table->slots[i].number != 0);
                i = (i + 1) & (table->size - 1);
        }
        table->slots[i].number = number + 1;
}

void table_done(Table *table) {
        free(table->slots);
        *table = (Table){ 0 };
}
