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
} CtlCommand;

static const CtlCommand commands[] = {
        { "check", ctl_check, "[--profile NAME] [--all] FILE...",
          "looks at order files as the daemon will; nothing is sent" },
        { "submit", ctl_submit, "[--profile NAME] [--wait] FILE...",
          "puts order files into the daemon's folder, whole" },
        { "status", ctl_status, "[--follow] [--all] [BATCH]", "what became of the batches" },
        { "show", ctl_show, "ORDER_ID", "everything about one order" },
        { "verify", ctl_verify, "[BATCH]",
          "recounts files, store and results, and says what differs" },
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
                               "       --json: facts as one JSON document\n",
                               command->name, command->arguments, command->about);
}

static void help(FILE *stream) {
        (void) fputs("usage: checkoutctl [--config FILE] COMMAND ...\n\n", stream);
        for (size_t i = 0; i < ELEMENTS(commands); i++)
                (void) fprintf(stream, "  %-8s %-36s %s\n", commands[i].name, commands[i].arguments,
                               commands[i].about);
        (void) fputs("\n  --config FILE   settings, else " SETTINGS_DEFAULT_FILE "\n"
                     "  --json          facts as one JSON document\n"
                     "  --help          of a command too\n"
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
