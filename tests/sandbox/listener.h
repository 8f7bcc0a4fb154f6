/* Listener: the port on 127.0.0.1. It can be closed, so that connecting is refused, and opened
 * again on the same port: a second socket that never listens keeps the port meanwhile. */
#pragma once

#include <stdint.h>

typedef struct Listener {
        int fd;     /* -1 while closed */
        int holder; /* keeps the port */
        uint16_t port;
} Listener;

#define LISTENER_NONE ((Listener){ -1, -1, 0 })

/* Port 0 takes any. Negative errno. */
int listener_open(Listener *listener, uint16_t port);
int listener_close(Listener *listener);
int listener_reopen(Listener *listener);
void listener_done(Listener *listener);
