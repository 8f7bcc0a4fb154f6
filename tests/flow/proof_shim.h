/* What the preloaded shim and the proofs agree on: how the shim is told what to do, the page in
 * which it counts, and the log that it writes. The shim is shim.c. */
#pragma once

#include <stdint.h>
#include <sys/stat.h>

/* --- told by the environment ------------------------------------------------------------------ */

#define SHIM_PAGE "CHECKOUTD_SHIM_PAGE" /* file of a ShimPage, which counts; made by the proof */
#define SHIM_KILL "CHECKOUTD_SHIM_KILL" /* SIGKILL instead of the n-th step; 0: never */
#define SHIM_FROM "CHECKOUTD_SHIM_FROM" /* count from "start" or from "ready" (READY=1 is said) */
#define SHIM_TORN "CHECKOUTD_SHIM_TORN" /* "1": half of a write or send is done before the kill */
#define SHIM_FAIL "CHECKOUTD_SHIM_FAIL" /* no kill: so many from the n-th fail, full disk or EIO */
#define SHIM_LOG  "CHECKOUTD_SHIM_LOG"  /* file of ShimRecords; made by the proof */
#define SHIM_ROOT "CHECKOUTD_SHIM_ROOT" /* the log holds what happens below this folder */
#define SHIM_DEAF                                                                                  \
        "CHECKOUTD_SHIM_DEAF" /* once this file exists, no timer by the boot clock is armed */
#define SHIM_FACTS "CHECKOUTD_SHIM_FACTS" /* file of ShimFacts */
#define SHIM_CLOCK "CHECKOUTD_SHIM_CLOCK" /* file of a ShimClock */
#define SHIM_TICK                                                                                  \
        "CHECKOUTD_SHIM_TICK" /* work takes no time, but each look at the boot clock so many us */

/* --- clocks ----------------------------------------------------------------------------------- */

/* How far ahead of the kernel's they are, microseconds. */
typedef struct ShimClock {
        int64_t wall;
        int64_t boot; /* only forward */
} ShimClock;

/* --- counting --------------------------------------------------------------------------------- */

typedef struct ShimPage {
        uint64_t steps;
        int64_t boot;   /* the last time that a ticking boot clock told, ns; 0: it does not tick */
        char last[248]; /* the step that it was killed instead of, or that failed first:
                         * "fsync /spool/results" */
} ShimPage;

/* --- the log ---------------------------------------------------------------------------------- */

typedef enum ShimKind {
        SHIM_WRITE = 1, /* inode, offset, data */
        SHIM_TRUNCATE,  /* inode, offset: the new size */
        SHIM_SYNC,      /* inode; of a folder too */
        SHIM_CREATE,    /* inode, path */
        SHIM_MKDIR,     /* inode, path */
        SHIM_RENAME,    /* path, to */
        SHIM_LINK,      /* path, to */
        SHIM_UNLINK,    /* path */
        SHIM_SEND,      /* inode: of the connection, data */
        SHIM_READY,
} ShimKind;

/* Followed by path, to and data; no NULs between. */
typedef struct ShimRecord {
        uint32_t kind;
        uint32_t path_size, to_size;
        uint32_t unused;
        uint64_t inode;
        int64_t offset;
        uint64_t size; /* of the data */
} ShimRecord;

/* --- facts of files --------------------------------------------------------------------------- */

/* A file rebuilt from a log is another inode; the daemon knows a source by its inode and times. Of
 * this inode it is told these. */
typedef struct ShimFacts {
        uint64_t inode;
        uint64_t told_device, told_inode;
        struct timespec told_mtime, told_ctime;
} ShimFacts;
