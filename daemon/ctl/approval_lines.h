/* What status and show say of approvals: who let a batch go, or that it waits for somebody. Here
 * the names of users are looked up everywhere; the daemon does not wait for a directory service. */
#pragma once

#include "daemon/ctl/batches.h"
#include "daemon/ctl/json.h"
#include "jobs/base/language.h"

/* {"uid","name","at","sha256","by"}, or null. */
void approval_lines_json(Json *json, const char *key, const Approval *approval);
/* `maria (1002)`, or `1002`. */
int approval_lines_person(Buffer *out, int64_t uid);
/* A line, with an empty one before it, if there is anything to say. */
int approval_lines_append(Buffer *out, Language language, const BatchFacts *batch);
/* `maria (1002) 2026-11-25 10:00:00`. */
int approval_lines_who(Buffer *out, const Approval *approval);
