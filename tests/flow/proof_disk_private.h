/* One cut of the power, inside: what the files of proof_disk share. */
#pragma once

#include <sys/stat.h>

#include "tests/flow/proof_disk.h"

#define CUT_NODES_MAX 512
#define CUT_NAMES_MAX 512
#define CUT_ALL       100 /* percent */

/* A file or folder that was there before. */
typedef struct Before {
        char *path; /* below the place: "spool/incoming/a.csv" */
        struct stat facts;
        char *bytes;
} Before;

struct ProofDisk {
        char *folder; /* of the place that was recorded */
        Before *before;
        size_t n_before;
};

/* An inode's life: the same number may be used again. */
typedef struct Node {
        uint64_t inode;
        const Before *before; /* NULL: made in the run */
        char *bytes;
        size_t size;
        bool folder;
        bool synced; /* when looking back: a sync follows */
} Node;

typedef struct Name {
        const char *path; /* NULL: gone */
        unsigned node;
} Name;

/* A folder, by its path, while events are looked at. */
typedef struct Folder {
        const char *path;
        size_t size;
        bool synced;  /* looking back: a sync of it follows */
        bool blocked; /* looking forward: what comes did not happen any more */
} Folder;

/* One cut. */
typedef struct Cut {
        const ProofDisk *disk;
        const ProofLog *log;
        size_t end;
        uint64_t seed;
        unsigned chance; /* percent, of what was not synced */
        unsigned torn;   /* percent, of a write that happened unsynced */
        size_t last;     /* the last write of all */
        ProofPlace *place;
        Node nodes[CUT_NODES_MAX];
        size_t n_nodes;
        Name names[CUT_NAMES_MAX];
        size_t n_names;
        Folder folders[CUT_NAMES_MAX];
        size_t n_folders;
        unsigned *node_of; /* by event; CUT_NODES_MAX: none */
        bool *kept;        /* by event: it was synced */
} Cut;

/* Finds out what is left: its nodes, with their bytes, and names. */
void proof_disk_cut(Cut *cut);
/* Files and folders of a cut, into its place. */
bool proof_disk_make(const Cut *cut);
