/* What settler.c (which rows, and what is recorded) and settler_walk.c (the list) share. */
#pragma once

#include "daemon/provider/list_walk.h"
#include "daemon/sending/settler.h"
#include "jobs/session/session_key.h"

typedef struct sd_event_source sd_event_source;

/* A row whose outcome is to be found out. */
typedef struct Lookup {
        int64_t row;
        int64_t batch;
        char key[SESSION_KEY_SIZE];
        int64_t amount;
        Currency currency;
        int64_t first_sent; /* wall clock */
        int64_t noticed;    /* boot clock: not before its last attempt ended */
        int64_t absent_at;  /* boot clock: end of the first complete walk without it; 0: none yet */
        bool walkable;      /* v2 */
        bool walking;       /* this walk counts for it */
        bool found;
        bool proven_absent;
        bool told;       /* in this transaction */
        Outcome outcome; /* found */
} Lookup;

struct Settler {
        SettlerOptions options;
        sd_event_source *timer;
        Lookup *lookups; /* by row */
        size_t n_lookups;
        ListWalk walk;
        Lookup **by_key; /* of the walk */
        size_t n_by_key;
        int64_t no_walk_before; /* boot clock: after one that failed */
        int complained;         /* the last error that was told */
        bool stopping;
};

/* Sets up; then frees and forgets the walk that is going on. */
void settler_walk_init(Settler *settler);
void settler_walk_end(Settler *settler);
/* When the lookup may take part in a walk (boot clock). */
int64_t settler_walk_at(const Settler *settler, const Lookup *lookup);
/* Begins a walk if a row is due, and sends the next page when its time has come. */
void settler_walk(Settler *settler, int64_t now);
