/* SpoolControl: the file of control totals beside a dropped file (control_file.h). Private to the
 * spool.
 *
 * It is read when its CSV is offered, and only if it is complete: renamed into place, or unchanged
 * for `settle`; until then the CSV waits. It is a candidate like any other, but never offered by
 * itself. Whoever makes both writes it first, or the profile requires totals; else the CSV may be
 * taken before it comes. What is no regular file is left alone, and refuses the CSV. */
#pragma once

#include "daemon/spool/spool_candidate.h"

/* Reads those that are there into the file's `control` and `declared`. False: the candidate has to
 * wait for one that is not complete. */
bool spool_control_read(Candidates *set, Candidate *candidate, int folder, int64_t settle,
                        int64_t now, SpoolFile *file);
