/* checkoutd: the daemon, always in the foreground. Arguments and settings; the rest is
 * service.c. */
#include <curl/curl.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "daemon/base/log.h"
#include "daemon/service/service.h"
#include "daemon/settings/settings_value.h"
#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"

static const char help[] =
        "checkoutd [--config FILE] [--once [--timeout 15min]]\n"
        "\n"
        "Watches a folder for invoice files (CSV) and makes every valid row a payment link at\n"
        "Fintoc; the links and everything that is wrong come back as files.\n"
        "\n"
        "  --config FILE    settings (default " SETTINGS_DEFAULT_FILE
        ", then checkoutd.conf.d/*.conf)\n"
        "  --once           work off what is in the spool now, write the results, end:\n"
        "                   0 every row created or already known, 1 some rejected or refused,\n"
        "                   2 some not settled\n"
        "  --timeout TIME   how long --once may take (default 15min)\n"
        "  --help, --version\n"
        "\n"
        "Stops on SIGTERM when the requests in flight have finished; a second one stops it at once.\n";

static int wrong_usage(const char *what) {
        (void) fprintf(stderr, "checkoutd: %s; see checkoutd --help\n", what);
        return EX_USAGE;
}

/* -1: go on; else the exit status. */
static int read_arguments(int argc, char **argv, const char **ret_config, ServiceOptions *options) {
        static const struct option known[] = {
                { "config", required_argument, NULL, 'c' },  { "once", no_argument, NULL, 'o' },
                { "timeout", required_argument, NULL, 't' }, { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, 'v' },       { NULL, 0, NULL, 0 },
        };
        bool timed = false;
        int c;

        while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
                switch (c) {
                case 'c':
                        *ret_config = optarg;
                        break;
                case 'o':
                        options->once = true;
                        break;
                case 't':
                        timed = true;
                        if (value_duration_some(NULL, optarg, &options->timeout))
                                return wrong_usage("--timeout takes a time such as 30s, 15min, 2h");
                        break;
                case 'h':
                        (void) fputs(help, stdout);
                        return 0;
                case 'v':
                        (void) puts("checkoutd " CHECKOUTD_VERSION);
                        return 0;
                default:
                        return wrong_usage("unknown argument");
                }
        }
        if (optind < argc)
                return wrong_usage("there is something left over");
        if (timed && !options->once)
                return wrong_usage("--timeout goes with --once");
        return -1;
}

int main(int argc, char **argv) {
        CLEANUP(settings_free_p) Settings *settings = NULL;
        AUTO_FREE char *complaint = NULL;
        ServiceOptions options = { .timeout = 15 * MINUTE };
        const char *config = NULL;
        int r;

        (void) setlocale(LC_CTYPE, "C.UTF-8");
        log_open(getenv("CHECKOUTD_DEBUG") ? LOG_DEBUG : LOG_INFO);
        r = read_arguments(argc, argv, &config, &options);
        if (r >= 0)
                return r;
        r = settings_load(config, &settings, &complaint);
        if (r != 0) {
                (void) fputs(complaint ? complaint : "checkoutd: out of memory\n", stderr);
                return r;
        }
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return EX_SOFTWARE;
        options.settings = settings;
        options.config = config;
        r = service_run(&options);
        curl_global_cleanup();
        return r;
}
