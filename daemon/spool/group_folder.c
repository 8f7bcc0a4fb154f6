#include "daemon/spool/group_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>

#include "daemon/base/log.h"
#include "jobs/base/cleanup.h"

gid_t group_folder_gid(const char *group) {
        const struct group *known = getgrnam(group);

        return known ? known->gr_gid : GROUP_NONE;
}

const char *group_folder_wrong(const struct stat *st, gid_t group, GroupFolderKind kind,
                               uid_t service) {
        if (!S_ISDIR(st->st_mode))
                return "is no folder";
        if (group == GROUP_NONE)
                return "is to be of a group that there is not";
        if (st->st_uid != service)
                return "is not owned by the service";
        if (st->st_gid != group)
                return "is of another group than its profile";
        if (!(st->st_mode & S_ISGID))
                return "does not give its group to the files in it (setgid)";
        if ((st->st_mode & S_IRWXO) != 0)
                return "is open for everybody";
        switch (kind) {
        case GROUP_FOLDER_INCOMING:
                return !(st->st_mode & S_ISVTX)
                               ? "lets people remove each other's files (not sticky)"
                       : (st->st_mode & S_IRWXG) != S_IRWXG ? "is closed for its group"
                                                            : NULL;
        case GROUP_FOLDER_RESULTS:
                return st->st_mode & S_IWGRP ? "lets its group write" : NULL;
        }
        return NULL;
}

/* one of the two, as it is looked at */
typedef struct Look {
        GroupFolderKind kind;
        const char *name;
        int fd;
        const char *wrong;
} Look;

static void look_at(const char *spool, const Profile *profile, gid_t group, Look *look) {
        AUTO_FREE char *path = NULL;
        struct stat st;

        if (asprintf(&path, "%s/%s/%s", spool, look->name, profile->name) < 0)
                look->wrong = "cannot be looked at";
        else
                look->fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (look->fd < 0)
                look->wrong = errno == ENOENT ? "is not there" : "cannot be opened";
        else if (fstat(look->fd, &st) < 0)
                look->wrong = "cannot be looked at";
        else
                look->wrong = group_folder_wrong(&st, group, look->kind, geteuid());
}

static void say(const char *spool, const Profile *profile, const Look *looks, bool held) {
        if (!held)
                log_say(MESSAGE_PROFILE_GOES_ON,
                        "profile \"%s\" goes on: its folders are as they must be", profile->name);
        for (size_t i = 0; i < 2 && held; i++)
                if (looks[i].wrong)
                        log_say(MESSAGE_PROFILE_HELD,
                                "profile \"%s\" is held: %s/%s/%s %s; see `checkoutctl doctor`",
                                profile->name, spool, looks[i].name, profile->name, looks[i].wrong);
}

static void keep(Look *look, int *fd) {
        if (*fd < 0)
                *fd = take_fd(&look->fd);
        close_fd_p(&look->fd);
}

bool group_folders_look(GroupFolders *folders, const char *spool, const Profile *profile,
                        int *incoming, int *results) {
        Look looks[] = { { GROUP_FOLDER_INCOMING, "incoming", -1, NULL },
                         { GROUP_FOLDER_RESULTS, "results", -1, NULL } };
        bool wrong;

        if (folders->gid == GROUP_NONE)
                folders->gid = group_folder_gid(profile->group);
        look_at(spool, profile, folders->gid, &looks[0]);
        look_at(spool, profile, folders->gid, &looks[1]);
        wrong = looks[0].wrong || looks[1].wrong;
        if (wrong != folders->held)
                say(spool, profile, looks, wrong);
        folders->held = wrong;
        if (wrong) {
                close_fd_p(&looks[0].fd);
                close_fd_p(&looks[1].fd);
                return false;
        }
        keep(&looks[0], incoming);
        keep(&looks[1], results);
        return true;
}
