#include "tests/sandbox/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/payers.h"

static const char help[] =
        "Usage: checkoutd-sandbox [OPTION]...\n"
        "A simulated payment provider on 127.0.0.1: checkout sessions, payment intents and\n"
        "refunds of both API generations, with the provider's rules and switchable faults.\n"
        "The first line printed is `listening on http://127.0.0.1:N`. Stop it with SIGTERM.\n"
        "\n"
        "  --port N               port; 0, the default, takes any\n"
        "  --api-key KEY          the accepted key (default sk_test_sandbox); sk_live_ makes\n"
        "                         live objects\n"
        "  --latency MS[-MS]      milliseconds until a reply, or from-to, drawn evenly\n"
        "  --rate N/s             more than N requests in any second: 429\n"
        "  --fault KIND=P         kinds below, with probability P (0 to 1); repeatable.\n"
        "                         KIND@TARGET: create (default), expire, refund, read, any\n"
        "  --slow MS              how late the fault `slow` is (default 3000)\n"
        "  --seed N               of everything drawn (default 1); the same keys meet the\n"
        "                         same faults and payers in whatever order they come\n"
        "  --ids N                the first session has the same id in every sandbox that is\n"
        "                         given this number, and so on (default: like no other's)\n"
        "  --pay FRACTION         this share of the sessions gets paid\n"
        "  --pay-after SECONDS    that long after their creation (default 0)\n"
        "  --payer KIND=FRACTION  other payers, kinds below; repeatable\n"
        "  --resolve-after SECONDS  from pending to its end (default 60)\n"
        "  --expire-fast FACTOR   sessions run out FACTOR times sooner than they say\n"
        "  --key-lifetime SECONDS idempotency keys are forgotten after it (default 86400)\n"
        "  --known-customer ID    tax id that is a customer already: v2 answers 409; repeatable\n"
        "  --compare bytes|parsed how bodies under one key are compared (default bytes)\n"
        "  --lenient              unknown parameters are accepted\n"
        "  --keep-alive SECONDS   idle connections are closed after it (default never)\n"
        "  --journal FILE         one line per request, tabs between: monotonic microseconds,\n"
        "                         method, path, status (0: no reply), idempotency key, and\n"
        "                         the fault, `replay` or -\n"
        "  --help, --version\n";

static const char help_control[] =
        "\n"
        "What tests ask it (no key needed; bodies are JSON):\n"
        "  GET  /_sandbox/ledger            every session: order, key, id, amount, currency,\n"
        "                                   status, created_at, metadata_checkoutd, api;\n"
        "                                   ?summary=1 counts; ?order=X those of one order\n"
        "  POST /_sandbox/faults            {\"clear\":true, \"set\":{KIND:P}, \"next\":[{\"fault\":KIND,\n"
        "                                   \"match\":TEXT in path or body, \"times\":N}]}\n"
        "  POST /_sandbox/payer             {\"order\":X or \"id\":cs_X, \"do\":ACTION, \"amount\":N}\n"
        "  POST /_sandbox/clock             {\"advance\":SECONDS, \"date_skew\":SECONDS}\n"
        "  POST /_sandbox/keys              {\"forget\":true}\n"
        "  POST /_sandbox/account           {\"api_key\":KEY} accepted from now on; {\"rate\":N}\n"
        "  POST /_sandbox/down              {\"seconds\":S, \"how\":\"refuse\" or \"reset\"}; SIGUSR1 is\n"
        "                                   down until SIGUSR2\n"
        "  GET  /_sandbox/payout.csv        succeeded payments and refunds as the provider's\n"
        "                                   payout report; ?foreign=N adds payments that are\n"
        "                                   not ours, ?wrong=N alters the first N amounts\n";

enum {
        OPTION_PORT = 256,
        OPTION_API_KEY,
        OPTION_LATENCY,
        OPTION_RATE,
        OPTION_FAULT,
        OPTION_SLOW,
        OPTION_SEED,
        OPTION_IDS,
        OPTION_PAY,
        OPTION_PAY_AFTER,
        OPTION_PAYER,
        OPTION_RESOLVE_AFTER,
        OPTION_EXPIRE_FAST,
        OPTION_KEY_LIFETIME,
        OPTION_KNOWN_CUSTOMER,
        OPTION_COMPARE,
        OPTION_LENIENT,
        OPTION_KEEP_ALIVE,
        OPTION_JOURNAL,
        OPTION_HELP,
        OPTION_VERSION,
};

