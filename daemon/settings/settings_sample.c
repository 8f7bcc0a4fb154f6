#include <string.h>

#include "daemon/settings/settings_table.h"

static const char head[] =
        "# checkoutd.conf: the settings of checkoutd. Every key stands here with its default; take\n"
        "# away the `#` in front to change it. Drop-ins: checkoutd.conf.d/*.conf, later wins.\n"
        "# Durations 30s 10min 2h 3d, sizes 64M, rates 50/s; marks are words: comma semicolon tab\n"
        "# dot space apostrophe none. A line has at most 190 bytes, ` #` begins a comment.\n";

static const char payout_columns[] = "# our column, their header; as in [orders] below\n"
                                     "#column.1 = fee, Comision\n";

static const char tail[] =
        "# our column, their header; `-, Header` ignores one\n"
        "#column.1 = amount, Monto a cobrar\n"
        "\n"
        "# The same keys for files dropped in incoming/NAME/; what is not set is as in [orders].\n"
        "#[profile NAME]\n";

int settings_sample_append(Buffer *text) {
        const char *section = "";
        int r = buffer_append_string(text, head);

        for (size_t i = 0; i < n_setting_keys && r >= 0; i++) {
                const SettingKey *key = &setting_keys[i];

                if (strcmp(section, key->section) != 0)
                        r = buffer_printf(text, "\n[%s]\n", key->section);
                section = key->section;
                if (r >= 0)
                        r = buffer_printf(text, "# %s\n#%s =%s%s\n", key->about, key->key,
                                          *key->standard ? " " : "", key->standard);
                if (r >= 0 && strcmp(section, SECTION_PAYOUTS) == 0)
                        r = buffer_append_string(text, payout_columns);
        }
        return r < 0 ? r : buffer_append_string(text, tail);
}
