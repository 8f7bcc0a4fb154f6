#include "daemon/base/turn.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "jobs/base/civil.h"

#define GAP   (SECOND / 1000)
#define AGAIN SECOND
#define NEVER INT64_MAX

struct Turn {
        sd_event_source *timer;
        sd_event_source *clock; /* tells that the wall clock was set */
        int clock_fd;
        TurnFunction function;
        void *userdata;
        int64_t next; /* NEVER: nobody asked */
        uint64_t runs;
        int64_t last_end; /* since when the store is free */
        bool running;
        int complained; /* the last error logged, so that a full disk is said once, not each second */
};

static int64_t read_clock(clockid_t clock) {
        struct timespec now;

        (void) clock_gettime(clock, &now);
        return (int64_t) now.tv_sec * SECOND + now.tv_nsec / 1000;
}

int64_t turn_now(void) {
        return read_clock(CLOCK_BOOTTIME);
}

int64_t turn_monotonic(void) {
        return read_clock(CLOCK_MONOTONIC);
}

int64_t turn_wall(void) {
        return read_clock(CLOCK_REALTIME);
}

uint32_t turn_random(void) {
        uint32_t number;

        if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != (ssize_t) sizeof(number))
                number = (uint32_t) turn_now() * UINT32_C(2654435761); /* early at boot */
        return number;
}

static void arm(Turn *turn) {
        int64_t at = turn->next;

        if (turn->running || at == NEVER)
                return;
        if (at < turn->last_end + GAP)
                at = turn->last_end + GAP;
        (void) sd_event_source_set_time(turn->timer, (uint64_t) at);
        (void) sd_event_source_set_enabled(turn->timer, SD_EVENT_ONESHOT);
}

static void complain(Turn *turn, int error) {
        if (error == turn->complained)
                return;
        if (error == -ENOENT) /* not the file: that is said elsewhere */
                log_say(MESSAGE_STORE_UNWRITABLE,
                        "an entry that must be in the store is missing: see `checkoutctl verify`; nothing is sent meanwhile, trying again every second");
        else if (error < 0)
                log_say(MESSAGE_STORE_UNWRITABLE,
                        "cannot write to the store: %s; nothing is sent until it can be, trying again every second",
                        error == -EUCLEAN ? "it is damaged" : strerror(-error));
        else
                log_say(MESSAGE_STORE_WRITABLE, "the store can be written again");
        turn->complained = error;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Turn *turn = userdata;
        int64_t began = turn_now();
        int r;

        (void) source;
        (void) usec;
        turn->next = NEVER;
        turn->running = true;
        turn->runs++;
        r = turn->function(turn->userdata);
        turn->running = false;
        if (turn->last_end < began)
                turn->last_end = turn_now();
        complain(turn, r < 0 ? r : 0);
        if (r < 0)
                turn->next = turn_now() + AGAIN;
        arm(turn);
        return 0;
}

Turn *turn_free(Turn *turn) {
        if (!turn)
                return NULL;
        (void) sd_event_source_disable_unref(turn->timer);
        (void) sd_event_source_disable_unref(turn->clock);
        close_fd_p(&turn->clock_fd);
        free(turn);
        return NULL;
}

/* --- the wall clock ------------------------------------------------------------------------- */

/* A timer that never rings, but is cancelled when the clock is set. */
static int arm_clock(int fd) {
        const struct itimerspec never = { .it_value.tv_sec = LONG_MAX };
        int r;

        do
                r = timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
        while (r < 0 && errno == ECANCELED); /* set again meanwhile */
        return r < 0 ? -errno : 0;
}

/* What waits for an instant of the wall clock may be due now, or not for long. */
static int on_clock(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Turn *turn = userdata;
        uint64_t rings;

        (void) source;
        (void) events;
        (void) !read(fd, &rings, sizeof(rings)); /* ECANCELED says what we know already */
        turn_ask(turn);
        return arm_clock(fd);
}

static int watch_clock(sd_event *event, Turn *turn) {
        int r;

        turn->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
        if (turn->clock_fd < 0)
                return -errno;
        r = arm_clock(turn->clock_fd);
        return r < 0 ? r
                     : sd_event_add_io(event, &turn->clock, turn->clock_fd, EPOLLIN, on_clock,
                                       turn);
}

int turn_new(sd_event *event, TurnFunction function, void *userdata, Turn **ret_turn) {
        CLEANUP(turn_free_p) Turn *turn = calloc(1, sizeof(*turn));
        int r;

        if (!turn)
                return -ENOMEM;
        turn->function = function;
        turn->userdata = userdata;
        turn->next = NEVER;
        turn->clock_fd = -1;
        /* Accuracy 1: the default of 0 means a quarter of a second. */
        r = sd_event_add_time(event, &turn->timer, CLOCK_BOOTTIME, 0, 1, on_timer, turn);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(turn->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(turn->timer, SD_EVENT_PRIORITY_IDLE);
        if (r >= 0)
                r = watch_clock(event, turn);
        if (r < 0)
                return r;
        *ret_turn = TAKE(turn);
        return 0;
}

int64_t turn_next(const Turn *turn) {
        return turn->next;
}

uint64_t turn_runs(const Turn *turn) {
        return turn->runs;
}

bool turn_has_failed(const Turn *turn) {
        return turn->complained != 0;
}

void turn_store_free(Turn *turn) {
        turn->last_end = turn_now();
}

void turn_ask_at(Turn *turn, int64_t at) {
        if (at >= turn->next)
                return;
        turn->next = at;
        arm(turn);
}

void turn_ask(Turn *turn) {
        turn_ask_at(turn, 0);
}
