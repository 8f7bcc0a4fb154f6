/* Endpoints of payment intents: get (v1 and v2), list by page (v1) and by cursor (v2). */
#pragma once

#include "tests/sandbox/call.h"

Endpoint payments_get;
Endpoint payments_list_pages;
Endpoint payments_list_cursor;
