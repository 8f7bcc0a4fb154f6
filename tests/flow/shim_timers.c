/* Timers that are not armed: how work that is due can be kept from being done without a hook in the
 * program. It arms a timer of the boot clock, by which it works, and nothing comes of it; what
 * watches it goes by another clock. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/flow/shim.h"

/* libsystemd's */
typedef struct sd_event_source sd_event_source;
int sd_event_source_set_enabled(sd_event_source *source, int enabled);

typedef union ClockOf {
        void *object; /* ISO C converts no object pointer to a function pointer */
        int (*function)(sd_event_source *, clockid_t *);
} ClockOf;

typedef union SetEnabled {
        void *object;
        int (*function)(sd_event_source *, int);
} SetEnabled;

static bool is_deaf(sd_event_source *source) {
        const ClockOf clock_of = { .object = dlsym(RTLD_NEXT, "sd_event_source_get_time_clock") };
        const char *file = getenv(SHIM_DEAF);
        clockid_t clock;

        return file && access(file, F_OK) == 0 && clock_of.function(source, &clock) >= 0 &&
               clock == CLOCK_BOOTTIME;
}

int sd_event_source_set_enabled(sd_event_source *source, int enabled) {
        const SetEnabled real = { .object = dlsym(RTLD_NEXT, "sd_event_source_set_enabled") };

        if (enabled != 0 && is_deaf(source))
                return 0;
        return real.function(source, enabled);
}
