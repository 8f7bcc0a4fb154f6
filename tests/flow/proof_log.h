/* The shim's log, read: what a daemon did below its folder, in order, and what it sent. */
#pragma once

#include "tests/flow/proof.h"
#include "tests/flow/proof_shim.h"

typedef struct ProofEvent {
        ShimKind kind;
        uint64_t inode;
        int64_t offset;
        const char *path, *to; /* "" if there is none */
        const char *data;
        size_t size;
} ProofEvent;

typedef struct ProofLog {
        char *bytes;
        char *names;
        ProofEvent *events;
        size_t n;
} ProofLog;

/* FOLDER/log of a place. */
bool proof_log_read(ProofPlace *place, ProofLog *ret_log);
void proof_log_done(ProofLog *log);
/* Sends the requests that were wholly sent before this event to the place's own sandbox, so that it
 * has made what the provider had made by then (under other ids). */
bool proof_log_replay(ProofPlace *place, const ProofLog *log, size_t end);
