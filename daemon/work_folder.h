/* The work folder after a kill: copies that no batch needs, and dropped files that were taken out
 * of people's reach but not unlinked yet, are removed. What cannot be explained is left and said. */
#pragma once

#include "daemon/spool.h"
#include "sql/ledger.h"

int work_folder_clean(const Spool *spool, Ledger *ledger);
