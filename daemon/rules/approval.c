#include "daemon/rules/approval.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/base/civil.h"
#include "jobs/base/digest.h"
#include "sql/ledger_instruction.h"

#define NOBODY  65534
#define INVALID UINT32_MAX
/* A file's time is that of the kernel's last tick, and ours is of now. */
#define CLOCKS_APART SECOND

/* --- what waits ----------------------------------------------------------------------------- */

bool approval_is_on(const Profile *profile) {
        return profile->approval || profile->approval_above.currency != CURRENCY_XXX;
}

bool approval_is_used(const Settings *settings) {
        for (size_t i = 0; i < settings->n_profiles; i++)
                if (approval_is_on(&settings->profiles[i]))
                        return true;
        return false;
}

bool approval_is_needed(const Profile *profile, const AnswerTotals totals[static CURRENCY_COUNT],
                        bool instructs) {
        const SumLimit *above = &profile->approval_above;

        if (!approval_is_on(profile))
                return false;
        if (profile->approval && instructs)
                return true;
        for (Currency c = 0; c < CURRENCY_COUNT; c++) {
                const AnswerSum *sum = &totals[c].accepted;

                if (sum->count > 0 &&
                    (profile->approval || c != above->currency || sum->sum > above->amount))
                        return true;
        }
        return false;
}

/* --- whose it is ---------------------------------------------------------------------------- */

bool approval_is_person(int64_t uid, uid_t service) {
        return uid > 0 && uid != (int64_t) service && uid != NOBODY && uid < (int64_t) INVALID;
}

ProblemCode approval_refuse_file(const Profile *profile, const struct stat *st, uid_t service) {
        if (!approval_is_on(profile))
                return PROBLEM_NONE;
        if (!approval_is_person(st->st_uid, service))
                return PROBLEM_FILE_OWNER;
        return st->st_mode & (S_IWGRP | S_IWOTH) ? PROBLEM_FILE_SHARED : PROBLEM_NONE;
}

/* The whole range of ids in one line, each to itself: `0 0 4294967295`. */
static bool is_identity(const char *line) {
        static const unsigned long identity[] = { 0, 0, INVALID };
        char *end;

        for (size_t i = 0; i < ELEMENTS(identity); i++) {
                unsigned long number = strtoul(line, &end, 10);

                if (end == line || number != identity[i])
                        return false;
                line = end;
        }
        return *line == '\n' || *line == '\0';
}

int approval_ids_are_real(const char *path) {
        FILE *file = fopen(path, "re");
        char line[128] = "", more[8] = "";
        bool one;

        if (!file)
                return -errno;
        one = fgets(line, sizeof(line), file) && !fgets(more, sizeof(more), file);
        (void) fclose(file);
        return one && is_identity(line);
}

int approval_append_person(Buffer *text, int64_t uid) {
        FILE *file = fopen("/etc/passwd", "re");
        struct passwd entry, *found = NULL;
        char texts[1024];
        int r = 0;

        while (file && fgetpwent_r(file, &entry, texts, sizeof(texts), &found) == 0)
                if (found && (int64_t) found->pw_uid == uid)
                        break;
        if (found && (int64_t) found->pw_uid == uid)
                r = buffer_printf(text, "%s (%lld)", found->pw_name, (long long) uid);
        else
                r = buffer_append_integer(text, uid);
        if (file)
                (void) fclose(file);
        return r;
}

/* --- one attempt ---------------------------------------------------------------------------- */

static ApprovalAnswer answer_not_waiting(const ApprovalRequest *request, const Batch *batch,
                                         int approved, const Approval *earlier) {
        if (batch->state == BATCH_RECEIVED || batch->state == BATCH_LOADING)
                return APPROVAL_NOT_YET;
        if (!approved)
                return batch_was_withdrawn(batch) ? APPROVAL_WITHDRAWN : APPROVAL_NOT_NEEDED;
        return earlier->uid == request->uid ? APPROVAL_REPEATED : APPROVAL_ALREADY;
}

static bool is_digest(const Batch *batch, const char *digits) {
        char digest[DIGEST_HEX_SIZE];

        digest_hex(batch->sha256, DIGEST_SIZE, digest);
        return strncmp(digest, digits, strlen(digits)) == 0;
}

static ApprovalAnswer judge(const ApprovalRequest *request, const Batch *batch, int approved,
                            const Approval *earlier, uid_t service) {
        if (!is_digest(batch, request->digits))
                return APPROVAL_DIGEST;
        if (batch->state != BATCH_AWAITING_APPROVAL)
                return answer_not_waiting(request, batch, approved, earlier);
        if (!approval_is_person(request->uid, service))
                return APPROVAL_NO_PERSON;
        if (!approval_is_person(batch->maker_uid, service))
                return APPROVAL_NO_MAKER;
        if (request->uid == batch->maker_uid)
                return APPROVAL_OWN;
        if (request->made_at != 0 && request->made_at + CLOCKS_APART < batch->received_at)
                return APPROVAL_OLD;
        return APPROVAL_GIVEN;
}

