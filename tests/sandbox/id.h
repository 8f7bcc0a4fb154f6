/* Identifiers as the provider gives them: `cs_` and eleven characters that say nothing, made from
 * the number of the record, so that finding one by its id needs no table. The salt keeps two runs
 * of the sandbox from giving the same id to different things. */
#pragma once

#include <stdint.h>

#include "jobs/base/text.h"

#define ID_SIZE 20
#define ID_NONE UINT32_MAX

typedef struct IdMaker {
        uint64_t salt;
} IdMaker;

/* `prefix` is two letters: "cs", "pi", "re". */
Text id_make(const IdMaker *maker, const char *prefix, uint32_t number, char out[static ID_SIZE]);

/* The number below `count` that has this id, else ID_NONE. */
uint32_t id_number(const IdMaker *maker, const char *prefix, Text id, uint32_t count);
