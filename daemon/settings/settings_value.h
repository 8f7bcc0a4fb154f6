/* Readers of one settings value each, all of type SettingParse (settings_table.h): text to the
 * field that the table names. Private to settings*.c. Empty text is a value where the name says so.
 */
#pragma once

#include "daemon/settings/settings_table.h"

#define DECLARE_VALUE(name) const char *name(StringPool *pool, const char *text, void *ret_value)

DECLARE_VALUE(value_text);             /* const char *; may be empty */
DECLARE_VALUE(value_text_or_null);     /* const char *; empty: NULL */
DECLARE_VALUE(value_name);             /* const char *: letters, digits, `.` `_` `-` */
DECLARE_VALUE(value_version);          /* const char *: the same, may be empty */
DECLARE_VALUE(value_path);             /* const char *: absolute, may be empty */
DECLARE_VALUE(value_directory);        /* const char *: absolute, without a slash at the end */
DECLARE_VALUE(value_provider_url);     /* const char *: https, or http to this machine */
DECLARE_VALUE(value_page_url_or_null); /* const char *: https; empty: NULL */
DECLARE_VALUE(value_proxy);            /* const char *; may be empty */
DECLARE_VALUE(value_group);            /* const char *; "" allowed */
DECLARE_VALUE(value_run);              /* const char *: {year}, {month}, {day}, {week} */
DECLARE_VALUE(value_methods_or_null);  /* const char *: payment methods; empty: NULL */
DECLARE_VALUE(value_zone);             /* const char * */
DECLARE_VALUE(value_duration);         /* int64_t, microseconds */
DECLARE_VALUE(value_duration_some);    /* int64_t, microseconds, above 0 */
DECLARE_VALUE(value_duration_or_zero); /* int64_t, microseconds; empty: 0 */
DECLARE_VALUE(value_size);             /* uint64_t, bytes, above 0 */
DECLARE_VALUE(value_rate);             /* double, per second; `unlimited`: 0 */
DECLARE_VALUE(value_in_flight);        /* unsigned, 1 to 1000 */
DECLARE_VALUE(value_canary);           /* unsigned */
DECLARE_VALUE(value_count_or_zero);    /* int64_t; empty: 0 */
DECLARE_VALUE(value_share);            /* double, 0 to 1; empty: -1 */
DECLARE_VALUE(value_sum_limit);        /* SumLimit; empty: none */
DECLARE_VALUE(value_amount);           /* int64_t, above 0 */
DECLARE_VALUE(value_currency);         /* Currency; empty: CURRENCY_XXX */
DECLARE_VALUE(value_api);              /* ApiVersion */
DECLARE_VALUE(value_unsettled);        /* OnUnsettled */
DECLARE_VALUE(value_conflict);         /* OnCustomerConflict */
DECLARE_VALUE(value_language);         /* Language */
DECLARE_VALUE(value_amount_format);    /* AmountFormat; empty: unset */
DECLARE_VALUE(value_mark);             /* char; empty and `none`: 0 */
DECLARE_VALUE(value_delimiter);        /* char; `auto`: 0 */
DECLARE_VALUE(value_encoding);         /* Encoding */
DECLARE_VALUE(value_policy);           /* Policy */
DECLARE_VALUE(value_yes_no);           /* bool */
DECLARE_VALUE(value_cents);            /* bool: `minor` false, `cents` true */

/* `field, Header` of a column.N, cut in two; what is wrong, or NULL. */
const char *value_column(StringPool *pool, const char *text, OrderColumn *ret_column);
/* ... of [payouts]. */
const char *value_payout_column(StringPool *pool, const char *text, OrderColumn *ret_column);
/* Can it be the name of a profile, of its folder, of an installation? */
bool value_is_name(const char *text);
