/* Person: who types the command. The environment is believed only where sudo(8) made it: when the
 * real user is root, or the service itself (the owner of the store). */
#pragma once

#include <sys/types.h>

#define PERSON_NONE ((uid_t) -1)

/* The person who called sudo, as its SUDO_UID says; PERSON_NONE: there is none. Whether to believe
 * it is the caller's to know. */
uid_t person_of_sudo(void);
/* Who logged in, as the kernel's audit remembers through su and sudo; PERSON_NONE: it does not.
 * `path`: /proc/self/loginuid. Never a proof by itself: services and containers have none. */
uid_t person_of_login(const char *path);
/* Whom a request that is recorded in this store comes from. */
uid_t person_asking(const char *store);
