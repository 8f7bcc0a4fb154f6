/* What the sub-commands of checkoutctl share: their options, their exit codes, the ways to the
 * settings and the store. Each command is one file, one function and one row of the table in
 * checkoutctl.c; it reads its own arguments and gives the exit code.
 */
#pragma once

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <sysexits.h>

#include "daemon/settings/settings.h"
#include "sql/ledger.h"

/* exit codes besides those of sysexits.h: EX_USAGE, EX_IOERR, EX_NOPERM, EX_CONFIG */
#define EXIT_GOOD 0
#define EXIT_SOME 1 /* some rows are rejected, something differs, something was not found */
#define EXIT_BAD  2 /* a whole file is refused, some rows are unsettled */

typedef struct Ctl {
        const char *config; /* NULL: the default file */
        bool json;
} Ctl;

/* argv[0] is the command's name. Gives the exit code. */
typedef int (*CtlRun)(Ctl *ctl, int argc, char **argv);

int ctl_check(Ctl *ctl, int argc, char **argv);
int ctl_submit(Ctl *ctl, int argc, char **argv);
int ctl_status(Ctl *ctl, int argc, char **argv);
int ctl_report(Ctl *ctl, int argc, char **argv);
int ctl_show(Ctl *ctl, int argc, char **argv);
int ctl_verify(Ctl *ctl, int argc, char **argv);
int ctl_doctor(Ctl *ctl, int argc, char **argv);
int ctl_approve(Ctl *ctl, int argc, char **argv);
int ctl_verb(Ctl *ctl, int argc, char **argv); /* hold ... sync: see verbs.c */

/* --- arguments ------------------------------------------------------------------------------ */

enum {
        OPTION_CONFIG = 256,
        OPTION_JSON,
        OPTION_HELP,
        OPTION_OWN, /* the first one that a command may use */
};

#define CTL_OPTIONS                                                                                \
        { "config", required_argument, NULL, OPTION_CONFIG },                                      \
                { "json", no_argument, NULL, OPTION_JSON }, {                                      \
                "help", no_argument, NULL, OPTION_HELP                                             \
        }

/* The next option that is the command's own; -1: none is left, optind is at the first argument;
 * `?`: the command ends with *ret_exit (help was printed, or the usage complained about). */
int ctl_option(Ctl *ctl, int argc, char **argv, const struct option *options, int *ret_exit);
/* The same for a command that has short options too; getopt(3). */
int ctl_option_short(Ctl *ctl, int argc, char **argv, const char *shorts,
                     const struct option *options, int *ret_exit);
/* One line about wrong usage on stderr, and EX_USAGE. */
int ctl_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Says how the command is used. */
void ctl_help(FILE *stream, const char *command);

/* --- output --------------------------------------------------------------------------------- */

/* One line on stderr, `checkoutctl: ` before it; data in it is made visible. */
void ctl_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Writes all of it to stdout: EXIT_GOOD, or EX_IOERR (complained about, but for a reader who went
 * away). */
int ctl_print(const Buffer *text);
/* Complains of a failed call, and gives the exit code for it. */
int ctl_failed(const char *what, int error);

/* --- settings and store --------------------------------------------------------------------- */

/* EXIT_GOOD, or the exit code after the complaint. */
int ctl_load_settings(const Ctl *ctl, Settings **ret_settings);
int ctl_open_ledger(const Settings *settings, LedgerMode mode, Ledger **ret_ledger);
/* Complains of what the store said. */
int ctl_ledger_failed(const Ledger *ledger, int error);

/* "B000017", "b17" or "17": the batch, 0 if it is none. */
int64_t ctl_batch_of(const char *text);

int64_t ctl_wall_clock(void); /* microseconds since 1970 */
/* The reader of order files (an OrderFileRead): userdata is an open file. */
int64_t ctl_read_file(void *fd, uint64_t offset, void *bytes, size_t size);
