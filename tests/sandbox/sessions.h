/* Endpoints of checkout sessions: create, get, expire (v1 and v2), list (v2). */
#pragma once

#include "tests/sandbox/call.h"

Endpoint sessions_create;
Endpoint sessions_get;
Endpoint sessions_list;
Endpoint sessions_expire;
