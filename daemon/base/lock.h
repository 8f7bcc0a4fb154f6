/* Lock: one daemon for each spool and each database. The lock belongs to the process and ends with
 * it, however that ends. */
#pragma once

#include <sys/types.h>

/* Takes the lock of `path` below `directory` (an open folder, or AT_FDCWD), made if missing. The fd
 * to be kept open, or -EAGAIN and in `ret_pid` who has it, or negative errno. */
int lock_take(int directory, const char *path, pid_t *ret_pid);
/* Looks who has the lock: 1 and `ret_pid` (0: not to be seen from here), 0 nobody, negative
 * errno. */
int lock_look(const char *path, pid_t *ret_pid);
