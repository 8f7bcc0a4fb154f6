#include "daemon/ctl/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>

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

void interrupt_pause(int milliseconds) {
        if (!interrupted)
                (void) poll(NULL, 0, milliseconds);
}
