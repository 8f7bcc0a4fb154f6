/* The work folder after a kill: copies that no batch needs, and dropped files that were taken out
 * of people's reach but not unlinked yet, are removed. What cannot be explained is left and
 * said. */
#pragma once

#include "daemon/spool/spool.h"
#include "sql/ledger.h"

/* Is the file of that name the one with this identity? Renaming it changed only its ctime. */
bool work_folder_is(int work, const char *name, const char *identity);

int work_folder_clean(const Spool *spool, Ledger *ledger);
