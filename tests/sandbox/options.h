/* Options of the command line. Durations in microseconds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_LIST 64

typedef struct OptionsShare {
        const char *name; /* ends at its `=` */
        double share;
} OptionsShare;

typedef struct Options {
        uint16_t port;
        const char *api_key;
        int64_t latency_least;
        int64_t latency_most;
        uint32_t rate; /* requests in any second, 0: no limit */
        uint64_t seed;
        uint64_t ids; /* 0: like no other sandbox's */
        int64_t pay_after;
        int64_t resolve_after;
        double expire_fast;
        int64_t key_lifetime;
        int64_t slow;
        uint32_t keep_alive; /* seconds, 0: for ever */
        const char *journal;
        bool lenient;
        bool compare_parsed;
        OptionsShare faults[OPTIONS_LIST];
        size_t fault_count;
        OptionsShare payers[OPTIONS_LIST];
        size_t payer_count;
        const char *known_customers[OPTIONS_LIST];
        size_t known_customer_count;
} Options;

typedef enum OptionsAnswer { OPTIONS_RUN, OPTIONS_EXIT_OK, OPTIONS_EXIT_USAGE } OptionsAnswer;

/* Prints help, version and what is wrong itself. Strings are borrowed from argv. */
OptionsAnswer options_parse(int argc, char **argv, Options *ret_options);