int approval_give(Ledger *ledger, const ApprovalRequest *request, uid_t service, int64_t now) {
        Approval approval = {
                .batch = request->batch, .at = now, .uid = request->uid, .way = request->way
        };
        Approval earlier = { .uid = -1 };
        ApprovalAnswer answer;
        const Batch *batch;
        int approved, r;

        approved = ledger_approval_get(ledger, request->batch, &earlier);
        if (approved < 0)
                return approved;
        r = ledger_batch_get(ledger, request->batch, &batch);
        if (r <= 0)
                return r < 0 ? r : APPROVAL_NO_BATCH;
        answer = judge(request, batch, approved, &earlier, service);
        r = answer == APPROVAL_GIVEN ? ledger_approval_add(ledger, &approval) : 0;
        return r < 0 ? r : (int) answer;
}

/* --- what is said of it --------------------------------------------------------------------- */

void approval_names_done(ApprovalNames *names) {
        buffer_done(&names->file);
        buffer_done(&names->person);
        buffer_done(&names->maker);
        buffer_done(&names->earlier);
}

int approval_add_total(void *totals, const Total *total) {
        AnswerTotals *all = totals;
        AnswerTotals *t = &all[total->currency];
        AnswerSum *sum = total->status == STATUS_REJECTED    ? &t->rejected
                         : total->status == STATUS_DUPLICATE ? &t->duplicate
                         : total->status == STATUS_CONFLICT  ? &t->conflict
                                                             : &t->accepted;

        if (total->status == STATUS_CANCELLED)
                return 0; /* withdrawn before it was let go */
        sum->count += total->count;
        sum->sum += total->sum;
        return 0;
}

/* What was accepted of it, and what it ends. */
static int read_contents(Ledger *ledger, int64_t batch, ApprovalNames *names,
                         ApprovalFacts *facts) {
        int64_t reissues; /* they are among the orders */
        int r = ledger_totals(ledger, batch, approval_add_total, names->totals);

        return r < 0 ? r : ledger_count_instructions(ledger, batch, &facts->cancels, &reissues);
}

static int read_batch(Ledger *ledger, const Settings *settings, const ApprovalRequest *request,
                      ApprovalNames *names, ApprovalFacts *facts) {
        const Profile *profile;
        const Batch *batch;
        int r = ledger_batch_get(ledger, request->batch, &batch);

        if (r <= 0)
                return r;
        profile = settings_profile_or_default(settings, batch->profile);
        facts->language = profile->rules.language;
        (void) civil_zone_use(profile->rules.timezone);
        memcpy(names->sha256, batch->sha256, sizeof(names->sha256));
        r = buffer_append_string(&names->file, batch->file);
        if (r >= 0)
                r = approval_append_person(&names->maker, batch->maker_uid);
        if (r >= 0)
                r = read_contents(ledger, request->batch, names, facts);
        return r < 0 ? r : 1;
}

int approval_read_facts(Ledger *ledger, const Settings *settings, const ApprovalRequest *request,
                        int64_t now, ApprovalNames *ret_names, ApprovalFacts *ret_facts) {
        ApprovalFacts facts = { .language = settings->profiles[0].rules.language,
                                .batch = request->batch };
        Approval earlier = { .at = now };
        int found, r;

        (void) civil_zone_use(settings->profiles[0].rules.timezone);
        found = read_batch(ledger, settings, request, ret_names, &facts);
        r = found < 0 ? found : ledger_approval_get(ledger, request->batch, &earlier);
        if (r > 0)
                r = approval_append_person(&ret_names->earlier, earlier.uid);
        if (r >= 0)
                r = approval_append_person(&ret_names->person, request->uid);
        if (r < 0)
                return r;
        (void) civil_local_format(earlier.at, ret_names->when);
        facts.file = (Text){ ret_names->file.data, ret_names->file.size };
        facts.person = (Text){ ret_names->person.data, ret_names->person.size };
        facts.maker = (Text){ ret_names->maker.data, ret_names->maker.size };
        facts.earlier = (Text){ ret_names->earlier.data, ret_names->earlier.size };
        facts.when = text_of(ret_names->when);
        facts.sha256 = found > 0 ? ret_names->sha256 : NULL;
        facts.totals = ret_names->totals;
        *ret_facts = facts;
        return 0;
}
