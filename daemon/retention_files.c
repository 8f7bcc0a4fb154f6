#include "daemon/retention_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jobs/report/answer.h"

typedef bool (*IsMeant)(const char *name, const char *stem);

static bool begins_with(const char *name, const char *prefix) {
        return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* `B000017.facturas.csv` */
static bool is_original(const char *name, const char *stem) {
        return begins_with(name, stem);
}

/* `facturas.B000017.` and more, also one that was never finished and is hidden; the ending. */
static const char *ending_of(const char *name, const char *stem) {
        if (*name == '.')
                name++;
        return begins_with(name, stem) ? name + strlen(stem) : NULL;
}

static bool is_result(const char *name, const char *stem) {
        const char *ending = ending_of(name, stem);

        return ending && strcmp(ending, "summary.json") != 0 && strcmp(ending, "APPROVAL.txt") != 0;
}

static bool is_ack(const char *name, const char *stem) {
        const char *ending = ending_of(name, stem);

        return ending && begins_with(ending, "ACK.txt");
}

static int remove_from(int folder, const char *stem, IsMeant is_meant) {
        int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *directory = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;
        bool removed = false;
        int r = directory ? 0 : -errno;

        while (r == 0 && directory && (entry = readdir(directory))) {
                if (!is_meant(entry->d_name, stem))
                        continue;
                removed = true;
                if (unlinkat(folder, entry->d_name, 0) < 0 && errno != ENOENT)
                        r = -errno;
        }
        if (r == 0 && removed && fsync(folder) < 0)
                r = -errno;
        if (directory)
                (void) closedir(directory);
        else if (fd >= 0)
                (void) close(fd);
        return r;
}

/* By its path: the profile may be in the settings no more, or its folders not be right. */
static int remove_results(const Settings *settings, const char *profile, const char *stem,
                          IsMeant is_meant) {
        AUTO_FREE char *path = NULL;
        AUTO_CLOSE int folder = -1;

        if (asprintf(&path, "%s/results/%s", settings->spool.directory, profile) < 0)
                return -ENOMEM;
        folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0)
                return errno == ENOENT ? 0 : -errno;
        return remove_from(folder, stem, is_meant);
}

int retention_files_remove(Ledger *ledger, const Settings *settings, const Spool *spool, int64_t id,
                           ForgottenWhat what) {
        AUTO_BUFFER stem = BUFFER_EMPTY;
        AUTO_FREE char *profile = NULL;
        char name[ANSWER_BATCH_SIZE], original[ANSWER_BATCH_SIZE + 1];
        const Batch *batch;
        int r = ledger_batch_get(ledger, id, &batch);

        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        profile = strdup(batch->profile);
        r = profile ? answer_append_stem(&stem, text_of(batch->file)) : -ENOMEM;
        if (r >= 0)
                r = buffer_printf(&stem, ".%s.", answer_batch(id, name));
        if (r < 0)
                return r;
        (void) snprintf(original, sizeof(original), "%s.", answer_batch(id, name));
        r = remove_from(spool_archive(spool), original, is_original);
        if (r >= 0)
                r = remove_from(spool_rejected(spool), original, is_original);
        if (r >= 0)
                r = remove_results(settings, profile, stem.data,
                                   what == FORGOTTEN_BATCH ? is_result : is_ack);
        return r;
}
