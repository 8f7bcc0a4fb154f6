/* Another wall clock: shifted by what a page says, which the flow changes while the daemon runs. The
 * boot and monotonic clocks are left as they are: nobody can set those. A timer on the wall clock
 * rings when the shifted clock says so, as of the moment at which it was armed; one that is cancelled
 * when the clock is set (TFD_TIMER_CANCEL_ON_SET) becomes readable soon after the page has changed. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
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
static _Atomic bool tells_of_sets[TIMERS_MAX];

/* Setting the clock is an event for the kernel; here somebody has to look. */
static void *watch_shift(void *unused) {
        const struct itimerspec now = { .it_value.tv_nsec = 1 };
        const struct timespec pause = { .tv_nsec = NANO / 200 };
        int64_t before = *shift;

        (void) unused;
        for (;;) {
                (void) syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, NULL);
                if (*shift == before)
                        continue;
                before = *shift;
                for (int fd = 0; fd < TIMERS_MAX; fd++)
                        if (tells_of_sets[fd])
                                (void) syscall(SYS_timerfd_settime, fd, 0, &now, NULL);
        }
        return NULL;
}

/* A thread, once the program wants to know; it takes no signals. */
static void begin_watching(void) {
        static bool begun;
        sigset_t all, old;
        pthread_t thread;

        if (begun)
                return;
        begun = true;
        (void) sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &old);
        (void) pthread_create(&thread, NULL, watch_shift, NULL);
        (void) pthread_sigmask(SIG_SETMASK, &old, NULL);
}

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
        if (r == 0 && clock == CLOCK_BOOTTIME)
                shim_tick(time);
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

        if (fd >= 0 && fd < TIMERS_MAX) {
                on_wall_clock[fd] = clock == CLOCK_REALTIME;
                tells_of_sets[fd] = false;
        }
        return fd;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old) {
        struct itimerspec real = *new;

        if (shift && fd >= 0 && fd < TIMERS_MAX && (flags & TFD_TIMER_CANCEL_ON_SET)) {
                tells_of_sets[fd] = true;
                begin_watching();
                return (int) syscall(SYS_timerfd_settime, fd, flags, &real, old);
        }
        if (shift && fd >= 0 && fd < TIMERS_MAX && on_wall_clock[fd] &&
            (flags & TFD_TIMER_ABSTIME) && (real.it_value.tv_sec > 0 || real.it_value.tv_nsec > 0))
                move(&real.it_value, -*shift);
        return (int) syscall(SYS_timerfd_settime, fd, flags, &real, old);
}
