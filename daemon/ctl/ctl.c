#include "daemon/ctl/ctl.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/file_writer.h"
#include "jobs/base/civil.h"

#define COMPLAINT_MAX 2000

int ctl_option(Ctl *ctl, int argc, char **argv, const struct option *options, int *ret_exit) {
        return ctl_option_short(ctl, argc, argv, "", options, ret_exit);
}

int ctl_option_short(Ctl *ctl, int argc, char **argv, const char *shorts,
                     const struct option *options, int *ret_exit) {
        int c;

        while ((c = getopt_long(argc, argv, shorts, options, NULL)) >= 0) {
                switch (c) {
                case OPTION_CONFIG:
                        ctl->config = optarg;
                        break;
                case OPTION_JSON:
                        ctl->json = true;
                        break;
                case OPTION_HELP:
                        ctl_help(stdout, argv[0]);
                        *ret_exit = EXIT_GOOD;
                        return '?';
                case '?': /* getopt has said what is wrong */
                        ctl_help(stderr, argv[0]);
                        *ret_exit = EX_USAGE;
                        return '?';
                default:
                        return c;
                }
        }
        return -1;
}

int ctl_usage(const char *command, const char *format, ...) {
        AUTO_FREE char *text = NULL;
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = vasprintf(&text, format, arguments);
        va_end(arguments);
        if (r >= 0)
                ctl_complain("%s: %s", command, text);
        ctl_help(stderr, command);
        return EX_USAGE;
}

void ctl_complain(const char *format, ...) {
        AUTO_BUFFER visible = BUFFER_EMPTY;
        AUTO_FREE char *text = NULL;
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = vasprintf(&text, format, arguments);
        va_end(arguments);
        if (r >= 0 && text_append_visible(&visible, text_of(text), COMPLAINT_MAX) >= 0 &&
            visible.data)
                (void) fprintf(stderr, "checkoutctl: %s\n", visible.data);
}

int ctl_print(const Buffer *text) {
        int r = file_write_all(STDOUT_FILENO, text->data, text->size);

        if (r < 0 && r != -EPIPE) /* who reads knows when he has read enough */
                ctl_complain("cannot write: %s", strerror(-r));
        return r < 0 ? EX_IOERR : EXIT_GOOD;
}

int ctl_failed(const char *what, int error) {
        assert(error < 0);
        ctl_complain("%s: %s", what, strerror(-error));
        return EX_IOERR;
}

int ctl_load_settings(const Ctl *ctl, Settings **ret_settings) {
        AUTO_FREE char *complaint = NULL;
        int r = settings_load(ctl->config, ret_settings, &complaint);

        if (r != 0 && complaint)
                (void) fputs(complaint, stderr);
        return r;
}

static int no_permission(const char *path) {
        ctl_complain("you have no right to the store %s; operators run: "
                     "sudo -u checkoutd checkoutctl ...",
                     path);
        return EX_NOPERM;
}

int ctl_open_ledger(const Settings *settings, LedgerMode mode, Ledger **ret_ledger) {
        const char *path = settings->store.database;
        int r;

        /* asked first, because SQLite says of both only that it cannot open the file; reading needs
         * to write too, beside the store */
        r = access(path, R_OK | W_OK) < 0 && errno == EACCES ? -EACCES
                                                             : ledger_open(path, mode, ret_ledger);
        if (r >= 0)
                return EXIT_GOOD;
        if (r == -EACCES)
                return no_permission(path);
        if (r == -ENOENT)
                ctl_complain("there is no store %s yet; has checkoutd been started?", path);
        else if (r == -EILSEQ)
                ctl_complain("the store %s was made by a newer version of checkoutd", path);
        else if (r == -ESTALE)
                ctl_complain("the store %s is of an older version; start checkoutd once", path);
        else if (r == -EUCLEAN)
                ctl_complain("the store %s is damaged, or no store of checkoutd", path);
        else
                ctl_complain("the store %s cannot be opened: %s", path, strerror(-r));
        return EX_IOERR;
}

int ctl_ledger_failed(const Ledger *ledger, int error) {
        const char *text = ledger_error_text(ledger);

        assert(error < 0);
        if (text && *text)
                ctl_complain("the store cannot be read: %s (%s)", strerror(-error), text);
        else
                ctl_complain("the store cannot be read: %s", strerror(-error));
        return EX_IOERR;
}

int64_t ctl_batch_of(const char *text) {
        int64_t number = 0;

        if (*text == 'B' || *text == 'b')
                text++;
        if (!*text)
                return 0;
        for (; *text; text++) {
                if (*text < '0' || *text > '9' || number > INT32_MAX)
                        return 0;
                number = number * 10 + (*text - '0');
        }
        return number;
}

int64_t ctl_wall_clock(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_REALTIME, &now);
        return now.tv_sec * SECOND + now.tv_nsec / 1000;
}

int64_t ctl_read_file(void *fd, uint64_t offset, void *bytes, size_t size) {
        for (;;) {
                ssize_t n = pread(*(const int *) fd, bytes, size, (off_t) offset);

                if (n >= 0)
                        return n;
                if (errno != EINTR)
                        return -errno;
        }
}
