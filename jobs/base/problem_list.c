#include "jobs/base/problem_list.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define TEXT_MAX 512 /* bytes kept of a text: more than a line shows of it */

typedef struct Kind {
        Problem problem; /* the first one; its texts are ours, as the others' values */
        char *texts[PROBLEM_LIST_FEW];
        Text values[PROBLEM_LIST_FEW];
        uint32_t lines[PROBLEM_LIST_LINES];
        int64_t n; /* how many there are */
        bool values_differ;
        bool gathered; /* of its code and column all are: what its text says is an example */
} Kind;

struct ProblemList {
        Kind kinds[PROBLEM_LIST_KINDS];
        size_t n;
        int64_t others;
};

int problem_list_new(ProblemList **ret_list) {
        *ret_list = calloc(1, sizeof(**ret_list));
        return *ret_list ? 0 : -ENOMEM;
}

static void free_texts(Kind *kind) {
        for (size_t k = 0; k < PROBLEM_LIST_FEW; k++)
                free(kind->texts[k]);
}

ProblemList *problem_list_free(ProblemList *list) {
        if (!list)
                return NULL;
        for (size_t i = 0; i < list->n; i++)
                free_texts(&list->kinds[i]);
        free(list);
        return NULL;
}

/* As much of it as is kept, ending between two characters. */
static Text kept(Text text) {
        size_t n = text.size < TEXT_MAX ? text.size : TEXT_MAX;

        while (n > 0 && n < text.size && (text.data[n] & 0xc0) == 0x80)
                n--;
        return (Text){ text.data, n };
}

static bool is_like(const Kind *kind, const Problem *problem) {
        const Problem *first = &kind->problem;

        return first->code == problem->code && first->column == problem->column &&
               text_equal(first->column_name, kept(problem->column_name));
}

static bool is_of(const Kind *kind, const Problem *problem) {
        const Problem *first = &kind->problem;

        return is_like(kind, problem) &&
               (kind->gathered || (text_equal(first->detail, kept(problem->detail)) &&
                                   (!problem_tells_value(problem->code) ||
                                    text_equal(first->value, kept(problem->value)))));
}

/* A copy of it, in the kind's k-th piece of memory. */
static int keep_value(Kind *kind, size_t k, Text value) {
        kind->texts[k] = malloc(value.size + 1);
        if (!kind->texts[k])
                return -ENOMEM;
        if (value.size > 0)
                memcpy(kind->texts[k], value.data, value.size);
        kind->values[k] = (Text){ kind->texts[k], value.size };
        return 0;
}

/* Its texts one behind the other in one piece of memory. */
static int begin_kind(Kind *kind, const Problem *problem) {
        const Text from[] = { kept(problem->column_name), kept(problem->detail),
                              kept(problem->value) };
        Text *const to[] = { &kind->problem.column_name, &kind->problem.detail,
                             &kind->problem.value };
        char *at = malloc(from[0].size + from[1].size + from[2].size + 1);

        if (!at)
                return -ENOMEM;
        kind->texts[0] = at;
        kind->problem = *problem;
        for (size_t i = 0; i < ELEMENTS(from); i++) {
                if (from[i].size > 0)
                        memcpy(at, from[i].data, from[i].size);
                *to[i] = (Text){ at, from[i].size };
                at += from[i].size;
        }
        kind->values[0] = kind->problem.value;
        return 0;
}

static void add_line(Kind *kind, size_t n, uint32_t line) {
        size_t at = n < PROBLEM_LIST_LINES ? n : PROBLEM_LIST_LINES;

        while (at > 0 && kind->lines[at - 1] > line) {
                if (at < PROBLEM_LIST_LINES)
                        kind->lines[at] = kind->lines[at - 1];
                at--;
        }
        if (at < PROBLEM_LIST_LINES)
                kind->lines[at] = line;
}

/* The lines of both, and the text of the first one. */
static void merge(Kind *kind, const Kind *other) {
        for (size_t i = 0; i < (size_t) other->n && i < PROBLEM_LIST_LINES; i++)
                add_line(kind, (size_t) kind->n + i, other->lines[i]);
        kind->n += other->n;
}

