/* The table of all settings and what reads it: one row a key. Private to settings*.c.
 *
 *   file, drop-ins --(settings_file: libinih)--> Assignments --(settings_key: the table)-->
 *                                                            Settings --(settings_check: rules
 *                                                            across keys)
 */
#pragma once

#include "daemon/settings/settings.h"

/* Strings that the settings own, freed together. */
typedef struct StringPool {
        char **strings;
        size_t n;
} StringPool;

void string_pool_done(StringPool *pool);
/* The copy, or NULL when there is no memory. */
const char *string_pool_add(StringPool *pool, Text text);
/* Takes allocated memory of any kind; NULL (and it is freed) when there is no memory. */
void *string_pool_own(StringPool *pool, void *memory);

/* `key = value` as it stands in a file */
typedef struct Assignment {
        const char *file;
        unsigned line;
        const char *section, *key, *value;
} Assignment;

/* What was read, in order, and the mistakes found so far; owns all strings of both. */
typedef struct SettingsDraft {
        StringPool pool;
        Assignment *assignments;
        size_t n_assignments;
        Buffer complaints; /* each a line */
} SettingsDraft;

#define SETTINGS_DRAFT_NONE ((SettingsDraft){ .pool = { NULL, 0 } })
void settings_draft_done(SettingsDraft *draft);

/* Adds a line `file:line: [section] key: text` to the complaints; line 0 and empty names are left
 * out. 0 or -ENOMEM. */
int settings_complain(SettingsDraft *draft, const Assignment *where, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Reads one file, or text in memory, into the draft. 0; negative errno: it cannot be read. */
int settings_file_read(SettingsDraft *draft, const char *path);
int settings_text_read(SettingsDraft *draft, const char *name, Text text);

/* --- the table ------------------------------------------------------------------------------ */

/* Reads one value. NULL: done; else what is wrong with it (static text). */
typedef const char *(*SettingParse)(StringPool *pool, const char *text, void *ret_value);

typedef enum SettingUse {
        SETTING_PLAIN,
        SETTING_RULES, /* part of a batch's snapshot: its rows are read by it for ever */
} SettingUse;

/* `[orders]` stands for every profile. */
#define SECTION_ORDERS  "orders"
#define SECTION_PROFILE "profile "
#define SECTION_PAYOUTS "payouts" /* the profile of the provider's own files */

typedef struct SettingKey {
        const char *section;
        const char *key;
        const char *standard; /* the default, as text */
        SettingParse parse;
        bool each;     /* lands in every Profile; else in Settings */
        size_t offset; /* there */
        SettingUse use;
        const char *about; /* one line, for the sample and the manual page */
} SettingKey;

extern const SettingKey setting_keys[];
extern const size_t n_setting_keys;

/* The row of that key; NULL: unknown. Sections of profiles are looked up as [orders]. */
const SettingKey *setting_key_find(const char *section, const char *key);
bool setting_section_is_known(const char *section);
/* Is it `column.N`? Its N. */
bool setting_key_is_column(const char *key, unsigned *ret_number);
/* The known key of that section (or the known section) that looks most like it; NULL: none does. */
const char *setting_key_nearest(const char *section, const char *key);
const char *setting_section_nearest(const char *section);

/* Where that key was set last for that profile (NULL: for none): in its own section, else in the
 * key's. NULL: it was not, its default holds. */
const Assignment *setting_effective(const SettingsDraft *draft, const char *profile,
                                    const SettingKey *key);

/* settings_load(), with or without the drop-ins beside the file. */
int settings_load_all(const char *file, bool drop_ins, Settings **ret_settings,
                      char **ret_complaint);

/* The name of the profile whose section it is; NULL: it is no profile's. */
const char *setting_section_profile(const char *section);

/* Looks at every assignment by itself; complaints go to the draft. 0 or -ENOMEM. */
int settings_check_assignments(SettingsDraft *draft);
/* Makes settings of the draft, which owns what they point to; what cannot be read is left at its
 * default. 0 or -ENOMEM. */
int settings_build(SettingsDraft *draft, Settings *ret_settings);
/* Rules across keys; complaints go to the draft. 0 or -ENOMEM. */
int settings_check(SettingsDraft *draft, const Settings *settings);
