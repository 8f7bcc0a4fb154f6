/* sd_journal_print would add the place of this file to every line */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "daemon/base/log.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "daemon/base/secret.h"
#include "jobs/base/buffer.h"
#include "jobs/base/cleanup.h"

#define MESSAGE_MAX   2000 /* characters of one line */
#define FIELD_MAX     300
#define FIELDS_MAX    8
#define MESSAGE_FIELD "MESSAGE="

typedef enum Target {
        TARGET_TERMINAL, /* the message */
        TARGET_PIPE,     /* <N>message, as sd-daemon(3) reads it */
        TARGET_JOURNAL,  /* with its fields */
} Target;

/* One line, ready to leave. */
typedef struct Entry {
        int level;
        Buffer message; /* MESSAGE=... */
        Buffer fields;  /* NAME=value\n... */
} Entry;

static struct {
        int max_level;
        Target target;
        bool references;
        /* in a transaction: what is said when it is committed */
        bool keeps;
        Entry *kept;
        size_t n_kept;
} log_to = { .max_level = LOG_INFO, .target = TARGET_PIPE };

static const struct {
        int level;
        LogField fields;
        const char *id;
} messages[] = {
#define MESSAGE(symbol, level, fields, id) [symbol] = { level, (LogField) (fields), id },
#include "daemon/base/log_messages.h"
#undef MESSAGE
};

int log_message_level(LogMessage message) {
        return messages[message].level;
}

const char *log_message_id(LogMessage message) {
        return messages[message].id;
}

LogField log_message_fields(LogMessage message) {
        return messages[message].fields;
}

/* --- where to ------------------------------------------------------------------------------- */

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

void log_allow_references(bool allowed) {
        log_to.references = allowed;
}

