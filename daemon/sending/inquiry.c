#include "daemon/sending/inquiry.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/rules/approval.h"

#define ASKED_MAX  16U /* who ask at the same time */
#define SEND_AGAIN (SECOND / 4)

typedef struct Asked {
        int64_t command;
        int64_t until; /* boot clock */
} Asked;

struct Inquiry {
        InquiryOptions options;
        Asked asked[ASKED_MAX];
        unsigned n;
        unsigned n_answered; /* of these, the first ones, in this transaction */
        bool has_token;      /* taken from the rate, for the request that leaves after the commit */
        bool in_flight;
        int64_t send_at; /* boot clock: no connection was free */
        char *answer;    /* NULL: no reply yet */
};

/* --- the reply ------------------------------------------------------------------------------ */

/* In seconds, as the provider's date is. */
static int append_skew(Buffer *answer, Text date) {
        int64_t theirs;

        if (!civil_http_date_parse(date, &theirs))
                return buffer_append_string(answer, " skew=none");
        return buffer_printf(answer, " skew=%" PRId64, (turn_wall() - theirs) / SECOND);
}

static int make_answer(const Inquiry *inquiry, int status, Text date, const char *failure,
                       char **ret_answer) {
        AUTO_BUFFER answer = BUFFER_EMPTY;
        int r = buffer_printf(&answer, "done: version=%s mode=%s users=%s status=%d",
                              CHECKOUTD_VERSION, inquiry->options.live ? "live" : "test",
                              approval_ids_are_real("/proc/self/uid_map") > 0 ? "real" : "mapped",
                              status);

        if (r >= 0)
                r = append_skew(&answer, date);
        if (r >= 0)
                r = buffer_printf(&answer, " failure=%s", failure);
        if (r >= 0)
                *ret_answer = TAKE(answer.data);
        return r;
}

static void on_reply(void *userdata, const HttpReply *reply) {
        Inquiry *inquiry = userdata;
        bool whole = reply->transfer == TRANSFER_COMPLETE;

        inquiry->in_flight = false;
        if (reply->status == 429)
                rate_too_many(inquiry->options.rate, turn_now());
        if (inquiry->n == 0) /* nobody waits any more, and it is of its moment */
                return;
        free(TAKE(inquiry->answer));
        /* without memory for it, those who ask are told that nothing came */
        (void) make_answer(inquiry, whole ? reply->status : 0, reply->date,
                           whole ? "" : reply->failure, &inquiry->answer);
        turn_ask(inquiry->options.turn);
}

/* v1 has no list of sessions. */
static void send_request(Inquiry *inquiry) {
        HttpRequest request = {
                .path = inquiry->options.settings->provider.api == API_V1
                                ? "/v1/payment_intents?per_page=1"
                                : "/v2/checkout_sessions?limit=1",
                .done = on_reply,
                .userdata = inquiry,
        };

        inquiry->has_token = false;
        inquiry->in_flight = http_loop_send(inquiry->options.http, &request) == 0;
        inquiry->send_at = inquiry->in_flight ? 0 : turn_now() + SEND_AGAIN;
}

/* --- turns ---------------------------------------------------------------------------------- */

int inquiry_ask(Inquiry *inquiry, int64_t command) {
        for (unsigned i = 0; i < inquiry->n; i++)
                if (inquiry->asked[i].command == command)
                        return 0;
        if (inquiry->n == ASKED_MAX)
                return ledger_command_answer(inquiry->options.ledger, command, turn_wall(),
                                             "no: too many ask at the same time");
        inquiry->asked[inquiry->n++] =
                (Asked){ .command = command, .until = turn_now() + INQUIRY_PATIENCE };
        return 0;
}

static int tell(const Inquiry *inquiry, unsigned i, const char *answer) {
        return ledger_command_answer(inquiry->options.ledger, inquiry->asked[i].command,
                                     turn_wall(), answer);
}

/* Those whose patience is over come first: they asked first. */
static int tell_that_nothing_came(Inquiry *inquiry) {
        AUTO_FREE char *answer = NULL;
        int r = make_answer(inquiry, 0, TEXT_NONE, "no reply within 8 seconds", &answer);

        while (r >= 0 && inquiry->n_answered < inquiry->n &&
               inquiry->asked[inquiry->n_answered].until <= turn_now())
                r = tell(inquiry, inquiry->n_answered++, answer);
        return r;
}

int inquiry_write(Inquiry *inquiry) {
        int64_t now = turn_now();
        int r = 0;

        assert(inquiry->n_answered == 0);
        if (inquiry->n == 0)
                return 0;
        if (inquiry->answer)
                while (r >= 0 && inquiry->n_answered < inquiry->n)
                        r = tell(inquiry, inquiry->n_answered++, inquiry->answer);
        else if (inquiry->asked[0].until <= now)
                r = tell_that_nothing_came(inquiry);
        if (r >= 0 && inquiry->n_answered < inquiry->n && !inquiry->in_flight &&
            !inquiry->has_token && now >= inquiry->send_at)
                inquiry->has_token = rate_take(inquiry->options.rate, now, 1) > 0;
        return r < 0 ? r : 0;
}

void inquiry_committed(Inquiry *inquiry) {
        inquiry->n -= inquiry->n_answered;
        memmove(inquiry->asked, inquiry->asked + inquiry->n_answered, inquiry->n * sizeof(Asked));
        inquiry->n_answered = 0;
        if (inquiry->n == 0)
                free(TAKE(inquiry->answer));
        else if (inquiry->has_token)
                send_request(inquiry);
}

void inquiry_rolled_back(Inquiry *inquiry) {
        inquiry->n_answered = 0;
}

int64_t inquiry_next(const Inquiry *inquiry) {
        int64_t now = turn_now(), sends;

        if (inquiry->n == 0)
                return INT64_MAX;
        if (inquiry->answer)
                return 0;
        sends = inquiry->in_flight ? INT64_MAX : rate_next(inquiry->options.rate, now);
        if (sends < inquiry->send_at)
                sends = inquiry->send_at;
        return sends < inquiry->asked[0].until ? sends : inquiry->asked[0].until;
}

unsigned inquiry_busy(const Inquiry *inquiry) {
        return inquiry->n;
}

/* --- set up and tear down ------------------------------------------------------------------- */

Inquiry *inquiry_free(Inquiry *inquiry) {
        if (!inquiry)
                return NULL;
        free(inquiry->answer);
        free(inquiry);
        return NULL;
}

int inquiry_new(const InquiryOptions *options, Inquiry **ret_inquiry) {
        Inquiry *inquiry = calloc(1, sizeof(*inquiry));

        if (!inquiry)
                return -ENOMEM;
        inquiry->options = *options;
        *ret_inquiry = inquiry;
        return 0;
}
