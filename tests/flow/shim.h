/* The shim, inside: what its files share. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "tests/flow/proof_shim.h"

#define PATH_SIZE ((size_t) PATH_MAX)

/* The file that this variable of the environment names; -1: there is none. */
int shim_open_given(const char *variable, int flags);

/* --- what a descriptor is --------------------------------------------------------------------- */

bool shim_facts_of(int fd, struct stat *ret);
/* A regular file or folder; not what the log lines go to. */
bool shim_is_durable(int fd, struct stat *ret);
bool shim_is_provider(int fd);
/* Whole and absolute; empty when that cannot be told. Both give `path`. */
const char *shim_path_of_fd(int fd, char path[PATH_SIZE]);
const char *shim_path_at(int folder, const char *name, char path[PATH_SIZE]);

/* --- counting and killing --------------------------------------------------------------------- */

typedef enum Fate {
        WHOLE, /* as it is */
        HALF,  /* and then shim_die() */
        FAIL,  /* errno is set */
} Fate;

/* Count a step about to be made, perhaps the last. `error`: how it may fail; 0: it does not. */
Fate shim_step_of_fd(const char *what, int fd, bool divisible, int error);
Fate shim_step_at(const char *what, int folder, const char *name, int error);
void shim_die(void);

/* --- clocks ----------------------------------------------------------------------------------- */

/* Puts another boot clock in the place of this one, if there is to be one. */
void shim_tick(struct timespec *time);
/* What it told, for whoever looks at the page. */
void shim_note_boot(int64_t nanoseconds);

/* --- recording -------------------------------------------------------------------------------- */

bool shim_records(void);
bool shim_is_recorded(const char *path);
bool shim_is_recorded_fd(int fd);
bool shim_is_recorded_folder(const char *path); /* the one below which all is recorded, too */
void shim_record(ShimRecord head, const char *path, const char *to, const void *data);
