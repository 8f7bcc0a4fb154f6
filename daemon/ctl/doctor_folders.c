/* The folders of the spool: are they there, whose are they, who may do what, and are they on one
 * mount; and the tmpfiles.d(5) lines for those of a group. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "daemon/ctl/doctor.h"
#include "daemon/rules/approval.h"
#include "daemon/spool/group_folder.h"

#define SPACE_WARN 1024U /* MiB */
#define SPACE_FAIL 100U
#define INODES     1000U

typedef enum FolderKind {
        FOLDER_INCOMING,
        FOLDER_RESULTS,
        FOLDER_OWN, /* work, archive, rejected */
} FolderKind;

typedef struct Folder {
        FolderKind kind;
        const Profile *profile; /* NULL: the daemon's own */
        const char *path;
        struct statx stat;
} Folder;

/* --- one folder ----------------------------------------------------------------------------- */

static bool serves_group(const Folder *folder) {
        return folder->profile && *folder->profile->group;
}

static const char *remedy_of(const Folder *folder, bool is_there) {
        if (serves_group(folder))
                return "As root: `checkoutctl doctor --tmpfiles | systemd-tmpfiles --create -`, "
                       "and keep its lines in /etc/tmpfiles.d";
        return is_there ? "Give it the owner and mode of /usr/lib/tmpfiles.d/checkoutd.conf"
                        : "Make it as in /usr/lib/tmpfiles.d/checkoutd.conf, or start checkoutd, "
                          "which makes what is missing";
}

static const char *wrong_with_own(const Folder *folder, uid_t service) {
        unsigned mode = folder->stat.stx_mode;

        if (folder->stat.stx_uid != service)
                return "is not owned by the service";
        if ((mode & S_IRWXU) != S_IRWXU)
                return "may not be written to by the service";
        switch (folder->kind) {
        case FOLDER_OWN:
                return (mode & (S_IRWXG | S_IRWXO)) != 0 ? "is open for others (it is to be 0700)"
                                                         : NULL;
        case FOLDER_RESULTS:
                return (mode & S_IRWXO) != 0 ? "lets everybody on this machine see the links"
                       : mode & S_IWGRP      ? "lets people change what comes back"
                                             : NULL;
        case FOLDER_INCOMING:
                return mode & S_IWOTH ? "lets everybody on this machine drop files"
                       : (mode & S_IWGRP) && !(mode & S_ISVTX) && folder->stat.stx_gid != getgid()
                               ? "lets people remove each other's files (it is not sticky)"
                               : NULL;
        }
        return NULL;
}

static const char *wrong_with(const Folder *folder, uid_t service) {
        const struct stat st = { .st_mode = folder->stat.stx_mode,
                                 .st_uid = folder->stat.stx_uid,
                                 .st_gid = folder->stat.stx_gid };

        if (!S_ISDIR(folder->stat.stx_mode))
                return "is no folder";
        if (!serves_group(folder))
                return wrong_with_own(folder, service);
        return group_folder_wrong(&st, group_folder_gid(folder->profile->group),
                                  folder->kind == FOLDER_INCOMING ? GROUP_FOLDER_INCOMING
                                                                  : GROUP_FOLDER_RESULTS,
                                  service);
}

/* --- all of them ---------------------------------------------------------------------------- */

typedef struct Look {
        Doctor *doctor;
        struct statx root;
        unsigned n, n_elsewhere;
} Look;

/* A rename does not go from one mount to another, also where both show the same file system. */
static bool is_same_mount(const struct statx *a, const struct statx *b) {
        return a->stx_dev_major == b->stx_dev_major && a->stx_dev_minor == b->stx_dev_minor &&
               (!(a->stx_mask & b->stx_mask & STATX_MNT_ID) || a->stx_mnt_id == b->stx_mnt_id);
}

static int stat_folder(const char *path, struct statx *ret_stat) {
        return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_MNT_ID,
                     ret_stat) < 0
                       ? -errno
                       : 0;
}

static void look_at(Look *look, FolderKind kind, const Profile *profile, const char *name) {
        AUTO_BUFFER path = BUFFER_EMPTY;
        Folder folder = { .kind = kind, .profile = profile };
        const char *wrong = NULL;
        bool has_profile = profile && *profile->name;
        int r = buffer_printf(&path, "%s/%s%s%s", look->doctor->settings->spool.directory, name,
                              has_profile ? "/" : "", has_profile ? profile->name : "");

        if (r < 0) {
                look->doctor->error = r;
                return;
        }
        folder.path = path.data;
        r = stat_folder(folder.path, &folder.stat);
        look->n++;
        if (r >= 0) {
                wrong = wrong_with(&folder, look->doctor->user);
                look->n_elsewhere += !is_same_mount(&look->root, &folder.stat);
        }
        if (r < 0)
                doctor_say(look->doctor, DOCTOR_FAIL, "folders", remedy_of(&folder, false),
                           "%s: %s", folder.path, strerror(-r));
        else if (wrong)
                doctor_say(look->doctor, serves_group(&folder) ? DOCTOR_FAIL : DOCTOR_WARN,
                           "folders", remedy_of(&folder, true), "%s %s", folder.path, wrong);
}

static void judge_mount(const Look *look) {
        if (look->n_elsewhere > 0)
                doctor_say(look->doctor, DOCTOR_FAIL, "mount",
                           "Mount one file system at the spool itself, none below it",
                           "%u of the folders are on another mount than %s: files cannot be "
                           "renamed between them",
                           look->n_elsewhere, look->doctor->settings->spool.directory);
        else
                doctor_say(look->doctor, DOCTOR_OK, "mount", NULL, "all folders are on one mount");
}

