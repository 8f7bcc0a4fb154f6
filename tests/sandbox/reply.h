/* Reply: an answer made into an HTTP response. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/sandbox/request.h"

struct MHD_Connection;

/* Queues it. The answer is borrowed until the request is completed. `date` (UTC) goes into
 * the Date header. */
bool reply_queue(struct MHD_Connection *connection, Answer *answer, int64_t date);
