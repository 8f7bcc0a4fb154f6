/* checkoutctl: the operator's command. One flat table of sub-commands; each is a file in ctl/. It
 * never calls the provider, and writes to the store only through the daemon. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/terminal.h"

typedef struct CtlCommand {
        const char *name;
        CtlRun run;
        const char *arguments;
        const char *about;
        const char *more; /* lines */
} CtlCommand;

/* what the verbs are about, and what they share */
#define IS_ALL   "    --all        everything\n"
#define IS_BATCH "    --batch B    B000017 or 17\n"
#define IS_ORDER                                                                                   \
        "    --order ID   [--profile NAME] [--run RUN], else the default profile and any run\n"
#define NO_WAIT "  --no-wait      records it only; else 75 when no checkoutd takes it within 10 s\n"

static const CtlCommand commands[] = {
        { "check", ctl_check, "[--profile NAME] [--all] FILE...",
          "looks at order files as the daemon will; nothing is sent", "" },
        { "submit", ctl_submit,
          "[--profile NAME] [--count N] [--sum SUM] [--wait] [--recurring] FILE...",
          "puts order files into the daemon's folder, whole",
          "  --count, --sum what it must hold, like 120 and \"45120300 CLP\", else it is refused\n"
          "  --recurring    it comes again each period: refused unless `run` is set\n" },
        { "status", ctl_status, "[--follow] [--all] [BATCH]", "what became of the batches", "" },
        { "show", ctl_show, "ORDER_ID", "everything about one order", "" },
        { "report", ctl_report, "[WHICH] [--format FORMAT] [-o FILE] [--language es|en]",
          "the rows and their payments, and whether they add up",
          "  WHICH rows: all, or those of every one of\n"
          "    --batch B        and of the files that correct it\n"
          "    --profile NAME   --run RUN\n"
          "    --status STATUS  or several: open,in_progress\n"
          "    --from DAY --to DAY [--by paid|created|expires|due]\n"
          "                     both days included, in the profile's zone; by the day they\n"
          "                     were paid, if --by says nothing else\n"
          "  --format FORMAT    table, csv, json, xlsx or html; else as FILE's name says\n"
          "  -o FILE            whole, or not at all; else standard output\n"
          "  --daily            instead: yesterday's, and those missed before, of every\n"
          "                     profile into its results folder\n" },
        { "verify", ctl_verify, "[BATCH]",
          "recounts files, store and results, and says what differs", "" },
        { "doctor", ctl_doctor, "[--tmpfiles]",
          "looks at everything that checkoutd needs, and says what to mend",
          "  --tmpfiles     prints the tmpfiles.d lines of profiles with a group, instead\n" },
        { "hold", ctl_verb, "WHAT [--no-wait]", "stops sending: everything, a batch or an order",
          "  WHAT is one of\n" IS_ALL IS_BATCH IS_ORDER NO_WAIT },
        { "release", ctl_verb, "WHAT [--no-wait]",
          "lets what is held go on; never lifts an approval",
          "  WHAT is one of\n" IS_ALL IS_BATCH IS_ORDER
          "    --store      this store is the right one, although older or another one\n" NO_WAIT },
        { "approve", ctl_approve, "BATCH [--no-wait]",
          "lets a batch go that waits for a second person",
          "  BATCH is B000017, or B000017-3fd45dd10a99 as it stands in its ACK\n" NO_WAIT },
        { "requeue", ctl_verb, "WHAT [--new-key] [--no-wait]",
          "has refused or unknown orders sent again",
          "  WHAT is one of\n" IS_BATCH IS_ORDER
          "  --new-key      unknown ones too, and those that wait because their order was\n"
          "                 given up before, under another key: only when the provider has\n"
          "                 no session for them, else they get a second one\n" NO_WAIT },
        { "cancel", ctl_verb, "WHAT [--no-wait]",
          "withdraws orders that were not sent, and ends links that were",
          "  WHAT is one of\n" IS_BATCH IS_ORDER
          "  A link can be ended until its payer has begun. Unknown orders are given up:\n"
          "  if they come again, they wait until somebody has looked at the dashboard.\n" NO_WAIT },
        { "reissue", ctl_verb, "--order ID [--no-wait]",
          "ends the link of an order, then makes another one",
          "  WHAT is\n" IS_ORDER
          "  Not while a payment is under way, nor after one: nobody pays twice.\n" NO_WAIT },
        { "sync", ctl_verb, "[WHAT] [--no-wait]",
          "asks the provider now what became of the links, and waits for it",
          "  WHAT is one of, else all that are followed\n" IS_BATCH IS_ORDER NO_WAIT },
        { "forget", ctl_verb, "--order ID [--no-wait]",
          "removes the personal data of an order that is over; never brought back",
          "  WHAT is\n" IS_ORDER NO_WAIT },
};

static const CtlCommand *find_command(const char *name) {
        for (size_t i = 0; i < ELEMENTS(commands); i++)
                if (strcmp(commands[i].name, name) == 0)
                        return &commands[i];
        return NULL;
}

void ctl_help(FILE *stream, const char *name) {
        const CtlCommand *command = find_command(name);

        if (command)
                (void) fprintf(stream,
                               "usage: checkoutctl [--config FILE] %s %s\n"
                               "       %s\n"
                               "%s"
                               "  --json         facts as one JSON document\n",
                               command->name, command->arguments, command->about, command->more);
}

static void help(FILE *stream) {
        (void) fputs("usage: checkoutctl [--config FILE] COMMAND ...\n\n", stream);
        for (size_t i = 0; i < ELEMENTS(commands); i++)
                (void) fprintf(stream, "  %-9s %s\n", commands[i].name, commands[i].about);
        (void) fputs("\n  --config FILE   settings, else " SETTINGS_DEFAULT_FILE "\n"
                     "  --json          facts as one JSON document\n"
                     "  --help          also of a command: its arguments\n"
                     "  --version\n",
                     stream);
}

static int unknown_command(const char *name) {
        if (name)
                ctl_complain("no such command: %s", name);
        help(stderr);
        return EX_USAGE;
}

int main(int argc, char **argv) {
        static const struct option options[] = { CTL_OPTIONS,
                                                 { "version", no_argument, NULL, 'V' },
                                                 { NULL, 0, NULL, 0 } };
        Ctl ctl = { .config = NULL };
        const CtlCommand *command;
        int c;

        terminal_begin();
        (void) signal(SIGPIPE, SIG_IGN); /* a reader who went away is an error of write() */
        while ((c = getopt_long(argc, argv, "+", options, NULL)) >= 0) {
                switch (c) {
                case OPTION_CONFIG:
                        ctl.config = optarg;
                        break;
                case OPTION_JSON:
                        ctl.json = true;
                        break;
                case OPTION_HELP:
                        help(stdout);
                        return EXIT_GOOD;
                case 'V':
                        (void) puts("checkoutctl " CHECKOUTD_VERSION);
                        return EXIT_GOOD;
                default:
                        return unknown_command(NULL);
                }
        }
        if (optind >= argc)
                return unknown_command(NULL);
        command = find_command(argv[optind]);
        if (!command)
                return unknown_command(argv[optind]);
        argc -= optind;
        argv += optind;
        optind = 0; /* getopt(3), glibc: begins anew */
        return command->run(&ctl, argc, argv);
}
