/* What SIGHUP brings: new settings and a new key, looked at before anything is stopped. */
#pragma once

#include "daemon/service/service_private.h"

/* Reads settings and key_file anew, and keeps them in service->new_settings. False, and said why:
 * they are wrong, or they change the name of the installation or the mode while rows are not final:
 * their keys would not mean the same. */
bool service_may_reload(Service *service);
