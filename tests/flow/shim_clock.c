/* Another wall clock: shifted by what a page says, which the flow changes while the daemon runs. The
 * boot and monotonic clocks are left as they are: nobody can set those. A timer on the wall clock
 * rings when the shifted clock says so, as of the moment at which it was armed. */
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "tests/flow/shim.h"

#define TIMERS_MAX 1024
#define NANO       INT64_C(1000000000)

static const volatile int64_t *shift; /* microseconds; NULL: the clock is as it is */
static bool on_wall_clock[TIMERS_MAX];

__attribute__((constructor)) static void map_shift(void) {
        int fd = shim_open_given(SHIM_CLOCK, O_RDONLY);
        void *page = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*shift), PROT_READ, MAP_SHARED, fd, 0);

        shift = page == MAP_FAILED ? NULL : page;
        if (fd >= 0)
                (void) close(fd);
}

static void move(struct timespec *time, int64_t microseconds) {
        int64_t nanoseconds = time->tv_sec * NANO + time->tv_nsec + microseconds * 1000;

        time->tv_sec = nanoseconds / NANO;
        time->tv_nsec = nanoseconds % NANO;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
        int r = (int) syscall(SYS_clock_gettime, clock, time);

        if (r == 0 && shift && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
                move(time, *shift);
        return r;
}

time_t time(time_t *ret) {
        struct timespec now = { 0 };

        (void) clock_gettime(CLOCK_REALTIME, &now);
        if (ret)
                *ret = now.tv_sec;
        return now.tv_sec;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone) {
        struct timespec now = { 0 };
        int r = clock_gettime(CLOCK_REALTIME, &now);

        (void) zone;
        *ret = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
        return r;
}

int timerfd_create(clockid_t clock, int flags) {
        int fd = (int) syscall(SYS_timerfd_create, clock, flags);

        if (fd >= 0 && fd < TIMERS_MAX)
                on_wall_clock[fd] = clock == CLOCK_REALTIME;
        return fd;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old) {
        struct itimerspec real = *new;

        if (shift && fd >= 0 && fd < TIMERS_MAX && on_wall_clock[fd] &&
            (flags & TFD_TIMER_ABSTIME) && (real.it_value.tv_sec > 0 || real.it_value.tv_nsec > 0))
                move(&real.it_value, -*shift);
        return (int) syscall(SYS_timerfd_settime, fd, flags, &real, old);
}
