#include "daemon/ctl/person.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uid_t read_uid(const char *text) {
        unsigned long uid;
        char *end;

        if (!text || *text < '0' || *text > '9')
                return PERSON_NONE;
        errno = 0;
        uid = strtoul(text, &end, 10);
        return errno == 0 && *end == '\0' && uid < UINT32_MAX ? (uid_t) uid : PERSON_NONE;
}

uid_t person_of_sudo(void) {
        return read_uid(getenv("SUDO_UID"));
}

uid_t person_of_login(const char *path) {
        FILE *file = fopen(path, "re");
        char text[16] = "";
        uid_t login = PERSON_NONE;

        if (!file)
                return PERSON_NONE;
        if (fgets(text, sizeof(text), file)) {
                text[strcspn(text, "\n")] = '\0';
                login = read_uid(text);
        }
        (void) fclose(file);
        return login;
}

uid_t person_asking(const char *store) {
        uid_t uid = getuid();
        struct stat st;

        if (person_of_sudo() == PERSON_NONE)
                return uid;
        return uid == 0 || (stat(store, &st) == 0 && st.st_uid == uid) ? person_of_sudo() : uid;
}