static const struct option long_options[] = {
        { "port", required_argument, NULL, OPTION_PORT },
        { "api-key", required_argument, NULL, OPTION_API_KEY },
        { "latency", required_argument, NULL, OPTION_LATENCY },
        { "rate", required_argument, NULL, OPTION_RATE },
        { "fault", required_argument, NULL, OPTION_FAULT },
        { "slow", required_argument, NULL, OPTION_SLOW },
        { "seed", required_argument, NULL, OPTION_SEED },
        { "ids", required_argument, NULL, OPTION_IDS },
        { "pay", required_argument, NULL, OPTION_PAY },
        { "pay-after", required_argument, NULL, OPTION_PAY_AFTER },
        { "payer", required_argument, NULL, OPTION_PAYER },
        { "resolve-after", required_argument, NULL, OPTION_RESOLVE_AFTER },
        { "expire-fast", required_argument, NULL, OPTION_EXPIRE_FAST },
        { "key-lifetime", required_argument, NULL, OPTION_KEY_LIFETIME },
        { "known-customer", required_argument, NULL, OPTION_KNOWN_CUSTOMER },
        { "compare", required_argument, NULL, OPTION_COMPARE },
        { "lenient", no_argument, NULL, OPTION_LENIENT },
        { "keep-alive", required_argument, NULL, OPTION_KEEP_ALIVE },
        { "journal", required_argument, NULL, OPTION_JOURNAL },
        { "help", no_argument, NULL, OPTION_HELP },
        { "version", no_argument, NULL, OPTION_VERSION },
        { NULL, 0, NULL, 0 },
};

/* A number from `text` up to one of `ends` (which may be the end of the string). */
static bool parse_number(const char *text, const char *ends, double most, double *ret,
                         const char **ret_end) {
        char *end = NULL;

        errno = 0;
        double number = strtod(text, &end);
        if (end == text || errno != 0 || !isfinite(number) || number < 0 || number > most)
                return false;
        if (*end != '\0' && !strchr(ends, *end))
                return false;
        *ret = number;
        if (ret_end)
                *ret_end = end;
        return true;
}

static bool parse_whole(const char *text, double most, double *ret) {
        return parse_number(text, "", most, ret, NULL) && *ret == floor(*ret);
}

static bool parse_seconds(const char *text, int64_t *ret) {
        double seconds = 0;

        if (!parse_number(text, "", 1e9, &seconds, NULL))
                return false;
        *ret = (int64_t) (seconds * (double) SECOND);
        return true;
}

static bool parse_latency(const char *text, Options *options) {
        const char *rest = NULL;
        double least = 0;
        double most = 0;

        if (!parse_number(text, "-", 1e7, &least, &rest))
                return false;
        most = least;
        if (*rest == '-' && !parse_number(rest + 1, "", 1e7, &most, NULL))
                return false;
        options->latency_least = (int64_t) (least * 1000);
        options->latency_most = (int64_t) (most * 1000);
        return least <= most;
}

static bool parse_rate(const char *text, Options *options) {
        const char *rest = NULL;
        double rate = 0;

        if (!parse_number(text, "/", 1e6, &rate, &rest) || rate < 1 || rate != floor(rate) ||
            (*rest == '/' && strcmp(rest, "/s") != 0))
                return false;
        options->rate = (uint32_t) rate;
        return true;
}

static bool parse_share(const char *text, OptionsShare *list, size_t *count) {
        const char *equals = strchr(text, '=');
        double share = 0;

        if (!equals || *count == OPTIONS_LIST || !parse_number(equals + 1, "", 1, &share, NULL))
                return false;
        list[(*count)++] = (OptionsShare){ text, share };
        return true;
}

static bool parse_pay(const char *text, Options *options) {
        double share = 0;

        if (options->payer_count == OPTIONS_LIST || !parse_number(text, "", 1, &share, NULL))
                return false;
        options->payers[options->payer_count++] = (OptionsShare){ "pay=", share };
        return true;
}

static bool parse_key(const char *text, Options *options) {
        options->api_key = text;
        return strncmp(text, "sk_test_", 8) == 0 || strncmp(text, "sk_live_", 8) == 0;
}

static bool parse_customer(const char *text, Options *options) {
        if (options->known_customer_count == OPTIONS_LIST)
                return false;
        options->known_customers[options->known_customer_count++] = text;
        return true;
}

