#include "jobs/order/order_header.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_csv.h"
#include "jobs/order/order_damage.h"
#include "jobs/order/order_lines.h"

static const char delimiters[] = { ',', ';', '\t' };

OrderHeader *order_header_free(OrderHeader *header) {
        if (!header)
                return NULL;
        free(header->columns);
        free(header->sequence);
        free(header->problems);
        buffer_done(&header->names);
        buffer_done(&header->details);
        buffer_done(&header->text);
        free(header);
        return NULL;
}

/* --- problems -------------------------------------------------------------------------------- */

static int add_problem(OrderHeader *header, Problem problem) {
        Problem *grown =
                realloc(header->problems, (header->n_problems + 1) * sizeof(*header->problems));

        if (!grown)
                return -ENOMEM;
        header->problems = grown;
        header->problems[header->n_problems++] = problem;
        return 0;
}

static int add_column_problem(OrderHeader *header, ProblemCode code, size_t column, Text detail) {
        return add_problem(header, (Problem){ .code = code,
                                              .line = 1,
                                              .column = (uint32_t) column + 1,
                                              .column_name = header->columns[column].name,
                                              .detail = detail });
}

/* --- the line before it ---------------------------------------------------------------------- */

size_t order_header_separator(Text text, char *ret_delimiter) {
        bool quoted = text.size > 0 && text.data[0] == '"';
        size_t at = quoted, end;

        if (text.size < at + 5 ||
            !text_equal_ignoring_case((Text){ text.data + at, 4 }, TEXT("sep=")))
                return 0;
        end = at + 5 + quoted;
        if (quoted && (text.size < end || text.data[end - 1] != '"'))
                return 0;
        if (end < text.size && text.data[end] == '\r')
                end++;
        if (end < text.size && text.data[end] == '\n')
                end++;
        else if (end == at + 5 + quoted && end < text.size)
                return 0; /* more columns: it is a header of that name */
        if (ret_delimiter)
                *ret_delimiter = text.data[at + 4];
        return end;
}

/* --- what a column means --------------------------------------------------------------------- */

/* The explicit setting for this header, if there is one. */
static const OrderColumn *setting_of(const OrderRules *rules, Text header) {
        char a[256], b[256];
        Text folded = text_fold_header(text_trim(header), a, sizeof(a));

        if (folded.size == 0)
                return NULL;
        for (size_t i = 0; i < rules->n_columns; i++) {
                Text wanted = text_fold_header(text_trim(text_of(rules->columns[i].header)), b,
                                               sizeof(b));

                if (text_equal(folded, wanted))
                        return &rules->columns[i];
        }
        return NULL;
}

static bool has_setting(const OrderRules *rules, const OrderFieldSpec *spec) {
        for (size_t i = 0; i < rules->n_columns; i++)
                if (order_field_of_header(text_of(rules->columns[i].field)).spec == spec)
                        return true;
        return false;
}

static OrderColumnUse use_of(const OrderRules *rules, Text name) {
        OrderColumnUse use = { .name = name };
        const OrderColumn *setting = setting_of(rules, name);
        OrderMeaning meaning;

        if (setting) {
                use.ignored = strcmp(setting->field, "-") == 0;
                meaning = order_field_of_header(text_of(setting->field));
        } else {
                meaning = order_field_of_header(name);
                /* A field that the settings name has no other names than that and its own. */
                if (meaning.alias && has_setting(rules, meaning.spec))
                        meaning.spec = NULL;
        }
        if (!use.ignored) {
                use.spec = meaning.spec;
                use.key = meaning.spec ? meaning.key : TEXT_NONE;
        }
        return use;
}

/* --- the row --------------------------------------------------------------------------------- */

