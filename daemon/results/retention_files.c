#include "daemon/results/retention_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "daemon/base/turn.h"
#include "jobs/report/answer.h"

#define DAMAGED "damaged."

typedef enum FilesPlace {
        IN_ARCHIVE,
        IN_REJECTED,
        IN_RESULTS,
        IN_NO_MORE,
} FilesPlace;

static const char *const place_names[] = { "archive", "rejected", "results" };

struct RetentionFiles {
        int64_t batch;
        ForgottenWhat what;
        int folders[IN_RESULTS]; /* borrowed */
        char *results;
        char *stem;                           /* `facturas.B000017.` */
        char original[ANSWER_BATCH_SIZE + 1]; /* `B000017.` */
        bool said;
        FilesPlace place;
        DIR *directory; /* of the place, once it is open */
        bool removed;   /* something of it: it is to be synced */
        unsigned left;
};

/* --- which ------------------------------------------------------------------------------------ */

static bool begins_with(const char *name, const char *prefix) {
        return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* `facturas.B000017.` and more, also one that was never finished and is hidden; the ending. */
static const char *ending_of(const char *name, const char *stem) {
        if (*name == '.')
                name++;
        return begins_with(name, stem) ? name + strlen(stem) : NULL;
}

static bool is_meant(const RetentionFiles *files, const char *name) {
        const char *ending;

        if (files->place == IN_REJECTED && begins_with(name, DAMAGED)) /* intake_lost.c */
                name += strlen(DAMAGED);
        if (files->place != IN_RESULTS) /* `B000017.facturas.csv` */
                return begins_with(name, files->original);
        ending = ending_of(name, files->stem);
        if (!ending)
                return false;
        if (files->what == FORGOTTEN_ORDERS)
                return begins_with(ending, "ACK.txt");
        return strcmp(ending, "summary.json") != 0 && strcmp(ending, "APPROVAL.txt") != 0;
}

/* --- removing --------------------------------------------------------------------------------- */

/* NULL: the folder. */
static void leave(RetentionFiles *files, const char *name, int error) {
        AUTO_BUFFER line = BUFFER_EMPTY;
        char id[ANSWER_BATCH_SIZE];

        files->left++;
        if (files->said || (name && log_append_name(&line, text_of(name), 100) < 0))
                return;
        log_message(
                MESSAGE_FORGET_LEFT, (LogPlace){ .batch = files->batch },
                "%s: %s/%.*s holds personal data and cannot be %s: %s; all else goes on, and it "
                "is tried again every hour",
                answer_batch(files->batch, id), place_names[files->place], (int) line.size,
                name ? line.data : "", name ? "removed" : "looked through", strerror(error));
}

static void remove_entry(RetentionFiles *files, const char *name) {
        if (unlinkat(dirfd(files->directory), name, 0) == 0) {
                files->removed = true;
        } else if (errno != ENOENT) {
                leave(files, name, errno);
        }
}

/* 1: open; 0: there is no such folder, and so nothing in it. */
static int open_place(RetentionFiles *files) {
        const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
        int fd = files->place == IN_RESULTS ? open(files->results, flags)
                                            : openat(files->folders[files->place], ".", flags);

        if (fd < 0)
                return files->place == IN_RESULTS && errno == ENOENT ? 0 : -errno;
        files->directory = fdopendir(fd);
        if (!files->directory) {
                int r = -errno;

                (void) close(fd);
                return r;
        }
        files->removed = false;
        return 1;
}

/* `error`: why its end could not be reached, or what the disk said; 0: nothing of that. */
static void end_place(RetentionFiles *files, int error) {
        if (files->directory && files->removed && fsync(dirfd(files->directory)) < 0 && error == 0)
                error = errno;
        if (error != 0)
                leave(files, NULL, error);
        if (files->directory)
                (void) closedir(TAKE(files->directory));
        files->place++;
}

/* The next entry of the place, or its end. */
static void step(RetentionFiles *files) {
        const struct dirent *entry;
        int r = files->directory ? 1 : open_place(files);

        if (r <= 0) {
                end_place(files, -r);
                return;
        }
        errno = 0;
        entry = readdir(files->directory);
        if (!entry)
                end_place(files, errno);
        else if (is_meant(files, entry->d_name))
                remove_entry(files, entry->d_name);
}

bool retention_files_work(RetentionFiles *files, int64_t deadline) {
        do {
                step(files);
        } while (files->place != IN_NO_MORE && turn_now() < deadline);
        return files->place == IN_NO_MORE;
}

unsigned retention_files_left(const RetentionFiles *files) {
        return files->left;
}

RetentionFiles *retention_files_free(RetentionFiles *files) {
        if (!files)
                return NULL;
        if (files->directory)
                (void) closedir(files->directory);
        free(files->results);
        free(files->stem);
        free(files);
        return NULL;
}

int retention_files_new(const RetentionFilesOptions *options, RetentionFiles **ret_files) {
        CLEANUP(retention_files_free_p) RetentionFiles *files = calloc(1, sizeof(*files));
        AUTO_BUFFER stem = BUFFER_EMPTY;
        char id[ANSWER_BATCH_SIZE];
        int r;

        if (!files)
                return -ENOMEM;
        files->batch = options->batch;
        files->what = options->what;
        files->folders[IN_ARCHIVE] = options->archive;
        files->folders[IN_REJECTED] = options->rejected;
        files->said = options->said;
        (void) snprintf(files->original, sizeof(files->original), "%s.",
                        answer_batch(options->batch, id));
        r = answer_append_stem(&stem, options->name);
        if (r >= 0)
                r = buffer_printf(&stem, ".%s", files->original);
        if (r < 0)
                return r;
        files->stem = strdup(stem.data);
        files->results = strdup(options->results);
        if (!files->stem || !files->results)
                return -ENOMEM;
        *ret_files = TAKE(files);
        return 0;
}
