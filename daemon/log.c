/* sd_journal_print would add the place of this file to every line */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "daemon/log.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "jobs/base/buffer.h"
#include "jobs/base/cleanup.h"
#include "jobs/base/text.h"

#define MESSAGE_MAX 2000 /* characters of one line */

typedef enum Target {
        TARGET_TERMINAL, /* the message */
        TARGET_PIPE,     /* <N>message, as sd-daemon(3) reads it */
        TARGET_JOURNAL,  /* with its fields */
} Target;

static struct {
        int max_level;
        Target target;
} log_to = { LOG_INFO, TARGET_PIPE };

/* Is stderr the journal's socket? systemd.exec(5), $JOURNAL_STREAM: device:inode. */
static bool stderr_is_journal(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        AUTO_FREE char *ours = NULL;
        struct stat st;

        if (!stream || fstat(STDERR_FILENO, &st) < 0 ||
            asprintf(&ours, "%" PRIu64 ":%" PRIu64, (uint64_t) st.st_dev, (uint64_t) st.st_ino) < 0)
                return false;
        return strcmp(stream, ours) == 0;
}

void log_open(int max_level) {
        assert(max_level >= LOG_EMERG && max_level <= LOG_DEBUG);
        log_to.max_level = max_level;
        if (stderr_is_journal())
                log_to.target = TARGET_JOURNAL;
        else
                log_to.target = isatty(STDERR_FILENO) ? TARGET_TERMINAL : TARGET_PIPE;
}

/* One write a line: lines of several processes do not mix. */
static void write_stderr(const char *line, size_t size) {
        while (size > 0) {
                ssize_t n = write(STDERR_FILENO, line, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return; /* there is nobody left to tell */
                line += n;
                size -= (size_t) n;
        }
}

typedef struct Fields {
        char text[6][128];
        struct iovec parts[7];
        int n;
} Fields;

static __attribute__((format(printf, 2, 3))) void field_add(Fields *fields, const char *format,
                                                            ...) {
        char *text = fields->text[fields->n];
        va_list arguments;

        va_start(arguments, format);
        (void) vsnprintf(text, sizeof(fields->text[0]), format, arguments);
        va_end(arguments);
        fields->parts[fields->n++] = (struct iovec){ text, strlen(text) };
}

static int write_journal(int level, LogPlace place, const Buffer *message) {
        Fields fields = { .n = 0 };

        field_add(&fields, "PRIORITY=%d", level);
        if (place.batch > 0)
                field_add(&fields, "BATCH=B%06" PRId64, place.batch);
        if (place.line > 0)
                field_add(&fields, "LINE=%" PRIu32, place.line);
        if (place.status)
                field_add(&fields, "STATUS=%s", place.status);
        if (place.code)
                field_add(&fields, "CODE=%s", place.code);
        assert((size_t) fields.n <= ELEMENTS(fields.text));
        fields.parts[fields.n++] = (struct iovec){ message->data, message->size };
        return sd_journal_sendv(fields.parts, fields.n);
}

/* The text with what could end the line or steer a terminal made visible. */
static __attribute__((format(printf, 2, 0))) int append_message(Buffer *line, const char *format,
                                                                va_list arguments) {
        AUTO_FREE char *text = NULL;

        if (vasprintf(&text, format, arguments) < 0)
                return -ENOMEM;
        return text_append_visible(line, text_of(text), MESSAGE_MAX);
}

void log_write(int level, LogPlace place, const char *format, ...) {
        AUTO_BUFFER message = BUFFER_EMPTY;
        AUTO_BUFFER line = BUFFER_EMPTY;
        va_list arguments;
        int r;

        assert(level >= LOG_EMERG && level <= LOG_DEBUG && format);
        if (level > log_to.max_level)
                return;
        va_start(arguments, format);
        r = append_message(&message, format, arguments);
        va_end(arguments);
        if (r < 0 || message.size == 0)
                return;
        if (log_to.target == TARGET_JOURNAL) {
                r = buffer_append_string(&line, "MESSAGE=");
                if (r >= 0)
                        r = buffer_append(&line, message.data, message.size);
                if (r >= 0 && write_journal(level, place, &line) >= 0)
                        return;
                buffer_clear(&line);
        }
        if (log_to.target != TARGET_TERMINAL)
                r = buffer_printf(&line, "<%d>", level);
        if (r >= 0)
                r = buffer_append(&line, message.data, message.size);
        if (r >= 0 && buffer_append_char(&line, '\n') >= 0)
                write_stderr(line.data, line.size);
}
