/* What the daemon sees of the provider: it asks for us, with the key that it has. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>

#include "daemon/ctl/doctor.h"
#include "daemon/ctl/request.h"
#include "daemon/rules/approval.h"
#include "daemon/sending/inquiry.h"

#define SKEW_WARN 5   /* seconds; the provider's date has whole ones */
#define SKEW_FAIL 300 /* so far apart, the daemon holds (daemon/sending/dispatcher_outcome.c) */
#define UNSYNCED  16000000 /* microseconds of possible error: what timedatectl(1) goes by */

/* the daemon's answer, as in daemon/sending/inquiry.h */
typedef struct ProviderFacts {
        char *text; /* NULL: there is none */
        int status;
        bool has_skew;
        int64_t skew;
        bool mapped;
        bool live;
        const char *version; /* not ended by a NUL */
        size_t version_size;
        const char *failure;
} ProviderFacts;

/* --- the answer ----------------------------------------------------------------------------- */

/* The value of a word `NAME=value`; NULL: it is not there. */
static const char *word_of(const char *text, const char *name) {
        size_t size = strlen(name);

        for (const char *at = strstr(text, name); at; at = strstr(at + 1, name))
                if (at[size] == '=' && at > text && at[-1] == ' ')
                        return at + size + 1;
        return NULL;
}

static bool read_answer(ProviderFacts *answer) {
        const char *status = word_of(answer->text, "status"), *skew = word_of(answer->text, "skew");
        const char *users = word_of(answer->text, "users"), *mode = word_of(answer->text, "mode");

        answer->version = word_of(answer->text, "version");
        answer->failure = word_of(answer->text, "failure");
        if (!status || !skew || !users || !mode || !answer->version || !answer->failure)
                return false;
        answer->version_size = strcspn(answer->version, " ");
        answer->status = (int) strtol(status, NULL, 10);
        answer->has_skew = strncmp(skew, "none", 4) != 0;
        answer->skew = answer->has_skew ? strtoll(skew, NULL, 10) : 0;
        answer->mapped = strncmp(users, "mapped", 6) == 0;
        answer->live = strncmp(mode, "live", 4) == 0;
        return true;
}

/* --- key ------------------------------------------------------------------------------------ */

static void judge_version(Doctor *doctor, const ProviderFacts *answer) {
        if (strlen(CHECKOUTD_VERSION) != answer->version_size ||
            strncmp(answer->version, CHECKOUTD_VERSION, answer->version_size) != 0)
                doctor_say(doctor, DOCTOR_WARN, "service", "Restart it",
                           "the daemon that runs is of version %.*s, this is " CHECKOUTD_VERSION,
                           (int) answer->version_size, answer->version);
}

/* The file itself; a credential of systemd is not ours to see. */
static void judge_key_file(Doctor *doctor) {
        const char *file = doctor->settings->provider.key_file;
        struct stat st;

        if (!*file)
                return;
        if (stat(file, &st) < 0)
                doctor_say(doctor, DOCTOR_FAIL, "key",
                           "Put the secret key there, readable by the service only",
                           "the file %s cannot be read: %s", file, strerror(errno));
        else if (geteuid() == doctor->user && access(file, R_OK) < 0)
                doctor_say(doctor, DOCTOR_FAIL, "key",
                           "chown it to the service, or give it the service's group and mode 0640",
                           "the service may not read the file %s", file);
        else if ((st.st_mode & 007) != 0)
                doctor_say(doctor, DOCTOR_FAIL, "key",
                           "chmod o= it, and have the provider make another key",
                           "everybody on this machine may use the file %s", file);
}

static void judge_key(Doctor *doctor, const ProviderFacts *answer) {
        static const char roll[] =
                "Put the right key in its place; then restart (credential) or reload (key_file)";
        int status = answer->status;

        judge_key_file(doctor);
        if (status == 401)
                doctor_say(doctor, DOCTOR_FAIL, "key", roll,
                           "the provider does not accept the key (HTTP 401)");
        else if (status == 402 || status == 403)
                doctor_say(doctor, DOCTOR_FAIL, "key",
                           "Ask the provider about the account; sending waits",
                           "the provider refuses the account (HTTP %d)", status);
        else if (status >= 200 && status < 300)
                doctor_say(doctor, DOCTOR_OK, "key", NULL, "a %s key, accepted by the provider",
                           answer->live ? "live" : "test");
        else
                doctor_say(doctor, DOCTOR_WARN, "key", "Ask again when the provider answers",
                           "the daemon has a %s key; whether it is accepted could not be found out",
                           answer->live ? "live" : "test");
}

/* --- provider, TLS -------------------------------------------------------------------------- */

static bool is_tls(const Doctor *doctor) {
        return strncmp(doctor->settings->provider.url, "https:", 6) == 0;
}

static bool is_about_tls(const char *failure) {
        return strcasestr(failure, "ssl") || strcasestr(failure, "certificate") ||
               strcasestr(failure, "tls");
}

