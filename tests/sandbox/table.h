/* Table: from a hash to the number of a record that somebody else keeps. Open addressing, grows by
 * doubling, nothing is ever taken out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/base/text.h"

#define TABLE_NONE UINT32_MAX

typedef struct TableSlot {
        uint32_t hash;
        uint32_t number; /* plus one; 0 is an empty slot */
} TableSlot;

typedef struct Table {
        TableSlot *slots;
        size_t size; /* a power of two, or 0 */
        size_t used;
} Table;

/* Is record `number` the one called `name`? */
typedef bool TableIs(const void *records, uint32_t number, Text name);

/* The record's number or TABLE_NONE. */
uint32_t table_find(const Table *table, uint64_t hash, Text name, TableIs *is, const void *records);

/* Adds a record that is known to be absent. */
void table_add(Table *table, uint64_t hash, uint32_t number);

/* Puts `number` in the place of `old`, which is there under that hash. */
void table_replace(Table *table, uint64_t hash, uint32_t old, uint32_t number);
void table_done(Table *table);
