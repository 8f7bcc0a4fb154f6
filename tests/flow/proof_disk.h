/* Disk: what a power cut leaves of what a daemon wrote. Rebuilt from the log of a run:
 *
 *   data    counts up to the last fsync or fdatasync of its file. Of later writes each may be there
 *           or not, in any combination, and torn at a multiple of 512 bytes.
 *   names   (made, renamed, linked, removed) count up to the last fsync of their folder. Of later
 *           ones, those of a folder happened up to some point, and not from there on; a rename
 *           between two folders happened in both or in none. A folder that was synced, or that
 *           holds a synced one, is there itself.
 *   -shm    SQLite's shared memory is lost.
 *
 * So it is as a journalling file system does it, but trusts no file's sync to save its name, and
 * knows no order between folders. What lies on the disk when the run begins, is taken as synced.
 */
#pragma once

#include "tests/flow/proof_log.h"

typedef struct ProofDisk ProofDisk;

/* What lies in the place before a run that is recorded. NULL: it went wrong. */
ProofDisk *proof_disk_new(ProofPlace *place);
ProofDisk *proof_disk_free(ProofDisk *disk);

/* A cut after the first `end` events of the log, made into `place`, whose folders are there; the
 * rest by chance. FOLDER/facts is for the shim. */
bool proof_disk_rebuild(const ProofDisk *disk, const ProofLog *log, size_t end, uint64_t seed,
                        ProofPlace *place);

/* The next random number below `n`. */
uint64_t proof_draw(uint64_t *seed, uint64_t n);
