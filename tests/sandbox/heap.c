#include "tests/sandbox/heap.h"

#include <stdlib.h>

#include "tests/sandbox/memory.h"

static void swap(HeapItem *a, HeapItem *b) {
        HeapItem kept = *a;

        *a = *b;
        *b = kept;
}

void heap_push(Heap *heap, int64_t at, uint64_t what) {
        if (heap->count == heap->capacity) {
                heap->capacity = heap->capacity ? 2 * heap->capacity : 64;
                heap->items = memory_grow(heap->items, heap->capacity, sizeof(*heap->items));
        }

        size_t i = heap->count++;
        heap->items[i] = (HeapItem){ at, what };
        for (; i > 0 && heap->items[(i - 1) / 2].at > heap->items[i].at; i = (i - 1) / 2)
                swap(&heap->items[(i - 1) / 2], &heap->items[i]);
}

bool heap_pop_due(Heap *heap, int64_t now, HeapItem *ret_item) {
        if (heap->count == 0 || heap->items[0].at > now)
                return false;
        *ret_item = heap->items[0];
        heap->items[0] = heap->items[--heap->count];

        for (size_t i = 0;;) {
                size_t least = i;

                for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < heap->count; child++)
                        if (heap->items[child].at < heap->items[least].at)
                                least = child;
                if (least == i)
                        return true;
                swap(&heap->items[least], &heap->items[i]);
                i = least;
        }
}

void heap_done(Heap *heap) {
        free(heap->items);
        *heap = (Heap){ 0 };
}
