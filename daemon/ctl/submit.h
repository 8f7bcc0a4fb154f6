/* One file under `checkoutctl submit`: submit_copy.c puts it into incoming/, with its control
 * totals (submit_control.c) if they were given, submit_wait.c waits for what comes back. Private to
 * them. */
#pragma once

#include <limits.h>

#include "daemon/ctl/ctl.h"
#include "jobs/base/digest.h"

typedef struct Submission {
        const Settings *settings;
        const Profile *profile;
        const char *path;
        const Buffer *totals;          /* the lines of its .ctl; empty: none were given */
        const char *name;              /* of `path`, without its folders */
        char final_name[NAME_MAX + 1]; /* in incoming/, another one if the name was taken */
        char sha256[DIGEST_HEX_SIZE];
        int64_t batches_before; /* the highest batch among its name's answers, before */

        /* what came back */
        int64_t batch;  /* 0: nothing yet */
        char answer[8]; /* ACK, NACK, DUP */
        Buffer answer_text;
        bool has_results;
        int64_t n_mendable; /* rejected, refused, in conflict */
        int64_t n_unsettled;
} Submission;

/* Copies and renames. EXIT_GOOD, or the exit code after the complaint. */
int submit_file(Submission *submission);

/* Adds the line `count = 120` of a .ctl; false: the value is no number, or no currency is behind
 * it. */
bool submit_control_add(Buffer *totals, const char *key, const char *value);
/* Writes a hidden file with the totals and the digest, which put the .ctl and the CSV together. */
int submit_control_write(const Submission *submission, int fd);

/* Notes which answers to that file name were there before. 0 or negative errno. */
int submit_note_answers(Submission *submission);
/* Waits until the results are there; shows progress. EXIT_GOOD, SOME, BAD, or an error's. */
int submit_wait(Submission *submission, bool quiet);
