#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>

#include "daemon/settings/settings_table.h"

#define FILE_LARGEST    ((size_t) 1024 * 1024)
#define LINE_LONGEST    190
#define SECTION_LONGEST 49 /* libinih cuts longer ones silently */

void string_pool_done(StringPool *pool) {
        for (size_t i = 0; i < pool->n; i++)
                free(pool->strings[i]);
        free(pool->strings);
        *pool = (StringPool){ NULL, 0 };
}

const char *string_pool_add(StringPool *pool, Text text) {
        char **grown = reallocarray(pool->strings, pool->n + 1, sizeof(*grown));
        char *copy;

        if (!grown)
                return NULL;
        pool->strings = grown;
        copy = strndup(text.size > 0 ? text.data : "", text.size);
        if (copy)
                pool->strings[pool->n++] = copy;
        return copy;
}

void settings_draft_done(SettingsDraft *draft) {
        string_pool_done(&draft->pool);
        free(draft->assignments);
        buffer_done(&draft->complaints);
        *draft = SETTINGS_DRAFT_NONE;
}

int settings_complain(SettingsDraft *draft, const Assignment *where, const char *format, ...) {
        Buffer *text = &draft->complaints;
        AUTO_FREE char *what = NULL;
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = vasprintf(&what, format, arguments);
        va_end(arguments);
        if (r < 0)
                return -ENOMEM;
        r = text_append_visible(text, text_of(where->file), SIZE_MAX);
        if (r >= 0 && where->line > 0)
                r = buffer_printf(text, ":%u", where->line);
        if (r >= 0)
                r = buffer_append_string(text, ": ");
        if (r >= 0 && where->section && *where->section) {
                r = buffer_append_char(text, '[');
                if (r >= 0)
                        r = text_append_visible(text, text_of(where->section), 60);
                if (r >= 0)
                        r = buffer_append_string(text, where->key ? "] " : "]: ");
        }
        if (r >= 0 && where->key) {
                r = text_append_visible(text, text_of(where->key), 60);
                if (r >= 0)
                        r = buffer_append_string(text, ": ");
        }
        if (r >= 0)
                r = text_append_visible(text, text_of(what), SIZE_MAX);
        if (r >= 0)
                r = buffer_append_char(text, '\n');
        return r;
}

void *string_pool_own(StringPool *pool, void *memory) {
        char **grown = reallocarray(pool->strings, pool->n + 1, sizeof(*grown));

        if (!grown) {
                free(memory);
                return NULL;
        }
        pool->strings = grown;
        pool->strings[pool->n++] = memory;
        return memory;
}

/* --- lines ---------------------------------------------------------------------------------- */

typedef struct LineSource {
        SettingsDraft *draft;
        const char *name;
        Text rest;
        unsigned line;
        int error; /* -ENOMEM */
} LineSource;

static Text next_line(LineSource *source) {
        const char *end = memchr(source->rest.data, '\n', source->rest.size);
        Text line = source->rest;

        if (end)
                line.size = (size_t) (end - line.data);
        source->rest.data += line.size + (end ? 1 : 0);
        source->rest.size -= line.size + (end ? 1 : 0);
        source->line++;
        return line;
}

/* Without blanks around it and without its comment. */
static Text strip_line(Text line) {
        line = text_trim(line);
        if (line.size > 0 && (line.data[0] == '#' || line.data[0] == ';'))
                return TEXT_NONE;
        for (size_t i = 1; i < line.size; i++)
                if (line.data[i] == '#' && (line.data[i - 1] == ' ' || line.data[i - 1] == '\t'))
                        return text_trim((Text){ line.data, i });
        return line;
}

/* What is wrong with a line as a line, before libinih sees it; NULL: nothing. */
static const char *line_mistake(Text line) {
        if (line.size > LINE_LONGEST)
                return "the line is longer than 190 bytes";
        for (size_t i = 0; i < line.size; i++)
                if ((unsigned char) line.data[i] < ' ' && line.data[i] != '\t')
                        return "a control character in the line";
        if (!text_is_utf8(line, NULL))
                return "the line is not UTF-8";
        if (line.data[0] == '[') {
                const char *end = memchr(line.data, ']', line.size);

                if (!end || end != line.data + line.size - 1)
                        return "a section must be written like [orders], alone on its line";
                return line.size > SECTION_LONGEST ? "the section's name is too long" : NULL;
        }
        if (line.data[0] == '=' || !memchr(line.data, '=', line.size))
                return "neither `[section]` nor `key = value`";
        return NULL;
}

