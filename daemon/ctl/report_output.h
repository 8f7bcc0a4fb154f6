/* ReportOutput: where a report goes: whole, or not at all. A file is written without a name in its
 * folder, and gets it when all of it is synced; what was there under that name stays until then.
 * For stdout it is kept in TMPDIR and copied out at the end, so that a reader who is slow or stops
 * holds up nothing but this. A kill at any point leaves nothing behind, where the file system can
 * make files without a name. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct ReportOutput ReportOutput;

/* `path` NULL: stdout. Negative errno; -EISDIR, -ENOTSUP: what is there is no regular file. */
int report_output_new(const char *path, ReportOutput **ret_output);
ReportOutput *report_output_free(ReportOutput *output); /* gives up what was not committed */

int report_output_add(ReportOutput *output, const void *bytes, size_t size);
/* For who writes by itself: a path that opens the file, and the folder for its temporary files. */
const char *report_output_path(const ReportOutput *output);
int report_output_fd(const ReportOutput *output); /* of the same file, to read it; borrowed */
const char *report_output_folder(const ReportOutput *output);
/* A second file beside it without a name, for what goes behind; negative errno, else its fd. */
int report_output_spool(const ReportOutput *output);
/* Appends all that stands in `fd`. */
int report_output_add_file(ReportOutput *output, int fd);
int report_output_commit(ReportOutput *output);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(ReportOutput, report_output_free)
