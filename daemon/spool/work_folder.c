#include "daemon/spool/work_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/base/notify.h"

typedef struct Needed {
        void *sources; /* tsearch(3): identities whose copy a batch still needs */
} Needed;

static int compare(const void *a, const void *b) {
        return strcmp(a, b);
}

static int need(void *userdata, const Batch *batch) {
        Needed *needed = userdata;
        char *source;

        notify_working("looking through the batches");
        if (batch->archived)
                return 0;
        source = strdup(batch->source);
        if (!source || !tsearch(source, &needed->sources, compare)) {
                free(source);
                return -ENOMEM;
        }
        return 0;
}

static bool ends_with(const char *name, const char *ending, char *ret_stem, size_t size) {
        size_t n = strlen(name), m = strlen(ending);

        if (n <= m || n - m >= size || strcmp(name + n - m, ending) != 0)
                return false;
        memcpy(ret_stem, name, n - m);
        ret_stem[n - m] = '\0';
        return true;
}

bool work_folder_is(int work, const char *name, const char *identity) {
        char now[SPOOL_IDENTITY_SIZE];
        struct stat st;
        size_t n;

        if (fstatat(work, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return false;
        spool_identify(&st, now);
        n = (size_t) (strrchr(now, '-') - now);
        return strncmp(now, identity, n + 1) == 0;
}

static void clean_entry(int work, const char *name, Needed *needed) {
        char identity[SPOOL_IDENTITY_SIZE];

        notify_working("looking through the work folder");
        if (ends_with(name, ".taken", identity, sizeof(identity))) {
                if (work_folder_is(work, name, identity))
                        (void) unlinkat(work, name, 0);
                else
                        log_say(MESSAGE_FILE_LEFT_OVER,
                                "work/%s is a dropped file that could not be put back; move it to incoming/ by hand",
                                name);
        } else if (ends_with(name, ".csv", identity, sizeof(identity))) {
                if (!tfind(identity, &needed->sources, compare))
                        (void) unlinkat(work, name, 0);
        }
}

int work_folder_clean(const Spool *spool, Ledger *ledger) {
        int work = spool_work(spool);
        Needed needed = { NULL };
        unsigned all = (1U << BATCH_STATE_COUNT) - 1;
        int r = ledger_batches(ledger, all, need, &needed);
        int fd = r < 0 ? -1 : openat(work, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *directory = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        if (r >= 0 && !directory)
                r = -errno;
        while (directory && (entry = readdir(directory)))
                clean_entry(work, entry->d_name, &needed);
        if (directory)
                (void) closedir(directory);
        else if (fd >= 0)
                (void) close(fd);
        tdestroy(needed.sources, free);
        return r < 0 ? r : 0;
}
