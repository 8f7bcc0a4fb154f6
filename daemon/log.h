/* Log: one line a fact, to the journal with its structured fields, or to stderr as `<N>message` on
 * a terminal or pipe. Only daemon/ logs, and each fact once.
 *
 *   err     an operator must act           warning  retrying, or something is odd
 *   notice  a file was taken or finished   info     start, stop, reload     debug  the rest
 *
 * No key, no reference, no text of the provider goes into a line unless log_references is set; data
 * in a line is made visible, so that it cannot forge one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

/* the structured fields BATCH, LINE, STATUS, CODE */
typedef struct LogPlace {
        int64_t batch; /* 0: none */
        uint32_t line; /* 0: none */
        const char *status;
        const char *code;
} LogPlace;

#define LOG_NOWHERE ((LogPlace){ 0 })

void log_open(int max_level); /* LOG_DEBUG: everything */
void log_write(int level, LogPlace place, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
#define log_error(...)  log_write(LOG_ERR, LOG_NOWHERE, __VA_ARGS__)
#define log_warn(...)   log_write(LOG_WARNING, LOG_NOWHERE, __VA_ARGS__)
#define log_notice(...) log_write(LOG_NOTICE, LOG_NOWHERE, __VA_ARGS__)
#define log_info(...)   log_write(LOG_INFO, LOG_NOWHERE, __VA_ARGS__)
