/* Wrap: texts for people, broken at blanks so that a terminal need not break words. A word that is
 * wider than the line stays whole, so that a link can still be copied. */
#pragma once

#include "jobs/base/buffer.h"
#include "jobs/base/text.h"

/* Cells on a terminal: East Asian characters take two, combining ones none. */
size_t wrap_cells(Text text);

/* Appends the text in lines of at most `width` cells, of which the first has `used` ones already;
 * the others begin with `indent` blanks. No line end at the end. 0 or -ENOMEM. */
int wrap_append(Buffer *out, Text text, size_t width, size_t used, size_t indent);
/* Appends all lines of a text for this file: as they are, but for those too long for a terminal,
 * which go on below, two blanks further in. */
int wrap_append_lines(Buffer *out, Text text, int fd);
