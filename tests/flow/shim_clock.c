/* Other clocks: shifted by what a page says, which the flow changes while the daemon runs.
 *
 * The wall clock can be set by anybody. A timer on it rings when the shifted clock says so, as of
 * the moment at which it was armed; one that is cancelled when the clock is set
 * (TFD_TIMER_CANCEL_ON_SET) becomes readable soon after the page has changed.
 *
 * The boot clock goes on while the machine is suspended: afterwards it is so much later, and what
 * was armed for then rings at once. The monotonic clock is left as it is: it stands still in
 * suspend.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
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

static const volatile ShimClock *shift; /* NULL: the clocks are as they are */
static clockid_t clock_of[TIMERS_MAX];
static _Atomic bool tells_of_sets[TIMERS_MAX];
static _Atomic int64_t rings_at[TIMERS_MAX]; /* of the boot clock, shifted, nanoseconds; 0: never */

static void move(struct timespec *time, int64_t microseconds) {
        int64_t nanoseconds = time->tv_sec * NANO + time->tv_nsec + microseconds * 1000;

        time->tv_sec = nanoseconds / NANO;
        time->tv_nsec = nanoseconds % NANO;
}

static void ring_now(int fd) {
        const struct itimerspec now = { .it_value.tv_nsec = 1 };

        (void) syscall(SYS_timerfd_settime, fd, 0, &now, NULL);
}

static void ring_what_is_late(void) {
        struct timespec now = { 0 };

        (void) syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &now);
        move(&now, shift->boot);
        for (int fd = 0; fd < TIMERS_MAX; fd++) {
                int64_t at = rings_at[fd];

                /* unless it was armed anew just now */
                if (at > 0 && at <= now.tv_sec * NANO + now.tv_nsec &&
                    atomic_compare_exchange_strong(&rings_at[fd], &at, 0))
                        ring_now(fd);
        }
}

/* That a clock is another one is an event for the kernel; here somebody has to look. (What is armed
 * while we look is armed by the new clock, or looked at the next time.) */
static void *watch_shift(void *unused) {
        const struct timespec pause = { .tv_nsec = NANO / 200 };
        int64_t wall = shift->wall;

        (void) unused;
        for (;;) {
                (void) syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, NULL);
                if (shift->boot != 0)
                        ring_what_is_late();
                if (shift->wall == wall)
                        continue;
                wall = shift->wall;
                for (int fd = 0; fd < TIMERS_MAX; fd++)
                        if (tells_of_sets[fd])
                                ring_now(fd);
        }
        return NULL;
}

/* A thread, once the program has a timer; it takes no signals. */
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

int clock_gettime(clockid_t clock, struct timespec *time) {
        int r = (int) syscall(SYS_clock_gettime, clock, time);

        if (r == 0 && shift && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
                move(time, shift->wall);
        if (r == 0 && shift && clock == CLOCK_BOOTTIME)
                move(time, shift->boot);
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
                clock_of[fd] = clock;
                tells_of_sets[fd] = false;
                rings_at[fd] = 0;
        }
        return fd;
}

static bool is_armed(const struct itimerspec *timer) {
        return timer->it_value.tv_sec > 0 || timer->it_value.tv_nsec > 0;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old) {
        bool absolute = flags & TFD_TIMER_ABSTIME;
        struct itimerspec real = *new;

        if (!shift || fd < 0 || fd >= TIMERS_MAX)
                return (int) syscall(SYS_timerfd_settime, fd, flags, new, old);
        begin_watching();
        rings_at[fd] = 0;
        if (flags & TFD_TIMER_CANCEL_ON_SET) {
                tells_of_sets[fd] = true;
        } else if (absolute && is_armed(new) && clock_of[fd] == CLOCK_REALTIME) {
                move(&real.it_value, -shift->wall);
        } else if (absolute && is_armed(new) && clock_of[fd] == CLOCK_BOOTTIME) {
                move(&real.it_value, -shift->boot);
                rings_at[fd] = new->it_value.tv_sec *NANO + new->it_value.tv_nsec;
        }
        if (is_armed(new) && (real.it_value.tv_sec < 0 || !is_armed(&real)))
                real.it_value = (struct timespec){ .tv_nsec = 1 }; /* long ago */
        return (int) syscall(SYS_timerfd_settime, fd, flags, &real, old);
}
