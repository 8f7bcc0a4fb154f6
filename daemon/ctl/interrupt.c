#include "daemon/ctl/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
        interrupted = number;
}

/* Without SA_RESTART: what waits is woken up. */
void interrupt_catch(void) {
        struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int) SA_RESETHAND };

        (void) sigaction(SIGINT, &action, NULL);
        (void) sigaction(SIGTERM, &action, NULL);
}

bool interrupt_came(void) {
        return interrupted != 0;
}

int interrupt_signal(void) {
        return interrupted;
}

int interrupt_write(int fd, const char *bytes, size_t size) {
        while (size > 0) {
                ssize_t n = write(fd, bytes, size);

                if (n < 0 && errno == EINTR && !interrupted)
                        continue;
                if (n < 0)
                        return -errno;
                bytes += n;
                size -= (size_t) n;
        }
        return 0;
}

void interrupt_pause(int milliseconds) {
        if (!interrupted)
                (void) poll(NULL, 0, milliseconds);
}
