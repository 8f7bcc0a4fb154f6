/* What the tests of the settings share: real files in a folder of their own. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/settings/settings.h"

static char folder[] = "/tmp/test_settings.XXXXXX";

static const char *path_of(const char *name) {
        static char path[512];

        (void) snprintf(path, sizeof(path), "%s/%s", folder, name);
        return path;
}

static inline void write_bytes(const char *name, const char *text, size_t size) {
        FILE *file = fopen(path_of(name), "we");

        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
}

static inline void write_file(const char *name, const char *text) {
        write_bytes(name, text, strlen(text));
}

static inline Settings *load_good(const char *text) {
        AUTO_FREE char *complaint = NULL;
        Settings *settings = NULL;
        int r;

        write_file("a.conf", text);
        r = settings_load(path_of("a.conf"), &settings, &complaint);
        if (r != 0)
                print_error("%s", complaint);
        assert_int_equal(r, 0);
        return settings;
}

/* The complaint, without the folder in front of the file's name. */
static inline char *load_bad(const char *text, size_t size, int expected) {
        char *complaint = NULL;
        Settings *settings = NULL;

        write_bytes("a.conf", text, size);
        assert_int_equal(settings_load(path_of("a.conf"), &settings, &complaint), expected);
        assert_null(settings);
        assert_non_null(complaint);
        return complaint;
}

static inline int make_folder(void **state) {
        (void) state;
        return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state) {
        static const char *const names[] = {
                "checkoutd.conf.d/10.conf",
                "checkoutd.conf.d/20.conf",
                "checkoutd.conf.d/30.conf~",
                "checkoutd.conf.d",
                "a.conf",
                "key",
                "api_key",
                "",
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(names); i++)
                (void) remove(path_of(names[i]));
        return 0;
}
