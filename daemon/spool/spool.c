#include "daemon/spool/spool.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <strings.h>
#include <sys/inotify.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "daemon/base/log.h"
#include "daemon/base/turn.h"
#include "daemon/spool/group_folder.h"
#include "daemon/spool/spool_control.h"
#include "daemon/spool/spool_folder.h"
#include "jobs/base/civil.h"

#define SCAN_AT_LEAST (2 * SECOND)
#define HINT_DELAY    (SECOND / 100) /* gathers the events of one drop */

/* incoming/ or incoming/NAME/, and where its answers go */
typedef struct Folder {
        Spool *spool;
        const Profile *profile;
        int incoming;
        int results;
        GroupFolders group; /* while they are not as they must be, it is held */
        sd_event_source *watch;
} Folder;

struct Spool {
        const Settings *settings;
        SpoolTake take;
        SpoolDisplaced displaced;
        void *userdata;
        sd_event_source *timer;
        int work, archive, rejected;
        Folder *folders; /* one for each profile */
        size_t n_folders;
        Candidates *candidates;
        int64_t next_scan, wakes_at; /* boot clock */
        uint64_t looks;
        bool looked; /* at least one whole look */
};

/* --- looking -------------------------------------------------------------------------------- */

/* The timer is one for both: scans of the folders, and offers of what is known and ready. */
static void wake_at(Spool *spool, int64_t at) {
        if (at >= spool->wakes_at)
                return;
        spool->wakes_at = at;
        (void) sd_event_source_set_time(spool->timer, (uint64_t) at);
        (void) sd_event_source_set_enabled(spool->timer, SD_EVENT_ONESHOT);
}

static void scan_at(Spool *spool, int64_t at) {
        if (at < spool->next_scan)
                spool->next_scan = at;
        wake_at(spool, at);
}

