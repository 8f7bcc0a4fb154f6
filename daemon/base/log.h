/* Log: one line a fact, to the journal with its structured fields, or to stderr as `<N>message` on
 * a terminal or pipe. Only daemon/ logs, and each fact once.
 *
 *   err     an operator must act           warning  retrying, or something is odd
 *   notice  a file was taken or finished   info     start, stop, reload     debug  the rest
 *
 * What an operator acts on, or looks for afterwards, is a message of the one table log_messages.h:
 * log_message(). It has its level and its MESSAGE_ID there, and `journalctl -x` explains it.
 *
 * What goes into no line at any level: the key (whatever looks like one is cut short); and, unless
 * [service] log_references is set, a reference, the provider's words, and what in a file's name
 * looks like an address or a tax id. So these are not part of a format: they are handed in beside
 * it (LogPlace, log_append_name) and left out here. Data in a line is made visible, so that it
 * cannot forge one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "jobs/base/text.h"

typedef enum LogField {
        WITH_NOTHING = 0,
        WITH_BATCH = 1 << 0,
        WITH_LINE = 1 << 1,
        WITH_STATUS = 1 << 2,
        WITH_CODE = 1 << 3,
} LogField;

typedef enum LogMessage {
#define MESSAGE(symbol, level, fields, id) symbol,
#include "daemon/base/log_messages.h"
#undef MESSAGE
        MESSAGE_COUNT
} LogMessage;

/* the structured fields BATCH, LINE, STATUS, CODE; and ORDER, PROVIDER where they may be logged */
typedef struct LogPlace {
        int64_t batch; /* 0: none */
        uint32_t line; /* 0: none */
        const char *status;
        const char *code;     /* of ours; never the provider's word */
        const char *order;    /* the reference */
        const char *provider; /* what the provider said */
} LogPlace;

#define LOG_NOWHERE ((LogPlace){ 0 })

void log_open(int max_level); /* LOG_DEBUG: everything */
void log_allow_references(bool allowed);
bool log_allows_references(void);

/* The place has at least the fields of the message. */
void log_message(LogMessage message, LogPlace place, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* LOG_INFO or LOG_DEBUG: what nobody acts on. All that is more is in the table. */
void log_write(int level, LogPlace place, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
#define log_say(message, ...) log_message(message, LOG_NOWHERE, __VA_ARGS__)
#define log_info(...)         log_write(LOG_INFO, LOG_NOWHERE, __VA_ARGS__)

/* Inside of a transaction nothing has happened yet: what is logged between log_begin() and
 * log_commit() is kept, and said then; log_rollback() forgets it. */
void log_begin(void);
void log_commit(void);
void log_rollback(void);

/* Appends a file's name, visible, at most `max` characters, without what looks like an e-mail
 * address or a tax id (log_name.c). */
int log_append_name(Buffer *line, Text name, size_t max);

/* Of the table. */
int log_message_level(LogMessage message);
const char *log_message_id(LogMessage message);
LogField log_message_fields(LogMessage message);
