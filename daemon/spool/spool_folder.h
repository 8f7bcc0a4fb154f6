/* The folders of the spool: KIND/ or KIND/PROFILE/ below its root, made where they are missing. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Opens a folder, never through a link; `profile` "": of the default one. The descriptor is the
 * caller's. Negative errno, logged. */
int spool_folder_open(int root, const char *kind, const char *profile, mode_t mode, int *ret_fd);
/* Does the path below `root` still mean the folder that is open? (-1: none is) */
bool spool_folder_is_in_place(const char *root, const char *kind, const char *profile, int fd);
