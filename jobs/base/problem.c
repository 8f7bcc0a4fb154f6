#include "jobs/base/problem.h"

#include <assert.h>

#include "jobs/base/cleanup.h"

#define VALUE_MAX 60 /* characters of a cell that a reason shows */

typedef struct ProblemText {
        const char *name;
        const char *cause[LANGUAGE_COUNT];
        const char *mend[LANGUAGE_COUNT];
} ProblemText;

static const ProblemText problem_texts[PROBLEM_COUNT] = {
#define PROBLEM(symbol, name, es_cause, es_mend, en_cause, en_mend)                                \
        [symbol] = { name, { es_cause, en_cause }, { es_mend, en_mend } },
#include "jobs/base/problem_codes.h"
#undef PROBLEM
};

static const struct {
        const char *line, *column;
} place_words[LANGUAGE_COUNT] = {
        [LANGUAGE_ES] = { "línea", "columna" },
        [LANGUAGE_EN] = { "line", "column" },
};

const char *problem_name(ProblemCode code) {
        assert(code > PROBLEM_NONE && code < PROBLEM_COUNT);
        return problem_texts[code].name;
}

ProblemCode problem_of_name(Text name) {
        for (ProblemCode code = PROBLEM_NONE + 1; code < PROBLEM_COUNT; code++)
                if (text_is(name, problem_texts[code].name))
                        return code;
        return PROBLEM_NONE;
}

/* Appends one of the table's texts with its placeholders filled in. */
static int append_filled(Buffer *buffer, const char *text, const Problem *problem) {
        const struct {
                Text mark, value;
        } places[] = {
                { TEXT("{value}"), problem->value },
                { TEXT("{column}"), problem->column_name },
                { TEXT("{detail}"), problem->detail },
        };
        int r = 0;

        while (*text && r == 0) {
                size_t plain = strcspn(text, "{");
                bool filled = false;

                r = buffer_append(buffer, text, plain);
                text += plain;
                for (size_t i = 0; i < ELEMENTS(places) && !filled && r == 0; i++)
                        if (strncmp(text, places[i].mark.data, places[i].mark.size) == 0) {
                                r = text_append_visible(buffer, places[i].value, 2 * VALUE_MAX);
                                text += places[i].mark.size;
                                filled = true;
                        }
                if (*text == '{' && !filled && r == 0)
                        r = buffer_append_char(buffer, *text++);
        }
        return r;
}

/* `"7000000": `; a row or a file as a whole has no value to show. */
static int append_value(Buffer *buffer, const Problem *problem) {
        int r;

        if (problem->column_name.size == 0 || problem->value.size == 0)
                return 0;
        r = buffer_append_char(buffer, '"');
        if (r == 0)
                r = text_append_visible(buffer, problem->value, VALUE_MAX);
        return r < 0 ? r : buffer_append_string(buffer, "\": ");
}

static int append_cause_and_mend(Buffer *buffer, const Problem *problem, Language language) {
        const ProblemText *text = &problem_texts[problem->code];
        int r = append_filled(buffer, text->cause[language], problem);

        if (r == 0)
                r = buffer_append_string(buffer, ". ");
        if (r == 0)
                r = append_filled(buffer, text->mend[language], problem);
        return r < 0 ? r : buffer_append_char(buffer, '.');
}

/* Without anything before it the cause begins a sentence. */
static void begin_sentence(Buffer *buffer, size_t at) {
        if (at < buffer->size && buffer->data[at] >= 'a' && buffer->data[at] <= 'z')
                buffer->data[at] = (char) (buffer->data[at] - 'a' + 'A');
}

int problem_append_reason(Buffer *buffer, const Problem *problem, Language language) {
        size_t before = buffer->size;
        int r = 0;

        assert(problem->code > PROBLEM_NONE && problem->code < PROBLEM_COUNT);
        assert(language < LANGUAGE_COUNT);

        if (problem->column_name.size > 0) {
                r = text_append_visible(buffer, problem->column_name, VALUE_MAX);
                if (r == 0)
                        r = buffer_append_string(buffer, problem->value.size > 0 ? " " : ": ");
                if (r == 0)
                        r = append_value(buffer, problem);
        }
        if (r == 0)
                r = append_cause_and_mend(buffer, problem, language);
        if (r == 0 && problem->column_name.size == 0)
                begin_sentence(buffer, before);
        return r;
}

/* `line 12, column 3 (amount): `, as much of it as there is. */
static int append_place(Buffer *buffer, const Problem *problem, Language language) {
        int r;

        if (problem->line == 0)
                return 0;
        r = buffer_printf(buffer, "%s %u", place_words[language].line, problem->line);
        if (r == 0 && problem->column > 0)
                r = buffer_printf(buffer, ", %s %u", place_words[language].column, problem->column);
        if (r == 0 && problem->column_name.size > 0) {
                r = buffer_append_string(buffer, " (");
                if (r == 0)
                        r = text_append_visible(buffer, problem->column_name, VALUE_MAX);
                if (r == 0)
                        r = buffer_append_char(buffer, ')');
        }
        return r < 0 ? r : buffer_append_string(buffer, ": ");
}

int problem_append_line(Buffer *buffer, const Problem *problem, Language language) {
        size_t before = buffer->size;
        int r;

        assert(problem->code > PROBLEM_NONE && problem->code < PROBLEM_COUNT);
        assert(language < LANGUAGE_COUNT);

        r = append_place(buffer, problem, language);
        if (r == 0)
                r = append_value(buffer, problem);
        if (r == 0)
                r = append_cause_and_mend(buffer, problem, language);
        if (r == 0 && problem->line == 0)
                begin_sentence(buffer, before);
        return r < 0 ? r : buffer_printf(buffer, " [%s]", problem_name(problem->code));
}