static void judge_provider(Doctor *doctor, const ProviderFacts *answer) {
        const char *url = doctor->settings->provider.url;

        if (answer->status == 0)
                doctor_say(doctor, DOCTOR_FAIL, "provider",
                           "Look at the network, the resolver and the [provider] proxy; what is "
                           "queued is sent when it answers",
                           "%s does not answer: %s", url, answer->failure);
        else if (answer->status == 429 || answer->status >= 500)
                doctor_say(doctor, DOCTOR_WARN, "provider",
                           "Nothing: the daemon goes on when it can",
                           "%s is overloaded or out of order (HTTP %d)", url, answer->status);
        else
                doctor_say(doctor, DOCTOR_OK, "provider", NULL, "%s answers (HTTP %d)", url,
                           answer->status);
}

static void judge_tls(Doctor *doctor, const ProviderFacts *answer) {
        const char *ca_file = doctor->settings->provider.ca_file;

        if (!is_tls(doctor))
                doctor_say(doctor, DOCTOR_OK, "tls", NULL, "not used: %s is on this machine",
                           doctor->settings->provider.url);
        else if (answer->status > 0)
                doctor_say(doctor, DOCTOR_OK, "tls", NULL,
                           "the provider's certificate is verified");
        else if (is_about_tls(answer->failure))
                doctor_say(doctor, DOCTOR_FAIL, "tls",
                           *ca_file ? "Look at [provider] ca_file, and at what is between us and "
                                      "the provider"
                                    : "Install ca-certificates; where a proxy of your own looks "
                                      "into TLS, name its certificate in [provider] ca_file",
                           "the connection is not trusted: %s", answer->failure);
        else
                doctor_say(doctor, DOCTOR_WARN, "tls", "Ask again when the provider answers",
                           "no connection was made");
}

/* --- clock ---------------------------------------------------------------------------------- */

static bool is_synchronised(void) {
        struct timex kernel = { .modes = 0 };

        return adjtimex(&kernel) >= 0 && kernel.maxerror < UNSYNCED;
}

/* What counts is that the clock is right. That the kernel knows of nobody who keeps it so is no
 * fault by itself: the host of a virtual machine may. */
static void judge_clock(Doctor *doctor, const ProviderFacts *answer) {
        static const char mend[] = "Run systemd-timesyncd or chrony, and look at `timedatectl`";
        const char *kept =
                is_synchronised() ? "it is synchronised" : "the kernel knows of no time service";
        int64_t skew = answer->skew, apart = skew < 0 ? -skew : skew;

        if (!answer->has_skew && !is_synchronised())
                doctor_say(doctor, DOCTOR_WARN, "clock", mend,
                           "the kernel knows of no time service, and the provider's time is not "
                           "known");
        else if (!answer->has_skew)
                doctor_say(doctor, DOCTOR_OK, "clock", NULL, "%s", kept);
        else if (apart > SKEW_FAIL)
                doctor_say(doctor, DOCTOR_FAIL, "clock", mend,
                           "it is %" PRId64 " s %s the provider's: sending is held", apart,
                           skew > 0 ? "ahead of" : "behind");
        else if (apart > SKEW_WARN)
                doctor_say(doctor, DOCTOR_WARN, "clock", mend,
                           "it is %" PRId64 " s %s the "
                           "provider's; %s",
                           apart, skew > 0 ? "ahead of" : "behind", kept);
        else
                doctor_say(doctor, DOCTOR_OK, "clock", NULL, "it agrees with the provider's; %s",
                           kept);
}

/* --- approval ------------------------------------------------------------------------------- */

static void judge_approval(Doctor *doctor, bool mapped) {
        /* with a profile that uses it, the daemon does not start there */
        if (mapped)
                doctor_say(doctor, approval_is_used(doctor->settings) ? DOCTOR_FAIL : DOCTOR_WARN,
                           "approval",
                           "Leave PrivateUsers= off, and run it outside of rootless containers",
                           "user ids are not real in its user namespace: who dropped a file cannot "
                           "be told, and nobody can approve");
        else
                doctor_say(doctor, DOCTOR_OK, "approval", NULL,
                           "possible: the owners of files are seen as they are");
}

/* --- all of it ------------------------------------------------------------------------------ */

static void without_an_answer(Doctor *doctor, const char *why) {
        static const ProviderFacts nothing = { .text = NULL };

        judge_key_file(doctor);
        doctor_say(doctor, DOCTOR_FAIL, "key", "Have the daemon run, then ask again",
                   "not looked at, and neither provider nor tls: %s", why);
        judge_clock(doctor, &nothing);
        judge_approval(doctor, approval_ids_are_real("/proc/self/uid_map") <= 0);
}

void doctor_provider(Doctor *doctor) {
        const Request request = { .verb = "doctor", .argument = "provider", .wait = true };
        AUTO_FREE char *text = NULL;
        ProviderFacts answer = { .text = NULL };
        int r;

        if (!doctor->runs) { /* nothing is recorded for one that comes later */
                without_an_answer(doctor, "no daemon runs that could ask");
                return;
        }
        r = request_ask(doctor->settings, &request, &text);
        answer.text = text;
        if (r < 0)
                without_an_answer(doctor, strerror(-r));
        else if (r == 0)
                without_an_answer(doctor, "the daemon did not answer within 10 s");
        else if (strncmp(text, "done:", 5) != 0 || !read_answer(&answer))
                without_an_answer(doctor, text);
        else {
                judge_version(doctor, &answer);
                judge_key(doctor, &answer);
                judge_provider(doctor, &answer);
                judge_tls(doctor, &answer);
                judge_clock(doctor, &answer);
                judge_approval(doctor, answer.mapped);
        }
}