/* A copy of the cells that lives as long as the header. */
static int keep_cells(OrderHeader *header, const OrderRules *rules, const OrderCsv *csv) {
        size_t n = order_csv_n_filled(csv), size = 0;
        const Text *cells = order_csv_cells(csv);

        n = n > ORDER_COLUMNS_MAX ? ORDER_COLUMNS_MAX : n;
        header->columns = calloc(n + 1, sizeof(*header->columns));
        header->sequence = calloc(n + 1, sizeof(*header->sequence));
        for (size_t i = 0; i < n; i++)
                size += cells[i].size;
        if (!header->columns || !header->sequence || buffer_reserve(&header->names, size) < 0)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                Text name = { header->names.data + header->names.size, cells[i].size };

                if (buffer_append(&header->names, cells[i].data, cells[i].size) < 0)
                        return -ENOMEM;
                header->columns[i] = use_of(rules, text_trim(name));
                header->n_known += header->columns[i].spec != NULL || header->columns[i].ignored;
        }
        header->n_columns = n;
        return 0;
}

static void order_columns(OrderHeader *header) {
        const OrderFieldSpec *spec;

        for (size_t i = 0; (spec = order_field_spec(i)) != NULL; i++)
                for (size_t c = 0; c < header->n_columns; c++) {
                        if (header->columns[c].spec != spec)
                                continue;
                        if (spec->field == FIELD_CHECKOUT &&
                            !order_field_of_header(header->columns[c].name).alias) {
                                header->is_child = true;
                                header->line_column = c + 1;
                        } else if (spec->field != FIELD_CHECKOUT)
                                header->sequence[header->n_sequence++] = (uint16_t) c;
                        header->has_items |= spec->field >= FIELD_ITEM_NAME &&
                                             spec->field <= FIELD_ITEM_IMAGE_URL;
                }
}

static int try_delimiter(const OrderRules *rules, Text row, char delimiter,
                         OrderHeader **ret_header) {
        CLEANUP(order_header_free_p) OrderHeader *header = calloc(1, sizeof(*header));
        CLEANUP(order_csv_free_p) OrderCsv *csv = NULL;
        int r;

        if (!header)
                return -ENOMEM;
        header->delimiter = delimiter;
        r = order_csv_new(delimiter, &csv);
        if (r == 0)
                r = order_csv_begin(csv, row.size);
        if (r == 0)
                r = order_csv_split(csv, row);
        if (r < 0)
                return r;

        r = keep_cells(header, rules, csv);
        if (r == 0 && order_csv_n_filled(csv) > ORDER_COLUMNS_MAX)
                r = add_problem(header, (Problem){ .code = PROBLEM_FILE_COLUMNS,
                                                   .line = 1,
                                                   .detail = TEXT("1000") });
        else if (r == 0 && order_csv_is_broken(csv))
                r = add_problem(
                        header,
                        (Problem){ .code = PROBLEM_FILE_HEADER, .line = 1, .detail = TEXT("\"") });
        if (r < 0)
                return r;
        *ret_header = TAKE(header);
        return 0;
}

static bool is_better(const OrderHeader *a, const OrderHeader *b) {
        if (!b || a->n_known != b->n_known)
                return !b || a->n_known > b->n_known;
        if (a->n_problems != b->n_problems)
                return a->n_problems < b->n_problems;
        return a->n_columns > b->n_columns;
}

/* --- what is wrong with it as a whole -------------------------------------------------------- */

/* May both be in one file? Tax ids of two countries may, and our own columns. */
static bool are_twice(const OrderColumnUse *a, const OrderColumnUse *b) {
        if (!a->spec || !b->spec || a->spec->field == FIELD_CHECKOUT)
                return false;
        if (a->spec->field == FIELD_CUSTOMER_TAX_ID_VALUE && a->spec != b->spec)
                return b->spec->field == a->spec->field &&
                       (strcmp(a->spec->name, "customer.tax_id.value") == 0 ||
                        strcmp(b->spec->name, "customer.tax_id.value") == 0);
        return a->spec == b->spec && text_equal(a->key, b->key);
}

static int check_twice(OrderHeader *header) {
        for (size_t i = 0; i < header->n_sequence; i++)
                for (size_t k = i + 1; k < header->n_sequence; k++) {
                        size_t a = header->sequence[i], b = header->sequence[k];
                        size_t first = a < b ? a : b, second = a < b ? b : a;
                        int r;

                        if (!are_twice(&header->columns[a], &header->columns[b]))
                                continue;
                        r = add_column_problem(header, PROBLEM_FILE_COLUMN_TWICE, second,
                                               header->columns[first].name);
                        if (r < 0)
                                return r;
                }
        return 0;
}