static void see_entry(Spool *spool, Folder *folder, const char *name, int64_t now) {
        Candidate *candidate;
        struct stat st;

        if (candidate_is_ignored(name))
                return;
        if (fstatat(folder->incoming, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return; /* gone again */
        if (S_ISDIR(st.st_mode) && folder->profile->name[0] == '\0' &&
            (settings_profile(spool->settings, name) || strcmp(name, "approve") == 0 ||
             strcmp(name, "payouts") == 0))
                return;
        candidate =
                candidates_see(spool->candidates, folder->profile, name, &st, now, !spool->looked);
        if (candidate && !S_ISREG(st.st_mode)) /* else no memory: the next scan finds it again */
                candidate_report(candidate, S_ISDIR(st.st_mode)
                                                    ? "is a folder of no profile; it is left alone"
                                                    : "is no regular file; it is left alone");
}

static bool may_look(Folder *folder) {
        return !*folder->profile->group ||
               group_folders_look(&folder->group, folder->spool->settings->spool.directory,
                                  folder->profile, &folder->incoming, &folder->results);
}

static void scan_folder(Spool *spool, Folder *folder, int64_t now) {
        int fd = openat(folder->incoming, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *directory = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        if (!directory) {
                log_say(MESSAGE_SPOOL_UNUSABLE,
                        "cannot look into the incoming folder of profile \"%s\": %s",
                        folder->profile->name, strerror(errno));
                if (fd >= 0)
                        (void) close(fd);
                candidates_keep(spool->candidates, folder->profile);
                return;
        }
        while ((entry = readdir(directory)))
                see_entry(spool, folder, entry->d_name, now);
        (void) closedir(directory);
}

static bool is_in_place(const Spool *spool) {
        const char *root = spool->settings->spool.directory;
        bool in_place = spool_folder_is_in_place(root, "work", "", spool->work) &&
                        spool_folder_is_in_place(root, "archive", "", spool->archive) &&
                        spool_folder_is_in_place(root, "rejected", "", spool->rejected);

        for (size_t i = 0; in_place && i < spool->n_folders; i++) {
                const Folder *folder = &spool->folders[i];

                in_place = spool_folder_is_in_place(root, "incoming", folder->profile->name,
                                                    folder->incoming) &&
                           spool_folder_is_in_place(root, "results", folder->profile->name,
                                                    folder->results);
        }
        return in_place;
}

static void scan(Spool *spool, int64_t now) {
        int64_t settle = spool->settings->spool.settle;

        if (spool->displaced && !is_in_place(spool))
                spool->displaced(spool->userdata);
        candidates_begin(spool->candidates);
        for (size_t i = 0; i < spool->n_folders; i++)
                if (may_look(&spool->folders[i])) /* else what waits there is found later */
                        scan_folder(spool, &spool->folders[i], now);
        candidates_drop_unseen(spool->candidates);
        candidates_report_orphans(spool->candidates, now);
        spool->looked = true;
        spool->next_scan =
                now + (settle / 2 < SCAN_AT_LEAST ? settle / 2 + SECOND / 10 : SCAN_AT_LEAST);
}

static const Folder *folder_of(const Spool *spool, const Profile *profile) {
        size_t i = (size_t) (profile - spool->settings->profiles);

        assert(i < spool->n_folders);
        return &spool->folders[i];
}

/* False: the taker has no room for any file now. */
static bool offer(Spool *spool, Candidate *candidate, int64_t now) {
        const SpoolLimits limits = { spool->settings->spool.settle,
                                     spool->settings->spool.max_file_size };
        SpoolFile file = { .profile = candidate->profile, .name = candidate->name, .fd = -1 };
        int r;

        if (!candidate_open(candidate, folder_of(spool, candidate->profile)->incoming, &limits, now,
                            &file))
                return true;
        if (!spool_control_read(spool->candidates, candidate,
                                folder_of(spool, candidate->profile)->incoming, limits.settle, now,
                                &file)) {
                (void) close(file.fd);
                return true;
        }
        r = spool->take(spool->userdata, &file);
        candidate->taken = r > 0;
        if (r <= 0)
                (void) close(file.fd);
        if (r == 0)
                candidate->wait_until = now + SECOND;
        return r >= 0;
}

/* What is ready, the one that is so for longest first, as long as there is room. */
static void offer_ready(Spool *spool, int64_t now) {
        int64_t settle = spool->settings->spool.settle, ready_at;
        Candidate *candidate;

        while ((candidate = candidates_first(spool->candidates, settle, &ready_at)) &&
               ready_at <= now) {
                if (!offer(spool, candidate, now))
                        return; /* spool_look() goes on */
        }
        if (candidate)
                wake_at(spool, ready_at);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Spool *spool = userdata;
        int64_t now = turn_now();

        (void) source;
        (void) usec;
        spool->wakes_at = INT64_MAX;
        spool->looks++;
        if (now >= spool->next_scan)
                scan(spool, now);
        offer_ready(spool, now);
        wake_at(spool, spool->next_scan);
        return 0;
}

static int on_hint(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        Folder *folder = userdata;
        Spool *spool = folder->spool;
        struct stat st;

        (void) source;
        if ((event->mask & IN_MOVED_TO) && event->len > 0 && !candidate_is_ignored(event->name) &&
            fstatat(folder->incoming, event->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode)) {
                Candidate *candidate = candidates_see(spool->candidates, folder->profile,
                                                      event->name, &st, turn_now(), false);

                if (candidate)
                        candidate->renamed = true;
        }
        scan_at(spool, turn_now() + HINT_DELAY);
        return 0;
}

/* --- folders -------------------------------------------------------------------------------- */

static int check_one_mount(const Spool *spool, const struct stat *root) {
        const int fds[] = { spool->work, spool->archive, spool->rejected,
                            spool->folders[0].incoming, spool->folders[0].results };
        struct stat st;

        for (size_t i = 0; i < ELEMENTS(fds); i++) {
                if (fstat(fds[i], &st) < 0)
                        return -errno;
                if (st.st_dev != root->st_dev) {
                        log_say(MESSAGE_SPOOL_UNUSABLE,
                                "the folders of the spool %s must be on one mount: files are renamed between them",
                                spool->settings->spool.directory);
                        return -EXDEV;
                }
        }
        return 0;
}

static int open_folders(Spool *spool) {
        const char *directory = spool->settings->spool.directory;
        AUTO_CLOSE int root = -1;
        struct stat st;
        int r;

        if (mkdir(directory, 0755) < 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
                log_say(MESSAGE_SPOOL_UNUSABLE, "cannot make %s: %s", directory, strerror(errno));
        root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root < 0 || fstat(root, &st) < 0) {
                r = -errno;
                log_say(MESSAGE_SPOOL_UNUSABLE, "cannot open the spool %s: %s", directory,
                        strerror(-r));
                return r;
        }
        r = spool_folder_open(root, "work", "", 0700, &spool->work);
        if (r >= 0)
                r = spool_folder_open(root, "archive", "", 0700, &spool->archive);
        if (r >= 0)
                r = spool_folder_open(root, "rejected", "", 0700, &spool->rejected);
        for (size_t i = 0; r >= 0 && i < spool->n_folders; i++) {
                Folder *folder = &spool->folders[i];

                if (!may_look(folder) || folder->incoming >= 0)
                        continue;
                r = spool_folder_open(root, "incoming", folder->profile->name, 01770,
                                      &folder->incoming);
                if (r >= 0)
                        r = spool_folder_open(root, "results", folder->profile->name, 0750,
                                              &folder->results);
        }
        return r < 0 ? r : check_one_mount(spool, &st);
}

static int watch_folders(sd_event *event, Spool *spool) {
        for (size_t i = 0; i < spool->n_folders; i++) {
                Folder *folder = &spool->folders[i];
                const char *name = folder->profile->name;
                AUTO_FREE char *path = NULL;
                int r;

                if (folder->group.held)
                        continue;
                if (asprintf(&path, "%s/incoming/%s", spool->settings->spool.directory, name) < 0)
                        return -ENOMEM;
                r = sd_event_add_inotify(event, &folder->watch, path,
                                         IN_MOVED_TO | IN_CREATE | IN_CLOSE_WRITE | IN_ATTRIB |
                                                 IN_ONLYDIR,
                                         on_hint, folder);
                if (r < 0) /* the scan finds everything, only later */
                        log_say(MESSAGE_SPOOL_UNWATCHED,
                                "cannot watch %s: %s; looking every two seconds instead", path,
                                strerror(-r));
        }
        return 0;
}

Spool *spool_free(Spool *spool) {
        if (!spool)
                return NULL;
        for (size_t i = 0; i < spool->n_folders; i++) {
                (void) sd_event_source_disable_unref(spool->folders[i].watch);
                close_fd_p(&spool->folders[i].incoming);
                close_fd_p(&spool->folders[i].results);
        }
        (void) sd_event_source_disable_unref(spool->timer);
        close_fd_p(&spool->work);
        close_fd_p(&spool->archive);
        close_fd_p(&spool->rejected);
        (void) candidates_free(spool->candidates);
        free(spool->folders);
        free(spool);
        return NULL;
}

static int init_folders(Spool *spool) {
        const Settings *settings = spool->settings;

        /* Behind the profiles' own, that of the provider's payout files. */
        spool->folders = calloc(settings->n_profiles + 1, sizeof(*spool->folders));
        if (!spool->folders)
                return -ENOMEM;
        for (; spool->n_folders <= settings->n_profiles; spool->n_folders++)
                spool->folders[spool->n_folders] =
                        (Folder){ .spool = spool,
                                  .profile = &settings->profiles[spool->n_folders],
                                  .group = GROUP_FOLDERS_NONE,
                                  .incoming = -1,
                                  .results = -1 };
        return 0;
}

int spool_new(sd_event *event, const Settings *settings, SpoolTake take, void *userdata,
              Spool **ret_spool) {
        CLEANUP(spool_free_p) Spool *spool = calloc(1, sizeof(*spool));
        int r;

        if (!spool)
                return -ENOMEM;
        spool->settings = settings;
        spool->take = take;
        spool->userdata = userdata;
        spool->work = spool->archive = spool->rejected = -1;
        spool->next_scan = spool->wakes_at = INT64_MAX;
        r = init_folders(spool);
        if (r < 0)
                return r;
        r = candidates_new(&spool->candidates);
        if (r < 0)
                return r;
        r = open_folders(spool);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &spool->timer, CLOCK_BOOTTIME, 0, 1, on_timer, spool);
        if (r < 0)
                return r;
        r = watch_folders(event, spool);
        if (r < 0)
                return r;
        *ret_spool = TAKE(spool);
        return 0;
}

void spool_on_displaced(Spool *spool, SpoolDisplaced displaced) {
        spool->displaced = displaced;
}

/* --- for the taker -------------------------------------------------------------------------- */

void spool_done(Spool *spool, const Profile *profile, const char *name, bool gone) {
        candidates_done(spool->candidates, profile, name, gone);
        wake_at(spool, turn_now());
}

void spool_await_control(Spool *spool, const Profile *profile, const char *name) {
        candidates_await_control(spool->candidates, profile, name);
        wake_at(spool, turn_now());
}

void spool_look_first(Spool *spool) {
        int64_t now = turn_now();

        scan(spool, now);
        offer_ready(spool, now);
        wake_at(spool, spool->next_scan);
}

void spool_look(Spool *spool) {
        wake_at(spool, turn_now());
}

unsigned spool_pending(const Spool *spool) {
        return spool->looked ? candidates_pending(spool->candidates) : 1;
}

void spool_figures(const Spool *spool, SpoolFigures *ret_figures) {
        *ret_figures = (SpoolFigures){ .next_look = spool->wakes_at, .looks = spool->looks };
        ret_figures->files = candidates_there(spool->candidates, &ret_figures->oldest);
}

unsigned spool_report_stuck(Spool *spool) {
        return candidates_report_stuck(spool->candidates);
}

int spool_incoming(const Spool *spool, const Profile *profile) {
        return folder_of(spool, profile)->incoming;
}

int spool_results(const Spool *spool, const Profile *profile) {
        return folder_of(spool, profile)->results;
}

int spool_work(const Spool *spool) {
        return spool->work;
}

int spool_archive(const Spool *spool) {
        return spool->archive;
}

int spool_rejected(const Spool *spool) {
        return spool->rejected;
}
