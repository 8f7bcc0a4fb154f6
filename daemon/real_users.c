#include "daemon/real_users.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>

#include "jobs/base/cleanup.h"

/* "inside outside count": all of them, each to itself. */
static bool is_identity(const char *map) {
        char *rest;
        unsigned long inside = strtoul(map, &rest, 10);
        unsigned long outside = strtoul(rest, &rest, 10);

        return inside == 0 && outside == 0 && strtoul(rest, &rest, 10) == UINT32_MAX;
}

bool real_users(void) {
        AUTO_CLOSE int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
        char map[128];
        ssize_t n;

        if (fd < 0) /* a kernel without user namespaces */
                return true;
        n = read(fd, map, sizeof(map) - 1);
        if (n < 0)
                return false;
        map[n] = '\0';
        return is_identity(map);
}