void doctor_folders(Doctor *doctor) {
        static const char *const own[] = { "work", "archive", "rejected" };
        const Settings *settings = doctor->settings;
        Look look = { .doctor = doctor };
        size_t before = doctor->n;
        int r = stat_folder(settings->spool.directory, &look.root);

        if (r < 0) {
                doctor_say(doctor, DOCTOR_FAIL, "folders",
                           "Make it as in /usr/lib/tmpfiles.d/checkoutd.conf, or set [spool] "
                           "directory",
                           "%s: %s", settings->spool.directory, strerror(-r));
                return;
        }
        for (size_t i = 0; i < ELEMENTS(own); i++)
                look_at(&look, FOLDER_OWN, NULL, own[i]);
        for (size_t i = 0; i <= settings->n_profiles; i++) {
                look_at(&look, FOLDER_INCOMING, &settings->profiles[i], "incoming");
                look_at(&look, FOLDER_RESULTS, &settings->profiles[i], "results");
        }
        if (approval_is_used(settings))
                look_at(&look, FOLDER_INCOMING, NULL, "incoming/approve");
        if (doctor_worst(doctor, before) == DOCTOR_OK)
                doctor_say(doctor, DOCTOR_OK, "folders", NULL, "%u below %s, as they must be",
                           look.n, settings->spool.directory);
        judge_mount(&look);
}

/* --- space ---------------------------------------------------------------------------------- */

/* Relative figures say nothing: 5 % of a large disk is enough, of a small one it is not. */
static void look_at_space(Doctor *doctor, const char *path) {
        static const char remedy[] = "Make room, or move it to a larger disk; when the disk is "
                                     "full nothing is taken or sent, and nothing is lost";
        struct statvfs fs;
        uint64_t free_mib;

        if (statvfs(path, &fs) < 0) {
                if (errno != ENOENT) /* said elsewhere */
                        doctor_say(doctor, DOCTOR_FAIL, "space", remedy, "%s: %s", path,
                                   strerror(errno));
                return;
        }
        free_mib = (uint64_t) fs.f_bavail * fs.f_frsize >> 20;
        if (free_mib < SPACE_WARN)
                doctor_say(doctor, free_mib < SPACE_FAIL ? DOCTOR_FAIL : DOCTOR_WARN, "space",
                           remedy, "%" PRIu64 " MiB are free at %s", free_mib, path);
        else if (fs.f_files > 0 && fs.f_favail < INODES)
                doctor_say(doctor, DOCTOR_FAIL, "space", remedy,
                           "%" PRIu64 " more files can be made at %s (inodes)",
                           (uint64_t) fs.f_favail, path);
        else
                doctor_say(doctor, DOCTOR_OK, "space", NULL, "%" PRIu64 " GiB are free at %s",
                           free_mib >> 10, path);
}

void doctor_space(Doctor *doctor) {
        look_at_space(doctor, doctor->settings->spool.directory);
        look_at_space(doctor, doctor->settings->store.database);
}

/* --- tmpfiles.d ----------------------------------------------------------------------------- */

/* As in the packaged tmpfiles.d; where the spool was made otherwise, whoever owns it. */
static int append_owner(const char *directory, Buffer *out) {
        AUTO_BUFFER work = BUFFER_EMPTY;
        const struct passwd *person = NULL;
        struct stat st;
        int r = buffer_printf(&work, "%s/work", directory);

        if (r < 0)
                return r;
        if (stat(work.data, &st) == 0)
                person = getpwuid(st.st_uid);
        return buffer_append_string(out, person ? person->pw_name : "checkoutd");
}

/* What people drop is readable for the service, which is not in their group, and not for others;
 * nor may their group write to it, whatever their umask is. */
static int append_access(const char *incoming, const char *owner, Buffer *out) {
        return buffer_printf(out,
                             "a+ %s - - - - group::rwx,default:user:%s:r--,default:group::r--,"
                             "default:other::---\n",
                             incoming, owner);
}

static int append_lines(const char *directory, const Profile *profile, const char *owner,
                        Buffer *out) {
        const char *name = profile->name, *group = profile->group;
        const char *slash = *name ? "/" : "";
        AUTO_BUFFER incoming = BUFFER_EMPTY;
        int r = buffer_printf(&incoming, "%s/incoming%s%s", directory, slash, name);

        /* `z`: the package has lines that make the folders of all */
        if (r >= 0)
                r = buffer_printf(out, "%c %s 3770 %s %s\n%c %s/results%s%s 2750 %s %s\n",
                                  *name ? 'd' : 'z', incoming.data, owner, group, *name ? 'd' : 'z',
                                  directory, slash, name, owner, group);
        if (r >= 0)
                r = append_access(incoming.data, owner, out);
        if (r < 0 || !*name)
                return r;
        /* the way through the folders above, for that group alone */
        return buffer_printf(out,
                             "a+ %s/incoming - - - - group:%s:--x\n"
                             "a+ %s/results - - - - group:%s:--x\n",
                             directory, group, directory, group);
}

int doctor_tmpfiles(const Settings *settings) {
        const char *directory = settings->spool.directory;
        AUTO_BUFFER out = BUFFER_EMPTY, owner = BUFFER_EMPTY;
        unsigned n = 0;
        int r = append_owner(directory, &owner);

        if (r >= 0)
                r = buffer_printf(&out, "# folders of the profiles with a group in %s\n",
                                  settings->file);
        for (size_t i = 0; i <= settings->n_profiles && r >= 0; i++)
                if (*settings->profiles[i].group) {
                        r = append_lines(directory, &settings->profiles[i], owner.data, &out);
                        n++;
                }
        if (r >= 0 && n == 0)
                r = buffer_append_string(&out, "# there are none: checkoutd makes all folders\n");
        return r < 0 ? ctl_failed("doctor", r) : ctl_print(&out);
}
