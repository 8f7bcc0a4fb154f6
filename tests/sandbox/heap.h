/* Heap: what is due when. The earliest comes out first; of two that are due together either may. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct HeapItem {
        int64_t at;
        uint64_t what;
} HeapItem;

typedef struct Heap {
        HeapItem *items;
        size_t count;
        size_t capacity;
} Heap;

void heap_push(Heap *heap, int64_t at, uint64_t what);

/* Takes the earliest out if it is due at `now`. */
bool heap_pop_due(Heap *heap, int64_t now, HeapItem *ret_item);
void heap_done(Heap *heap);
