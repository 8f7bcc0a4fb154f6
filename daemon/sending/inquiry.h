/* Inquiry: one cheap request to the provider because an operator asks (`checkoutctl doctor`): is
 * the key accepted, does TLS hold, how far apart are the clocks. checkoutctl itself never talks to
 * the provider and has no key.
 *
 *   asked --(a token of the rate)--> on the wire --reply--> answered, in the turn's transaction
 *
 * Whoever asks while a request is on the wire gets that one's answer. It is a GET of a list of one:
 * it makes nothing, and what it lists is not looked at. The answer is words for checkoutctl, in any
 * order, the failure at the end:
 *
 *   done: version=0.1 mode=test users=real status=200 skew=-2 failure=
 *
 * status 0: no whole reply, `failure` says why; skew: our clock minus the provider's, seconds,
 * `none` when the reply had no date; users: `mapped` where user ids are not those of the machine
 * (approval needs real ones). When nothing came within INQUIRY_PATIENCE that is the failure:
 * checkoutctl waits for ten seconds.
 */
#pragma once

#include "daemon/base/turn.h"
#include "daemon/provider/http_loop.h"
#include "daemon/settings/settings.h"
#include "jobs/base/civil.h"
#include "jobs/session/rate.h"
#include "sql/ledger.h"

#define INQUIRY_PATIENCE (8 * SECOND)

typedef struct Inquiry Inquiry;

typedef struct InquiryOptions {
        const Settings *settings;
        Ledger *ledger;
        HttpLoop *http; /* with room for one more; freed before the inquiry */
        Rate *rate;
        Turn *turn;
        bool live;
} InquiryOptions;

int inquiry_new(const InquiryOptions *options, Inquiry **ret_inquiry);
Inquiry *inquiry_free(Inquiry *inquiry);

/* That command wants an answer; inside a transaction, and safe to repeat. */
int inquiry_ask(Inquiry *inquiry, int64_t command);
/* Answers what can be answered, inside the turn's transaction; before the dispatcher takes what the
 * rate allows. */
int inquiry_write(Inquiry *inquiry);
void inquiry_committed(Inquiry *inquiry); /* sends, if it was asked */
void inquiry_rolled_back(Inquiry *inquiry);

/* When the next turn is wanted (boot clock): INT64_MAX: when something happens. */
int64_t inquiry_next(const Inquiry *inquiry);
unsigned inquiry_busy(const Inquiry *inquiry); /* how many wait */

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Inquiry, inquiry_free)