/* A name that was damaged means nothing any more, and its column would silently not be sent. */
static int check_accents(OrderHeader *header) {
        int r = buffer_reserve(&header->details, header->names.size); /* it must not move */

        for (size_t i = 0; i < header->n_columns && r == 0; i++) {
                Text name = header->columns[i].name, original;
                DamageText out;
                size_t begin = header->details.size;

                if (header->columns[i].ignored ||
                    !order_damage_is_doubly_encoded(name, out, &original))
                        continue;
                r = buffer_append(&header->details, original.data, original.size);
                if (r == 0)
                        r = add_column_problem(
                                header, PROBLEM_CELL_ACCENTS, i,
                                (Text){ header->details.data + begin, original.size });
        }
        return r;
}

static bool has_field(const OrderHeader *header, OrderField field) {
        for (size_t i = 0; i < header->n_sequence; i++)
                if (header->columns[header->sequence[i]].spec->field == field)
                        return true;
        return false;
}

/* What a missing column is called in this file: by the settings, else by its own name. */
static Text wanted_name(const OrderRules *rules, OrderField field) {
        for (size_t i = 0; i < rules->n_columns; i++) {
                OrderMeaning meaning = order_field_of_header(text_of(rules->columns[i].field));

                if (meaning.spec && meaning.spec->field == field)
                        return text_of(rules->columns[i].header);
        }
        return text_of(order_field_name(field));
}

static int check_missing(OrderHeader *header, const OrderRules *rules) {
        bool items = header->has_items || has_field(header, FIELD_LINE_ITEMS);
        int r = 0;

        if (header->n_sequence == 0)
                return add_problem(header, (Problem){ .code = PROBLEM_FILE_NO_HEADER, .line = 1 });
        if (!has_field(header, FIELD_ORDER_ID))
                r = add_problem(header, (Problem){ .code = PROBLEM_FILE_COLUMN_MISSING,
                                                   .line = 1,
                                                   .detail = wanted_name(rules, FIELD_ORDER_ID) });
        /* A file of instructions needs no amounts; a row that is an order says that it has none. */
        if (r == 0 && !items && !has_field(header, FIELD_AMOUNT) &&
            !has_field(header, FIELD_ACTION))
                r = add_problem(header, (Problem){ .code = PROBLEM_FILE_COLUMN_MISSING,
                                                   .line = 1,
                                                   .detail = wanted_name(rules, FIELD_AMOUNT) });
        return r;
}

int order_header_new(const OrderRules *rules, Text row, char delimiter, OrderHeader **ret_header) {
        CLEANUP(order_header_free_p) OrderHeader *best = NULL;
        size_t before = order_header_separator(row, &delimiter);
        Text names = { row.data + before, row.size - before };
        int r;

        if (delimiter == '\0')
                delimiter = rules->delimiter;
        for (size_t i = 0; i < ELEMENTS(delimiters); i++) {
                CLEANUP(order_header_free_p) OrderHeader *header = NULL;

                if (delimiter != '\0' && i > 0)
                        break;
                r = try_delimiter(rules, names, delimiter ? delimiter : delimiters[i], &header);
                if (r < 0)
                        return r;
                if (is_better(header, best)) {
                        best = order_header_free(best);
                        best = TAKE(header);
                }
        }
        assert(best);

        best->line_end = order_lines_line_end(row);
        if (buffer_append(&best->text, row.data, row.size) < 0)
                return -ENOMEM;
        order_columns(best);
        r = before > 0 && !memchr(delimiters, delimiter, sizeof(delimiters))
                    ? add_problem(best, (Problem){ .code = PROBLEM_FILE_HEADER,
                                                   .line = 1,
                                                   .detail = TEXT("sep=") })
                    : 0;
        if (r == 0)
                r = check_accents(best);
        if (r == 0 && best->n_problems == 0)
                r = check_twice(best);
        if (r == 0 && best->n_problems == 0)
                r = check_missing(best, rules);
        if (r < 0)
                return r;
        *ret_header = TAKE(best);
        return 0;
}
