/* Endpoints of refunds (v1): create, get, list, cancel. */
#pragma once

#include "tests/sandbox/call.h"

Endpoint refunds_create;
Endpoint refunds_get;
Endpoint refunds_list;
Endpoint refunds_cancel;
