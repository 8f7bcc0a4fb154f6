#include "daemon/ctl/person.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

uid_t person_of_sudo(void) {
        const char *sudo = getenv("SUDO_UID");
        unsigned long uid;
        char *end;

        if (!sudo || *sudo < '0' || *sudo > '9')
                return PERSON_NONE;
        errno = 0;
        uid = strtoul(sudo, &end, 10);
        return errno == 0 && *end == '\0' && uid < UINT32_MAX ? (uid_t) uid : PERSON_NONE;
}

uid_t person_asking(const char *store) {
        uid_t uid = getuid();
        struct stat st;

        if (person_of_sudo() == PERSON_NONE)
                return uid;
        return uid == 0 || (stat(store, &st) == 0 && st.st_uid == uid) ? person_of_sudo() : uid;
}