bool log_allows_references(void) {
        return log_to.references;
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

static int write_journal(const Entry *entry) {
        struct iovec parts[FIELDS_MAX + 1] = { { entry->message.data, entry->message.size } };
        int n = 1;

        for (char *at = entry->fields.data, *end = at + entry->fields.size; at < end; n++) {
                char *line_end = memchr(at, '\n', (size_t) (end - at));

                assert(line_end && n <= FIELDS_MAX);
                parts[n] = (struct iovec){ at, (size_t) (line_end - at) };
                at = line_end + 1;
        }
        return sd_journal_sendv(parts, n);
}

static void deliver(const Entry *entry) {
        size_t skip = strlen(MESSAGE_FIELD);
        AUTO_BUFFER line = BUFFER_EMPTY;
        int r = 0;

        if (log_to.target == TARGET_JOURNAL && write_journal(entry) >= 0)
                return;
        if (log_to.target != TARGET_TERMINAL)
                r = buffer_printf(&line, "<%d>", entry->level);
        if (r >= 0)
                r = buffer_append(&line, entry->message.data + skip, entry->message.size - skip);
        if (r >= 0 && buffer_append_char(&line, '\n') >= 0)
                write_stderr(line.data, line.size);
}

/* --- now, or when it has happened ------------------------------------------------------------ */

static void entry_done(Entry *entry) {
        buffer_done(&entry->message);
        buffer_done(&entry->fields);
}

static void drop_kept(void) {
        for (size_t i = 0; i < log_to.n_kept; i++)
                entry_done(&log_to.kept[i]);
        free(log_to.kept);
        log_to.kept = NULL;
        log_to.n_kept = 0;
        log_to.keeps = false;
}

void log_begin(void) {
        assert(!log_to.keeps);
        log_to.keeps = true;
}

void log_commit(void) {
        for (size_t i = 0; i < log_to.n_kept; i++)
                deliver(&log_to.kept[i]);
        drop_kept();
}

void log_rollback(void) {
        drop_kept();
}

static bool keep(Entry *entry) {
        Entry *kept = realloc(log_to.kept, (log_to.n_kept + 1) * sizeof(*kept));

        if (!kept)
                return false;
        log_to.kept = kept;
        kept[log_to.n_kept++] = *entry;
        *entry = (Entry){ 0 };
        return true;
}

/* --- one line ------------------------------------------------------------------------------- */

/* The text with what could end the line or steer a terminal made visible. */
static __attribute__((format(printf, 2, 0))) int append_message(Buffer *line, const char *format,
                                                                va_list arguments) {
        AUTO_FREE char *text = NULL;

        if (vasprintf(&text, format, arguments) < 0)
                return -ENOMEM;
        return text_append_visible(line, text_of(text), MESSAGE_MAX);
}

static int append_field(Buffer *fields, const char *name, const char *value) {
        int r;

        if (!value)
                return 0;
        r = buffer_printf(fields, "%s=", name);
        if (r >= 0)
                r = text_append_visible(fields, text_of(value), FIELD_MAX);
        return r < 0 ? r : buffer_append_char(fields, '\n');
}

/* What may be said only where references are logged: on the line too, for whoever has no
 * journal. */
static int append_private(Entry *entry, LogPlace place) {
        int r = 0;

        if (!log_to.references)
                return 0;
        if (place.order)
                r = buffer_append_string(&entry->message, "; order ");
        if (r >= 0)
                r = text_append_visible(&entry->message, text_of(place.order), FIELD_MAX);
        if (r >= 0 && place.provider)
                r = buffer_append_string(&entry->message, "; the provider: ");
        if (r >= 0)
                r = text_append_visible(&entry->message, text_of(place.provider), FIELD_MAX);
        if (r >= 0)
                r = append_field(&entry->fields, "ORDER", place.order);
        return r < 0 ? r : append_field(&entry->fields, "PROVIDER", place.provider);
}

static int append_fields(Entry *entry, LogPlace place, const char *id) {
        Buffer *fields = &entry->fields;
        int r = buffer_printf(fields, "PRIORITY=%d\n", entry->level);

        if (r >= 0)
                r = append_field(fields, "MESSAGE_ID", id);
        if (r >= 0 && place.batch > 0)
                r = buffer_printf(fields, "BATCH=B%06" PRId64 "\n", place.batch);
        if (r >= 0 && place.line > 0)
                r = buffer_printf(fields, "LINE=%" PRIu32 "\n", place.line);
        if (r >= 0)
                r = append_field(fields, "STATUS", place.status);
        return r < 0 ? r : append_field(fields, "CODE", place.code);
}

static __attribute__((format(printf, 4, 0))) void
write_line(int level, LogPlace place, const char *id, const char *format, va_list arguments) {
        CLEANUP(entry_done) Entry entry = { .level = level };
        int r;

        assert(level >= LOG_EMERG && level <= LOG_DEBUG && format);
        if (level > log_to.max_level)
                return;
        r = buffer_append_string(&entry.message, MESSAGE_FIELD);
        if (r >= 0)
                r = append_message(&entry.message, format, arguments);
        if (r < 0 || entry.message.size == strlen(MESSAGE_FIELD))
                return;
        if (append_fields(&entry, place, id) < 0 || append_private(&entry, place) < 0)
                return;
        entry.message.size = secret_hide(entry.message.data, entry.message.size);
        entry.fields.size = secret_hide(entry.fields.data, entry.fields.size);
        if (!log_to.keeps || !keep(&entry))
                deliver(&entry);
}

void log_write(int level, LogPlace place, const char *format, ...) {
        va_list arguments;

        assert(level >= LOG_INFO);
        va_start(arguments, format);
        write_line(level, place, NULL, format, arguments);
        va_end(arguments);
}

void log_message(LogMessage message, LogPlace place, const char *format, ...) {
        LogField fields = messages[message].fields;
        va_list arguments;

        assert(!(fields & WITH_BATCH) || place.batch > 0);
        assert(!(fields & WITH_LINE) || place.line > 0);
        assert(!(fields & WITH_STATUS) || place.status);
        assert(!(fields & WITH_CODE) || place.code);
        va_start(arguments, format);
        write_line(messages[message].level, place, messages[message].id, format, arguments);
        va_end(arguments);
}
