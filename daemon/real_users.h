/* RealUsers: are the user ids that this process sees those of the machine? In a user namespace they
 * are mapped, and all that are not in the map look like one (user_namespaces(7)): who dropped a
 * file cannot be told there. */
#pragma once

#include <stdbool.h>

bool real_users(void);
