/* What show.c (an order) and show_payment.c (what became of its link) share. */
#pragma once

#include "daemon/ctl/json.h"
#include "jobs/base/language.h"
#include "sql/ledger.h"

/* `  label    value`, wrapped on a terminal; nothing when there is no value. */
int show_line(Buffer *out, const char *label, Text value);

/* "payment" (the one that decides, or null), "session" and "findings" of the row. */
int show_payment_json(Ledger *ledger, const Row *row, Json *json);
int show_payment_text(Ledger *ledger, const Row *row, Language language, Buffer *out);
