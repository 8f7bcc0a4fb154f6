/* The files of a batch that hold personal data, and their removal. Private to the retention.
 *
 * Folders grow with the years, so they are looked through in slices. What cannot be removed (somebody
 * has put a folder under that name, made the file immutable, or changed whose its folder is; or the
 * disk fails) is said and passed over: one file must not keep all others. */
#pragma once

#include "sql/ledger_retention.h"

typedef struct RetentionFiles RetentionFiles;

typedef struct RetentionFilesOptions {
        int64_t batch;
        ForgottenWhat what; /* of some orders: the original and the ACK, which may quote them; of a
                               batch: all but summary.json and APPROVAL.txt */
        Text name;          /* of the file that came in */
        int archive, rejected; /* borrowed */
        const char *results;   /* the folder's path: its profile may be in the settings no more */
        bool said;             /* what cannot be removed is known already */
} RetentionFilesOptions;

/* What the options point to need not outlive the call, but for the folders. */
int retention_files_new(const RetentionFilesOptions *options, RetentionFiles **ret_files);
RetentionFiles *retention_files_free(RetentionFiles *files);
/* At least one entry more, and on to the deadline (boot clock). True: all is done and synced, but for
 * what is left. May be repeated. */
bool retention_files_work(RetentionFiles *files, int64_t deadline);
/* How many files could not be removed, and folders not be looked through or synced. */
unsigned retention_files_left(const RetentionFiles *files);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(RetentionFiles, retention_files_free)