static int add_assignment(LineSource *source, const char *section, const char *key,
                          const char *value) {
        SettingsDraft *draft = source->draft;
        Assignment *grown =
                reallocarray(draft->assignments, draft->n_assignments + 1, sizeof(*grown));
        Assignment new = { .file = source->name, .line = source->line };

        if (!grown)
                return -ENOMEM;
        draft->assignments = grown;
        new.section = string_pool_add(&draft->pool, text_of(section));
        if (key) {
                new.key = string_pool_add(&draft->pool, text_of(key));
                new.value = string_pool_add(&draft->pool, text_of(value));
        }
        if (!new.section || (key && (!new.key || !new.value)))
                return -ENOMEM;
        draft->assignments[draft->n_assignments++] = new;
        return 0;
}

/* libinih says nothing of sections without keys, but a profile may have none. */
static int note_section(LineSource *source, Text line) {
        AUTO_FREE char *section = strndup(line.data + 1, line.size - 2);

        return section ? add_assignment(source, section, NULL, NULL) : -ENOMEM;
}

/* ini_reader: one line, made harmless: libinih knows no ` #`, takes an indented line for more of
 * the last value, and cuts long lines silently. */
static char *read_line(char *out, int size, void *stream) {
        LineSource *source = stream;
        Assignment here = { .file = source->name };
        const char *mistake;
        Text line;
        int r = 0;

        if (source->rest.size == 0 || source->error < 0)
                return NULL;
        line = strip_line(next_line(source));
        assert(size > LINE_LONGEST + 1);
        if (line.size > 0) {
                mistake = line_mistake(line);
                here.line = source->line;
                if (mistake) {
                        r = settings_complain(source->draft, &here, "%s", mistake);
                        line = TEXT_NONE;
                } else if (line.data[0] == '[') {
                        r = note_section(source, line);
                }
        }
        if (r < 0) {
                source->error = r;
                return NULL;
        }
        if (line.size > 0)
                memcpy(out, line.data, line.size);
        out[line.size] = '\n';
        out[line.size + 1] = '\0';
        return out;
}

/* ini_handler: 1 goes on, 0 would be an error of libinih. */
static int on_assignment(void *userdata, const char *section, const char *key, const char *value) {
        LineSource *source = userdata;
        int r = add_assignment(source, section, key, value);

        if (r < 0)
                source->error = r;
        return r >= 0;
}

int settings_text_read(SettingsDraft *draft, const char *name, Text text) {
        static const char bom[] = "\xef\xbb\xbf";
        LineSource source = { .draft = draft, .rest = text };
        int r;

        source.name = string_pool_add(&draft->pool, text_of(name));
        if (!source.name)
                return -ENOMEM;
        if (text.size >= strlen(bom) && memcmp(text.data, bom, strlen(bom)) == 0) {
                source.rest.data += strlen(bom);
                source.rest.size -= strlen(bom);
        }
        ini_allow_inline_comments = false; /* `;` is a character like others */
        ini_allow_multiline = false;
        r = ini_parse_stream(read_line, &source, on_assignment, &source);
        if (source.error < 0)
                return source.error;
        if (r == 0)
                return 0;
        return settings_complain(draft, &(Assignment){ .file = source.name, .line = (unsigned) r },
                                 "the line is not understood");
}

static int read_whole(int fd, Buffer *text) {
        for (;;) {
                ssize_t n;
                int r = buffer_reserve(text, 4096);

                if (r < 0)
                        return r;
                n = read(fd, text->data + text->size, text->capacity - text->size - 1);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return 0;
                text->size += (size_t) n;
                text->data[text->size] = '\0';
                if (text->size > FILE_LARGEST)
                        return -EFBIG;
        }
}

int settings_file_read(SettingsDraft *draft, const char *path) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        int r;

        if (fd < 0)
                return -errno;
        r = read_whole(fd, &text);
        if (r < 0)
                return r;
        return settings_text_read(draft, path, (Text){ text.data, text.size });
}