/* When as many as are said by themselves differ in what their text says, and here comes another:
 * the first one stands for all of that code and column. */
static void gather(ProblemList *list, const Problem *problem) {
        size_t first = list->n, like = 0, n = 0;

        for (size_t i = list->n; i > 0; i--)
                if (is_like(&list->kinds[i - 1], problem)) {
                        first = i - 1;
                        like++;
                }
        if (like < PROBLEM_LIST_FEW)
                return;
        list->kinds[first].gathered = true;
        for (size_t i = 0; i < list->n; i++) {
                if (i <= first || !is_like(&list->kinds[i], problem)) {
                        list->kinds[n++] = list->kinds[i];
                        continue;
                }
                merge(&list->kinds[first], &list->kinds[i]);
                free_texts(&list->kinds[i]);
        }
        for (size_t i = n; i < list->n; i++)
                list->kinds[i] = (Kind){ .n = 0 };
        list->n = n;
}

static size_t find(const ProblemList *list, const Problem *problem) {
        size_t i = 0;

        while (i < list->n && !is_of(&list->kinds[i], problem))
                i++;
        return i;
}

int problem_list_add(ProblemList *list, const Problem *problem) {
        Text value = kept(problem->value);
        Kind *kind;
        size_t i = find(list, problem);
        int r = 0;

        if (i == list->n) {
                gather(list, problem);
                i = find(list, problem);
        }
        if (i == PROBLEM_LIST_KINDS) {
                list->others++;
                return 0;
        }
        kind = &list->kinds[i];
        if (i == list->n)
                r = begin_kind(kind, problem);
        else if (!kind->gathered && kind->n < PROBLEM_LIST_FEW)
                r = keep_value(kind, (size_t) kind->n, value);
        if (r < 0)
                return r;
        list->n += i == list->n;
        kind->values_differ = kind->values_differ || !text_equal(kind->problem.value, value);
        if (kind->n < PROBLEM_LIST_LINES)
                kind->lines[kind->n] = problem->line;
        kind->n++;
        return 0;
}

static int append_each(const Kind *kind, Language language, Buffer *text) {
        Problem problem = kind->problem;
        int r = 0;

        for (size_t i = 0; i < (size_t) kind->n && r == 0; i++) {
                problem.line = kind->lines[i];
                problem.value = kind->values[i];
                r = problem_append_line(text, &problem, language);
                if (r == 0)
                        r = buffer_append_char(text, '\n');
        }
        return r;
}

static int append_together(const Kind *kind, Language language, Buffer *text) {
        ProblemPlaces places = { .lines = kind->lines,
                                 .n = PROBLEM_LIST_LINES,
                                 .values_differ = kind->values_differ,
                                 .details_differ = kind->gathered };
        int r;

        if (kind->n < PROBLEM_LIST_LINES)
                places.n = (size_t) kind->n;
        places.more = kind->n - (int64_t) places.n;
        r = problem_append_lines(text, &kind->problem, &places, language);
        return r < 0 ? r : buffer_append_char(text, '\n');
}

int problem_list_append(const ProblemList *list, Language language, Buffer *text) {
        int r = 0;

        for (size_t i = 0; i < list->n && r == 0; i++) {
                const Kind *kind = &list->kinds[i];

                r = kind->values_differ && !kind->gathered && kind->n <= PROBLEM_LIST_FEW
                            ? append_each(kind, language, text)
                            : append_together(kind, language, text);
        }
        if (r < 0 || list->others == 0)
                return r;
        if (list->others == 1)
                return buffer_append_string(text, language == LANGUAGE_ES
                                                          ? "… y un problema más\n"
                                                          : "… and one more problem\n");
        return buffer_printf(text,
                             language == LANGUAGE_ES ? "… y %" PRId64 " problemas más\n"
                                                     : "… and %" PRId64 " more problems\n",
                             list->others);
}
