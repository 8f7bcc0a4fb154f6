/* What is said of findings in the journal. A provider that has lost a hundred thousand sessions is one
 * thing to be told, not a hundred thousand: of each kind the first few are named, the others counted,
 * and said when no more come. The findings themselves keep every one. */
#include "daemon/base/log.h"
#include "daemon/following/synchroniser_private.h"
#include "jobs/base/civil.h"

#define NAMED        3U
#define QUIET        (10 * SECOND)
#define SAID_AT_LAST (10 * MINUTE) /* also while more come */

void sync_notice(Synchroniser *sync, FindingKind kind, LogPlace place) {
        SyncNotice *notice = &sync->notices[kind];
        int64_t now = turn_now();

        if (notice->n_more == 0 && now >= notice->last_at + QUIET)
                notice->n_named = 0;
        notice->last_at = now;
        if (notice->n_named < NAMED) {
                notice->n_named++;
                log_message(MESSAGE_FINDING, place,
                            "batch B%06lld, line %u: %s; see `checkoutctl show`",
                            (long long) place.batch, place.line,
                            finding_meaning(kind, LANGUAGE_EN));
                return;
        }
        if (notice->n_more == 0)
                notice->more_since = now;
        notice->n_more++;
}

static int64_t said_at(const SyncNotice *notice) {
        int64_t quiet = notice->last_at + QUIET, at_last = notice->more_since + SAID_AT_LAST;

        return quiet < at_last ? quiet : at_last;
}

void sync_notices_say(Synchroniser *sync, bool all) {
        int64_t now = turn_now();

        for (FindingKind kind = 1; kind < FINDING_KIND_END; kind++) {
                SyncNotice *notice = &sync->notices[kind];

                if (notice->n_more == 0 || (!all && now < said_at(notice)))
                        continue;
                log_message(MESSAGE_FINDINGS, (LogPlace){ .code = finding_name(kind) },
                            "%u more rows: %s; see `checkoutctl report`", notice->n_more,
                            finding_meaning(kind, LANGUAGE_EN));
                notice->n_more = 0;
        }
}

int64_t sync_notices_next(const Synchroniser *sync) {
        int64_t next = INT64_MAX;

        for (FindingKind kind = 1; kind < FINDING_KIND_END; kind++) {
                const SyncNotice *notice = &sync->notices[kind];

                if (notice->n_more > 0 && said_at(notice) < next)
                        next = said_at(notice);
        }
        return next;
}