static bool parse_compare(const char *text, Options *options) {
        options->compare_parsed = strcmp(text, "parsed") == 0;
        return options->compare_parsed || strcmp(text, "bytes") == 0;
}

static bool option_take(int option, const char *text, Options *options) {
        double number = 0;
        bool good = true;

        switch (option) {
        case OPTION_PORT:
                good = parse_whole(text, UINT16_MAX, &number);
                options->port = (uint16_t) number;
                return good;
        case OPTION_SEED:
                good = parse_whole(text, 0x1p53, &number);
                options->seed = (uint64_t) number;
                return good;
        case OPTION_IDS:
                good = parse_whole(text, 0x1p53, &number) && number >= 1;
                options->ids = (uint64_t) number;
                return good;
        case OPTION_KEEP_ALIVE:
                good = parse_whole(text, 86400, &number);
                options->keep_alive = (uint32_t) number;
                return good;
        case OPTION_SLOW:
                good = parse_whole(text, 1e7, &number);
                options->slow = (int64_t) number * 1000;
                return good;
        case OPTION_EXPIRE_FAST:
                return parse_number(text, "", 1e12, &options->expire_fast, NULL) &&
                       options->expire_fast >= 1;
        case OPTION_API_KEY:
                return parse_key(text, options);
        case OPTION_LATENCY:
                return parse_latency(text, options);
        case OPTION_RATE:
                return parse_rate(text, options);
        case OPTION_FAULT:
                return parse_share(text, options->faults, &options->fault_count);
        case OPTION_PAY:
                return parse_pay(text, options);
        case OPTION_PAYER:
                return parse_share(text, options->payers, &options->payer_count);
        case OPTION_PAY_AFTER:
                return parse_seconds(text, &options->pay_after);
        case OPTION_RESOLVE_AFTER:
                return parse_seconds(text, &options->resolve_after);
        case OPTION_KEY_LIFETIME:
                return parse_seconds(text, &options->key_lifetime);
        case OPTION_KNOWN_CUSTOMER:
                return parse_customer(text, options);
        case OPTION_COMPARE:
                return parse_compare(text, options);
        case OPTION_LENIENT:
                options->lenient = true;
                return true;
        case OPTION_JOURNAL:
                options->journal = text;
                return true;
        default: /* getopt's `?`, reported by it */
                return false;
        }
}

static OptionsAnswer print_help(void) {
        AUTO_BUFFER lists = BUFFER_EMPTY;

        (void) buffer_append_string(&lists, "\nKinds of faults:\n");
        faults_describe(&lists);
        (void) buffer_append_string(&lists, "\nKinds of payers:\n");
        payers_describe_kinds(&lists);
        (void) buffer_append_string(&lists, "\nActions of /_sandbox/payer:\n");
        payers_describe_actions(&lists);
        (void) printf("%s%s%s", help, lists.data, help_control);
        return fflush(stdout) == 0 ? OPTIONS_EXIT_OK : OPTIONS_EXIT_USAGE;
}

static const char *option_name(int option) {
        for (size_t i = 0; long_options[i].name; i++)
                if (long_options[i].val == option)
                        return long_options[i].name;
        return NULL;
}

OptionsAnswer options_parse(int argc, char **argv, Options *ret_options) {
        Options options = { .api_key = "sk_test_sandbox",
                            .seed = 1,
                            .resolve_after = 60 * SECOND,
                            .expire_fast = 1,
                            .key_lifetime = DAY,
                            .slow = 3 * SECOND };
        int option = 0;

        while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
                if (option == OPTION_HELP)
                        return print_help();
                if (option == OPTION_VERSION) {
                        (void) printf("checkoutd-sandbox %s\n", CHECKOUTD_VERSION);
                        return OPTIONS_EXIT_OK;
                }
                if (option_take(option, optarg, &options))
                        continue;
                if (option_name(option))
                        (void) fprintf(stderr, "checkoutd-sandbox: --%s does not take `%s'\n",
                                       option_name(option), optarg);
                return OPTIONS_EXIT_USAGE;
        }
        if (optind < argc) {
                (void) fprintf(stderr, "checkoutd-sandbox: what is `%s'? Try --help\n",
                               argv[optind]);
                return OPTIONS_EXIT_USAGE;
        }
        *ret_options = options;
        return OPTIONS_RUN;
}
