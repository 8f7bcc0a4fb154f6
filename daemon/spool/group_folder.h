/* GroupFolder: the folders of a profile with a `group`. They are made by root, for the service has
 * no right to give a folder to a group that it is not in:
 *
 *   incoming/NAME  3770 SERVICE:GROUP   sticky: nobody removes another's file; setgid: files are
 *   results/NAME   2750 SERVICE:GROUP   of that group, whoever makes them
 *
 * `checkoutctl doctor --tmpfiles` prints the lines for it. The service does not trust what it
 * finds: a profile whose folders are otherwise is held, for a wrong group would read its links.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "daemon/settings/settings.h"

typedef enum GroupFolderKind {
        GROUP_FOLDER_INCOMING,
        GROUP_FOLDER_RESULTS,
} GroupFolderKind;

#define GROUP_NONE ((gid_t) -1)

/* GROUP_NONE: there is no such group. It may ask a directory server, and wait for it. */
gid_t group_folder_gid(const char *group);
/* What is wrong with a folder that is to be of that group, and the service's; NULL: nothing. Static
 * text that goes on from "the folder ... ". */
const char *group_folder_wrong(const struct stat *st, gid_t group, GroupFolderKind kind,
                               uid_t service);

/* The folders of a profile with a group, look after look. Begin with GROUP_FOLDERS_NONE. */
typedef struct GroupFolders {
        gid_t gid; /* asked for until it is known, and then no more */
        bool held; /* what the last look found */
} GroupFolders;

#define GROUP_FOLDERS_NONE ((GroupFolders){ .gid = GROUP_NONE })

/* Looks at both, and opens those that are not open yet (< 0) once both are right; what is open
 * stays open. A change is logged. Gives whether the profile may go on. */
bool group_folders_look(GroupFolders *folders, const char *spool, const Profile *profile,
                        int *incoming, int *results);
