/* Approval: a batch waits until a person other than its maker lets it go.
 *
 * The maker is the owner of the dropped file; so with approval on, a file is refused whose owner is
 * no person (root, the service, nobody) or that others may have written. Who approves is the owner
 * of the approving file (approval_folder.h), or whom checkoutctl found at its terminal
 * (ctl/person.h). All of it stands on user ids being real: where they are mapped (a user
 * namespace), two persons may look like one, and the daemon does not start with approval.
 *
 * Nothing else lifts an approval: not `release`, not a change of the settings.
 */
#pragma once

#include <sys/stat.h>

#include "daemon/settings/settings.h"
#include "jobs/base/civil.h"
#include "jobs/base/problem.h"
#include "jobs/report/approval_text.h"
#include "sql/ledger_approval.h"

/* May a batch of this profile have to wait? */
bool approval_is_on(const Profile *profile);
/* Of any profile? */
bool approval_is_used(const Settings *settings);
/* Must a batch wait that has these accepted orders, and perhaps instructions to end links of
 * others? With `approval` whatever it would do waits: who ends a link changes what is collected,
 * too. A batch that does nothing (all its orders are known) waits for nobody. `approval_above`
 * looks at the sums of its orders alone; what it says nothing about (another currency) waits: a
 * limit in pesos lets no dollar go. */
bool approval_is_needed(const Profile *profile, const AnswerTotals totals[static CURRENCY_COUNT],
                        bool instructs);

/* Can this user be held for a person? Not root, the service's user, nobody or the invalid one. */
bool approval_is_person(int64_t uid, uid_t service);
/* Why a dropped file cannot wait for an approval; PROBLEM_NONE: it can. */
ProblemCode approval_refuse_file(const Profile *profile, const struct stat *st, uid_t service);
/* Are the ids of users here what they are elsewhere? `path`: /proc/self/uid_map. 1, 0, negative
 * errno. */
int approval_ids_are_real(const char *path);

typedef struct ApprovalRequest {
        int64_t batch;
        const char *digits; /* the first of its SHA-256, lower case; "": none were named */
        int64_t uid;
        ApprovalWay way;
        int64_t made_at; /* UTC microseconds, of the approving file; 0: not known */
} ApprovalRequest;

/* Decides, and if it is good records it, inside the turn's transaction. The answer, or negative
 * errno. */
int approval_give(Ledger *ledger, const ApprovalRequest *request, uid_t service, int64_t now);

/* Fills in what the texts say of a batch and of this attempt; `*ret_names` holds what they point
 * to. Reads the ledger. */
typedef struct ApprovalNames {
        Buffer file, person, maker, earlier;
        char when[CIVIL_TIME_SIZE];
        uint8_t sha256[32];
        AnswerTotals totals[CURRENCY_COUNT];
} ApprovalNames;
void approval_names_done(ApprovalNames *names);
int approval_read_facts(Ledger *ledger, const Settings *settings, const ApprovalRequest *request,
                        int64_t now, ApprovalNames *ret_names, ApprovalFacts *ret_facts);

/* Appends `maria (1002)`, or `1002`. Looks only into /etc/passwd: a directory service may keep the
 * daemon waiting. */
int approval_append_person(Buffer *text, int64_t uid);
/* Adds a batch's total to those by currency: what is neither bad, known already nor withdrawn is
 * accepted. A LedgerTotalFunction. */
int approval_add_total(void *totals, const Total *total);
