/* ControlFile: the file of control totals beside an order file, its names and its text. The same
 * for intake and for `checkoutctl check`.
 *
 * `invoices.csv` may have `invoices.csv.ctl`, `invoices.ctl`, or the same with `.CTL`. What is
 * there under such a name was put there to be checked: what is no regular file (it is not followed
 * and never opened), or may not be read, is said in the totals and refuses the order file, and is
 * not taken for nothing. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "jobs/order/order_totals.h"

#define CONTROL_FILE_NAMES 4

/* The i-th name that it may have; empty: it would be too long, or is the same as an earlier one. */
void control_file_name(const char *name, size_t i, char ret[static NAME_MAX + 1]);
/* Is it the one of that order file? */
bool control_file_belongs(const char *control, const char *name);

/* What stands there: 1 and `*ret_stat`: a regular file; 0: nothing, or something else, which is
 * said in `declared`; negative errno. */
int control_file_look(int folder, const char *control, struct stat *ret_stat,
                      OrderTotals *declared);
/* Opens it: 1 and `*ret_fd`; 0: it may not be read, which is said in `declared`; negative errno. */
int control_file_open(int folder, const char *control, OrderTotals *declared, int *ret_fd);
/* Reads its text into `declared`, also what of it is no total: 0, -EAGAIN while its size is another
 * one than `size`, or negative errno. */
int control_file_read(int fd, off_t size, OrderTotals *declared);
