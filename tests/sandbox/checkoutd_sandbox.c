/* checkoutd-sandbox: a simulated payment provider on 127.0.0.1, for newcomers and tests. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>

#include "tests/sandbox/sandbox.h"
#include "tests/sandbox/server.h"

/* A connection is a descriptor, and some benchmarks open many. */
static void raise_descriptors(void) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                (void) setrlimit(RLIMIT_NOFILE, &limit);
        }
}

int main(int argc, char **argv) {
        Options options;

        switch (options_parse(argc, argv, &options)) {
        case OPTIONS_EXIT_OK:
                return EX_OK;
        case OPTIONS_EXIT_USAGE:
                return EX_USAGE;
        case OPTIONS_RUN:
                break;
        }
        raise_descriptors();

        CLEANUP(sandbox_free_p) Sandbox *sandbox = sandbox_new(&options);
        if (!sandbox)
                return EX_USAGE;

        int done = server_run(sandbox);
        if (done < 0) {
                (void) fprintf(stderr, "checkoutd-sandbox: %s\n", strerror(-done));
                return EX_IOERR;
        }
        return EX_OK;
}
