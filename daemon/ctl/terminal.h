/* The terminal, if there is one: width, colours, locale, a clock. All output is UTF-8. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A locale that knows UTF-8, whatever the environment says: widths are counted with it. */
void terminal_begin(void);

bool terminal_is(int fd);
bool terminal_has_colours(int fd); /* a terminal, and neither NO_COLOR nor TERM=dumb */
unsigned terminal_width(int fd);   /* 80 when it cannot be known */

int64_t terminal_now(void); /* monotonic, microseconds */
