/* Spool: the folders where people and the daemon meet, and the finding of files that are complete.
 *
 *   incoming/[NAME/]  dropped files       results/[NAME/]  what comes back
 *   work/             our own copies      archive/ rejected/  originals when we are through
 *
 * The scan is the truth, inotify only makes it come sooner: an SFTP server that renames by link and
 * unlink is seen as IN_CREATE only, a network file system tells nothing, queues overflow. A file is
 * offered to the taker when it
 *   - was seen renamed into place (IN_MOVED_TO) and is since unchanged, or
 *   - is unchanged (size, mtime, ctime, inode) for `settle` by our own looks at the boot clock, has
 *     one link, and nobody has it open for writing, where the kernel tells us (a read lease).
 * A file that was not renamed and whose last byte is no line end was perhaps cut: it is offered
 * with PROBLEM_FILE_CUT; if it was there at the start (so we cannot know), only once it is
 * unchanged for ten minutes, and then without. Symlinks, FIFOs, devices and folders are never
 * opened.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "daemon/settings/settings.h"
#include "jobs/base/problem.h"
#include "jobs/order/order_totals.h"

typedef struct sd_event sd_event;
typedef struct Spool Spool;

#define SPOOL_IDENTITY_SIZE 160

/* a file of control totals that was read; it goes when its CSV goes */
typedef struct SpoolControl {
        char name[NAME_MAX + 1]; /* in the same folder; "": none */
        char identity[SPOOL_IDENTITY_SIZE];
} SpoolControl;

#define SPOOL_CONTROLS 4 /* NAME.csv.ctl, NAME.ctl, and both with .CTL */

typedef struct SpoolFile { /* offered; borrowed until the function returns, but for `fd` */
        const Profile *profile;
        const char *name; /* in its folder, as it is */
        int fd;           /* opened for reading; the taker's if it takes the file */
        struct stat stat;
        char identity[SPOOL_IDENTITY_SIZE]; /* "dev-ino-size-mtime-ctime" */
        /* PROBLEM_NONE, FILE_CUT, FILE_SIZE (not to be copied), FILE_NAME, FILE_OWNER,
         * FILE_SHARED */
        ProblemCode refused;
        bool waited; /* perhaps cut, but unchanged for ten minutes: the ACK says so */
        SpoolControl control[SPOOL_CONTROLS];
        OrderTotals declared; /* by them */
        bool awaited;         /* totals were waited for as long as they are */
} SpoolFile;

/* 1: it takes the file (and its fd), which is then not offered again until spool_done(); 0: not
 * this one, now; -EAGAIN: no file until spool_look(). */
typedef int (*SpoolTake)(void *userdata, const SpoolFile *file);

/* Opens the folders, making those that are missing, and begins to watch. On failure one line is
 * logged. Folders of a profile with a group are root's to make: while they are not right the
 * profile is held, nothing is taken from it, and its fds may be -1. */
int spool_new(sd_event *event, const Settings *settings, SpoolTake take, void *userdata,
              Spool **ret_spool);
Spool *spool_free(Spool *spool);

/* Called with the taker's userdata after a look that found a folder removed or replaced by another:
 * what is open leads nowhere. */
typedef void (*SpoolDisplaced)(void *userdata);
void spool_on_displaced(Spool *spool, SpoolDisplaced displaced);
/* Are the folders below `root` there, or may they be made? */
bool spool_folders_may_be_opened(const char *root);

/* The taker is through with a file: it is gone, or is to wait and be offered again. */
void spool_done(Spool *spool, const Profile *profile, const char *name, bool gone);
/* The file brings no totals and must: it waits in incoming/ for its .ctl, ten minutes at most after
 * it changed last. */
void spool_await_control(Spool *spool, const Profile *profile, const char *name);
/* The first look: what it finds was there before the daemon. To be called before READY, so that
 * who drops a file after that has it seen as new. */
void spool_look_first(Spool *spool);
/* There is room for more files. */
void spool_look(Spool *spool);
/* Files that are waiting to be offered or are taken; 0 only after a whole look found none. */
unsigned spool_pending(const Spool *spool);

typedef struct SpoolFigures {
        unsigned files;    /* in the incoming folders, as far as they were seen */
        int64_t oldest;    /* wall clock: when the first of them came; 0: there is none */
        int64_t next_look; /* boot clock: armed */
        uint64_t looks;
} SpoolFigures;
void spool_figures(const Spool *spool, SpoolFigures *ret_figures);

/* Looks for the file of that identity in the profile's folder: 1 and its name (owned by the
 * caller), 0 it is not there, negative errno. */
int spool_find(const Spool *spool, const Profile *profile, const char *identity,
               struct stat *ret_stat, char **ret_name);
/* Says which files wait for a person, and how many they are. */
unsigned spool_report_stuck(Spool *spool);
/* Does the name in the folder still mean the file that was offered? */
bool spool_is_same(const Spool *spool, const SpoolFile *file);
/* The identity of what `stat` describes, as in SpoolFile. */
void spool_identify(const struct stat *stat, char ret[static SPOOL_IDENTITY_SIZE]);

int spool_incoming(const Spool *spool, const Profile *profile); /* folder fds, owned by the spool */
int spool_results(const Spool *spool, const Profile *profile);
int spool_work(const Spool *spool);
int spool_archive(const Spool *spool);
int spool_rejected(const Spool *spool);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Spool, spool_free)
