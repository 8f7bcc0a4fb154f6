/* ReportFiles: results, rejects and summary of one batch, written in one pass over its rows. */
#pragma once

#include <stdbool.h>

#include "daemon/settings/settings.h"
#include "sql/ledger.h"

typedef struct ReportFiles ReportFiles;

/* `directory` is the results folder. `profile` NULL: the settings do not know it any more. */
int report_files_new(Ledger *ledger, int64_t batch, const Profile *profile, int directory,
                     ReportFiles **ret_files);
ReportFiles *report_files_free(ReportFiles *files); /* what is not committed is not there */
/* The next rows: 1 there are more, 0 all are written, negative errno. */
int report_files_slice(ReportFiles *files);
/* Puts the files into place, one at a time: 1 there are more, 0 all, negative errno. `now`: UTC
 * microseconds, `state`: the one to be shown. */
int report_files_commit(ReportFiles *files, int64_t now, BatchState state);

/* Writes the summary of a batch anew, whose files are in place: what corrects it has changed. */
int report_files_summarise(Ledger *ledger, int64_t batch, int directory);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(ReportFiles, report_files_free)
