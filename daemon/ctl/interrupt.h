/* Interrupt: Ctrl-C (SIGINT) and SIGTERM while a command waits for the daemon. The first one wakes
 * it up and is noted; a second one ends the program as always. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

void interrupt_catch(void);
bool interrupt_came(void);
int interrupt_signal(void); /* its number; 0: none came */
/* A pause that an interrupt cuts short. */
void interrupt_pause(int milliseconds);
/* All of it, or negative errno; -EINTR: an interrupt came while it waited. */
int interrupt_write(int fd, const char *bytes, size_t size);
