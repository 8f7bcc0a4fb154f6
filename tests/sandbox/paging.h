/* Paging, newest first. v2 lists go on from an id (limit, starting_after, ending_before; the Link
 * header has rel="next" or is empty at the end), v1 lists by page number (page, per_page; Link with
 * first, prev, next, last, and X-Total-Count). Unknown arguments are refused. */
#pragma once

#include "tests/sandbox/call.h"

typedef struct Filter {
        int64_t since; /* of created_at, inclusive */
        int64_t until;
        Text status; /* no data: any */
} Filter;

typedef struct Listing {
        uint32_t count; /* records there are, numbered in the order of their making */
        bool by_time;   /* takes since and until */
        bool by_status; /* takes status */
        uint32_t (*by_id)(const Store *store, Text id);
        Text (*id)(const Store *store, uint32_t number, char out[static ID_SIZE]);
        bool (*wanted)(const Store *store, uint32_t number, const Filter *filter); /* NULL: all */
        void (*render)(Buffer *out, const Call *call, uint32_t number);
} Listing;

void paging_cursor(Call *call, const Listing *listing);
void paging_pages(Call *call, const Listing *listing);
