/* Memory of the sandbox. Running out of it ends the program with one clear line: a simulated
 * provider that answers half its sessions would prove nothing.
 *
 * Arena: bytes that are kept until the program ends (bodies, keys, stored answers), cut from large
 * pieces, so that a million sessions cost no million allocations. */
#pragma once

#include <stddef.h>

#include "jobs/base/text.h"

typedef struct Arena {
        char *piece; /* the one being cut */
        size_t used;
        size_t size;
        char **pieces;
        size_t count;
} Arena;

_Noreturn void memory_out(void);

/* realloc() that never fails; `count * size` must not overflow. */
void *memory_grow(void *old, size_t count, size_t size);

/* Copies the text; the copy lives as long as the arena and is ended by a NUL. */
Text arena_keep(Arena *arena, Text text);
void arena_done(Arena *arena);

/* From now on jansson takes its memory from one place that memory_scratch_clear() empties: parsing
 * a body then costs no allocation. No JSON value may live longer than that. */
void memory_scratch_json(void);
void memory_scratch_clear(void);
void memory_scratch_done(void);
