/* Another boot clock, by which work takes no time: it stands still but for a tick at each look at
 * it, until the program waits for events again. So what a program does until its time is up is as
 * much on a slow and busy machine as on a fast one, and a run has as many steps as the one before.
 * It never goes back, and is not behind the true one when a wait is over; but it may be ahead of it
 * by a turn. */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/flow/shim.h"

#define NANO INT64_C(1000000000)

static int64_t tick; /* nanoseconds; 0: the clock is as it is */
static int64_t told; /* last */

__attribute__((constructor)) static void read_tick(void) {
        const char *text = getenv(SHIM_TICK);

        tick = text ? strtoll(text, NULL, 10) * 1000 : 0;
}

static int64_t true_now(void) {
        struct timespec now;

        (void) syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &now);
        return now.tv_sec * NANO + now.tv_nsec;
}

void shim_tick(struct timespec *time) {
        if (tick == 0)
                return;
        if (told == 0)
                told = true_now();
        told += tick;
        shim_note_boot(told);
        time->tv_sec = told / NANO;
        time->tv_nsec = told % NANO;
}

static int waited(int r) {
        int64_t now = tick > 0 ? true_now() : 0;

        if (told < now)
                told = now;
        return r;
}

int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout, const sigset_t *mask) {
        return waited((int) syscall(SYS_epoll_pwait, fd, events, max, timeout, mask, NSIG / 8));
}

int epoll_pwait2(int fd, struct epoll_event *events, int max, const struct timespec *timeout,
                 const sigset_t *mask) {
        return waited((int) syscall(SYS_epoll_pwait2, fd, events, max, timeout, mask, NSIG / 8));
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout) {
        return epoll_pwait(fd, events, max, timeout, NULL);
}
