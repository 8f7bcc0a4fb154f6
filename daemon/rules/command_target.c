#include "daemon/rules/command_target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATOR '\x1f' /* no name of a profile, a run or an order holds it */

static Text cut(Text *rest) {
        const char *end = memchr(rest->data, SEPARATOR, rest->size);
        size_t n = end ? (size_t) (end - rest->data) : rest->size;
        Text part = { rest->data, n };

        n += end != NULL;
        *rest = (Text){ rest->data + n, rest->size - n };
        return part;
}

CommandTarget command_target_read(const char *argument) {
        CommandTarget target = { .kind = TARGET_NONE };
        char *end;

        if (strcmp(argument, "all") == 0) {
                target.kind = TARGET_ALL;
        } else if (strcmp(argument, "store") == 0) {
                target.kind = TARGET_STORE;
        } else if (strncmp(argument, "batch ", 6) == 0) {
                errno = 0;
                target.batch = strtoll(argument + 6, &end, 10);
                if (errno == 0 && *end == '\0' && target.batch > 0)
                        target.kind = TARGET_BATCH;
        } else if (strncmp(argument, "order ", 6) == 0) {
                Text rest = text_of(argument + 6);

                target.profile = cut(&rest);
                target.run = cut(&rest);
                target.order = rest;
                if (rest.size > 0)
                        target.kind = TARGET_ORDER;
        }
        return target;
}

int command_target_append(const CommandTarget *target, Buffer *argument) {
        switch (target->kind) {
        case TARGET_ALL:
                return buffer_append_string(argument, "all");
        case TARGET_STORE:
                return buffer_append_string(argument, "store");
        case TARGET_BATCH:
                return buffer_printf(argument, "batch %" PRId64, target->batch);
        case TARGET_ORDER:
                return buffer_printf(argument, "order %.*s%c%.*s%c%.*s", TEXT_ARG(target->profile),
                                     SEPARATOR, TEXT_ARG(target->run), SEPARATOR,
                                     TEXT_ARG(target->order));
        case TARGET_NONE:
                break;
        }
        return -EINVAL;
}

bool command_target_is_in(const CommandTarget *target, const Batch *batch) {
        return text_is(target->profile, batch->profile) &&
               (text_is(target->run, COMMAND_TARGET_ANY_RUN) || text_is(target->run, batch->run));
}
