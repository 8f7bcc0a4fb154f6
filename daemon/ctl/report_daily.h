/* Reports of whole days, made by themselves: see report_daily.c. */
#pragma once

#include "daemon/ctl/report.h"

/* Makes those that are due. The worst exit code of all. */
int report_daily(const Settings *settings, Ledger *ledger, const ReportFormat *format,
                 const char *language);
