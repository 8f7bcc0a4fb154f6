/* FileWriter: a file that is there whole or not at all. Written under a hidden name beside its
 * place, synced every 4 MB (one sync of a gigabyte would stop the loop for half a second), then
 * synced, renamed into place, and the folder synced. A kill at any point leaves the old file or the
 * new one; hidden left-overs are removed when the same name is written again. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

typedef struct FileWriter FileWriter;

/* `directory` is borrowed and must stay open. Negative errno. */
int file_writer_new(int directory, const char *name, mode_t mode, FileWriter **ret_writer);
FileWriter *file_writer_free(FileWriter *writer); /* gives up what was not committed */
int file_writer_add(FileWriter *writer, const void *bytes, size_t size);
int file_writer_commit(FileWriter *writer);

/* All of it in one call. */
int file_write(int directory, const char *name, mode_t mode, const void *bytes, size_t size);
/* The same, but never synced: for what is written anew before long, and may be lost in a power
 * cut. */
int file_write_unsynced(int directory, const char *name, mode_t mode, const void *bytes,
                        size_t size);

/* All of it to an open file, however often write(2) must be asked; nothing is synced. 0 or negative
 * errno: some of it may be written. */
int file_write_all(int fd, const void *bytes, size_t size);

/* Renames and syncs both folders; -EEXIST: nothing is replaced. */
int file_move(int from_directory, const char *from, int to_directory, const char *to);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(FileWriter, file_writer_free)
