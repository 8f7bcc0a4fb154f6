/* The files of a batch that hold personal data, and their removal. Private to the retention. */
#pragma once

#include "daemon/settings.h"
#include "daemon/spool.h"
#include "sql/ledger_retention.h"

/* Removes what `what` asks for, and syncs the folders; may be repeated. Of some orders: the original
 * and the ACK, which may quote them. Of a batch: all but summary.json and APPROVAL.txt. */
int retention_files_remove(Ledger *ledger, const Settings *settings, const Spool *spool,
                           int64_t batch, ForgottenWhat what);
