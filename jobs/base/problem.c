#include "jobs/base/problem.h"

#include <assert.h>
#include <inttypes.h>

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
        const char *line, *lines, *and, *more, *column, *example;
} place_words[LANGUAGE_COUNT] = {
        [LANGUAGE_ES] = { "línea", "líneas", "y", "más", "columna", "por ejemplo" },
        [LANGUAGE_EN] = { "line", "lines", "and", "more", "column", "for example" },
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

bool problem_tells_value(ProblemCode code) {
        assert(code > PROBLEM_NONE && code < PROBLEM_COUNT);
        return strstr(problem_texts[code].cause[LANGUAGE_EN], "{value}") ||
               strstr(problem_texts[code].mend[LANGUAGE_EN], "{value}");
}

/* `line 12`, or `lines 2, 3, 4 and 96 more`. */
static int append_where(Buffer *buffer, const Problem *problem, const ProblemPlaces *places,
                        Language language) {
        bool many = places->n > 1 || places->more > 0;
        int r = buffer_printf(buffer, "%s %u",
                              many ? place_words[language].lines : place_words[language].line,
                              problem->line);

        for (size_t i = 1; i < places->n && r == 0; i++)
                r = buffer_printf(buffer, ", %u", places->lines[i]);
        if (places->more > 0 && r == 0)
                r = buffer_printf(buffer, " %s %" PRId64 " %s", place_words[language].and,
                                  places->more, place_words[language].more);
        return r;
}

/* `line 12, column 3 (amount): `, as much of it as there is. */
static int append_place(Buffer *buffer, const Problem *problem, const ProblemPlaces *places,
                        Language language) {
        int r;

        if (problem->line == 0)
                return 0;
        r = append_where(buffer, problem, places, language);
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

int problem_append_lines(Buffer *buffer, const Problem *problem, const ProblemPlaces *places,
                         Language language) {
        size_t before = buffer->size;
        int r;

        assert(problem->code > PROBLEM_NONE && problem->code < PROBLEM_COUNT);
        assert(language < LANGUAGE_COUNT);

        r = append_place(buffer, problem, places, language);
        if (r == 0 &&
            (places->details_differ || (places->values_differ && problem->value.size > 0)))
                r = buffer_printf(buffer, "%s ", place_words[language].example);
        if (r == 0)
                r = append_value(buffer, problem);
        if (r == 0)
                r = append_cause_and_mend(buffer, problem, language);
        if (r == 0 && problem->line == 0)
                begin_sentence(buffer, before);
        return r < 0 ? r : buffer_printf(buffer, " [%s]", problem_name(problem->code));
}

int problem_append_line(Buffer *buffer, const Problem *problem, Language language) {
        const ProblemPlaces here = { .lines = &problem->line, .n = 1 };

        return problem_append_lines(buffer, problem, &here, language);
}
