/* OrderRules: what a profile says about reading and checking its files. Filled from the settings
 * ([orders], [profile NAME]); a snapshot of them is kept with every batch, so that a row is read at
 * sending exactly as it was read at intake. A plain record; strings are borrowed from its maker. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jobs/base/language.h"
#include "jobs/base/money.h"
#include "jobs/order/order.h"

/* stored on disk: never renumber */
typedef enum ApiVersion {
        API_V1 = 1,
        API_V2 = 2,
} ApiVersion;

typedef enum AmountFormat {
        AMOUNT_FORMAT_UNSET,
        AMOUNT_FORMAT_MINOR,   /* an integer in the smallest unit, as the API takes it */
        AMOUNT_FORMAT_DECIMAL, /* people's notation; both marks are set */
} AmountFormat;

typedef enum Encoding {
        ENCODING_AUTO,
        ENCODING_UTF8,
        ENCODING_UTF16LE,
        ENCODING_UTF16BE,
        ENCODING_WINDOWS_1252,
        ENCODING_ASCII, /* never set: a file that does not show which one it has */
} Encoding;

typedef enum Policy {
        POLICY_PARTIAL, /* good rows go on */
        POLICY_STRICT,  /* one bad row refuses the file */
} Policy;

/* column.N = FIELD, HEADER */
typedef struct OrderColumn {
        const char *field;  /* our column's name, or "-" to ignore it */
        const char *header; /* the file's header */
} OrderColumn;

typedef struct OrderRules {
        ApiVersion api;
        Language language;
        const char *timezone;
        Currency currency; /* for rows that have none; CURRENCY_XXX: none is guessed */
        const char *success_url, *cancel_url; /* NULL: none */
        int64_t expires_in;                   /* microseconds from sending; 0: none */
        const char *payment_method_types;     /* as in the column; NULL: none */
        const char *rfc_type;                 /* NULL: an RFC goes to metadata.rfc */
        AmountFormat amount_format;
        char decimal_mark, thousands_mark; /* 0: none */
        char delimiter;                    /* 0: found out */
        Encoding encoding;
        Policy policy;
        int64_t max_amount[CURRENCY_COUNT]; /* smallest unit */
        bool cents; /* of a payout file: its amounts are hundredths of every currency */
        const OrderColumn *columns;
        size_t n_columns;
} OrderRules;

const char *encoding_name(Encoding encoding); /* "UTF-8", "Windows-1252", ... */
