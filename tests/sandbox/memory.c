#include "tests/sandbox/memory.h"

#include <jansson.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define PIECE_SIZE ((size_t) 1 << 20)

_Noreturn void memory_out(void) {
        (void) fputs("checkoutd-sandbox: out of memory\n", stderr);
        exit(EXIT_FAILURE);
}

void *memory_grow(void *old, size_t count, size_t size) {
        void *grown = count <= SIZE_MAX / size ? realloc(old, count * size) : NULL;

        if (!grown)
                memory_out();
        return grown;
}

static void arena_next_piece(Arena *arena, size_t size) {
        arena->size = size > PIECE_SIZE ? size : PIECE_SIZE;
        arena->pieces = memory_grow(arena->pieces, arena->count + 1, sizeof(char *));
        arena->piece = memory_grow(NULL, arena->size, 1);
        arena->pieces[arena->count++] = arena->piece;
        arena->used = 0;
}

Text arena_keep(Arena *arena, Text text) {
        if (arena->size - arena->used < text.size + 1)
                arena_next_piece(arena, text.size + 1);

        char *copy = arena->piece + arena->used;
        if (text.size > 0)
                memcpy(copy, text.data, text.size);
        copy[text.size] = '\0';
        arena->used += text.size + 1;
        return (Text){ copy, text.size };
}

void arena_done(Arena *arena) {
        for (size_t i = 0; i < arena->count; i++)
                free(arena->pieces[i]);
        free(arena->pieces);
        *arena = (Arena){ 0 };
}

/* jansson's allocator has no context, so this is the one thing in the program that is global. */
static Arena scratch;

static void *scratch_malloc(size_t size) {
        const size_t unit = alignof(max_align_t);
        size_t rounded = (size + unit - 1) / unit * unit;

        if (rounded < size)
                return NULL;
        if (scratch.size - scratch.used < rounded)
                arena_next_piece(&scratch, rounded);

        void *bytes = scratch.piece + scratch.used;
        scratch.used += rounded;
        return bytes;
}

static void scratch_free(void *bytes) {
        (void) bytes;
}

void memory_scratch_json(void) {
        json_set_alloc_funcs(scratch_malloc, scratch_free);
}

void memory_scratch_clear(void) {
        /* The last piece is kept: it is the largest or as large as any. */
        while (scratch.count > 1) {
                scratch.count--;
                free(scratch.pieces[scratch.count - 1]);
                scratch.pieces[scratch.count - 1] = scratch.piece;
        }
        scratch.used = 0;
}

void memory_scratch_done(void) {
        arena_done(&scratch);
}
