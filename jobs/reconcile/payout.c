#include "jobs/reconcile/payout.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "jobs/base/civil.h"
#include "jobs/order/order_csv.h"
#include "jobs/order/order_lines.h"
#include "jobs/reconcile/payout_cell.h"

#define FILE_PROBLEMS_MAX 8
#define DETAILS_SIZE      64

static const char delimiters[] = { ';', ',', '\t' }; /* the provider's own first */

static const char *const outcome_names[PAYOUT_OUTCOME_COUNT] = {
        [PAYOUT_SETTLED] = "settled",   [PAYOUT_DIFFERENT] = "different",
        [PAYOUT_REFUNDED] = "refunded", [PAYOUT_RETURNED] = "returned",
        [PAYOUT_NOT_OURS] = "not_ours", [PAYOUT_TWICE] = "twice",
};

struct PayoutFile {
        const OrderRules *rules;
        OrderLines *lines;
        OrderCsv *csv;
        Dialect dialect;
        Buffer header; /* the row */
        Buffer names;  /* its cells, one after the other */
        Text *columns; /* in `names` */
        size_t n_columns;
        uint16_t column_of[PAYOUT_COLUMN_COUNT]; /* 1 + column; 0: none */
        Problem problems[FILE_PROBLEMS_MAX];
        size_t n_problems;
        PayoutRow row;
        char detail[DETAILS_SIZE], value[DETAILS_SIZE];
};

const char *payout_outcome_name(PayoutOutcome outcome) {
        assert(outcome > 0 && outcome < PAYOUT_OUTCOME_COUNT);
        return outcome_names[outcome];
}

PayoutFile *payout_file_free(PayoutFile *file) {
        if (!file)
                return NULL;
        (void) order_lines_free(file->lines);
        (void) order_csv_free(file->csv);
        buffer_done(&file->header);
        buffer_done(&file->names);
        free(file->columns);
        free(file);
        return NULL;
}

static void refuse(PayoutFile *file, Problem problem) {
        if (file->n_problems < FILE_PROBLEMS_MAX)
                file->problems[file->n_problems++] = problem;
}

const Problem *payout_file_problems(const PayoutFile *file, size_t *ret_n) {
        *ret_n = file->n_problems;
        return file->problems;
}

/* --- the header ------------------------------------------------------------------------------ */

static bool same_header(Text a, Text b) {
        char folded_a[256], folded_b[256];

        return text_equal(text_fold_header(text_trim(a), folded_a, sizeof(folded_a)),
                          text_fold_header(text_trim(b), folded_b, sizeof(folded_b)));
}

/* A column that the settings name goes by that name and its own; others by their aliases too. */
static PayoutColumn column_of_header(const OrderRules *rules, Text name) {
        PayoutColumn by_alias;

        for (size_t i = 0; i < rules->n_columns; i++)
                if (same_header(name, text_of(rules->columns[i].header)))
                        return payout_column_of_name(text_of(rules->columns[i].field));
        for (PayoutColumn c = 0; c < PAYOUT_COLUMN_COUNT; c++)
                if (same_header(name, text_of(payout_column_name(c))))
                        return c;
        by_alias = payout_column_of_alias(name);
        for (size_t i = 0; i < rules->n_columns && by_alias != PAYOUT_COLUMN_COUNT; i++)
                if (payout_column_of_name(text_of(rules->columns[i].field)) == by_alias)
                        return PAYOUT_COLUMN_COUNT;
        return by_alias;
}

/* Reads the header by that delimiter: how many of its columns are known, or negative errno. */
static int try_delimiter(PayoutFile *file, Text row, char delimiter) {
        size_t n, size = 0;
        int known = 0, r;

        file->csv = order_csv_free(file->csv);
        r = order_csv_new(delimiter, &file->csv);
        if (r == 0)
                r = order_csv_begin(file->csv, row.size);
        if (r == 0)
                r = order_csv_split(file->csv, row);
        if (r < 0)
                return r;
        n = order_csv_n_filled(file->csv);
        n = n > ORDER_COLUMNS_MAX ? ORDER_COLUMNS_MAX : n;
        for (size_t i = 0; i < n; i++)
                size += order_csv_cells(file->csv)[i].size;
        free(file->columns);
        file->columns = calloc(n + 1, sizeof(*file->columns));
        buffer_clear(&file->names);
        if (!file->columns || buffer_reserve(&file->names, size) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                Text cell = order_csv_cells(file->csv)[i];
                size_t begin = file->names.size;

                r = buffer_append(&file->names, cell.data, cell.size);
                assert(r == 0); /* reserved */
                file->columns[i] = text_trim((Text){ file->names.data + begin, cell.size });
                known += column_of_header(file->rules, file->columns[i]) != PAYOUT_COLUMN_COUNT;
        }
        file->n_columns = n;
        return known;
}

static void use_columns(PayoutFile *file) {
        static const PayoutColumn needed[] = { PAYOUT_COLUMN_ID, PAYOUT_COLUMN_AMOUNT };

        for (size_t i = 0; i < file->n_columns; i++) {
                PayoutColumn column = column_of_header(file->rules, file->columns[i]);

                if (column == PAYOUT_COLUMN_COUNT)
                        continue;
                if (file->column_of[column] != 0)
                        refuse(file,
                               (Problem){ .code = PROBLEM_FILE_COLUMN_TWICE,
                                          .line = 1,
                                          .column = (uint32_t) i + 1,
                                          .column_name = file->columns[i],
                                          .detail = file->columns[file->column_of[column] - 1] });
                file->column_of[column] = (uint16_t) (i + 1);
        }
        for (size_t i = 0; i < ELEMENTS(needed); i++)
                if (file->column_of[needed[i]] == 0)
                        refuse(file, (Problem){ .code = PROBLEM_FILE_COLUMN_MISSING,
                                                .line = 1,
                                                .detail = text_of(payout_column_name(needed[i])) });
}

static int choose_delimiter(PayoutFile *file, Text row) {
        int best = -1;
        char chosen = delimiters[0];

        for (size_t i = 0; i < ELEMENTS(delimiters); i++) {
                int known = try_delimiter(file, row, delimiters[i]);

                if (known < 0)
                        return known;
                if (known > best) {
                        best = known;
                        chosen = delimiters[i];
                }
        }
        file->dialect.delimiter = chosen;
        best = try_delimiter(file, row, chosen);
        return best;
}

static int read_header(PayoutFile *file) {
        RowText row;
        int known, r = order_lines_next(file->lines, &row);

        if (r < 0)
                return r;
        if (r == 0) {
                refuse(file, (Problem){ .code = PROBLEM_FILE_EMPTY });
                return 0;
        }
        r = buffer_append(&file->header, row.text.data, row.text.size);
        known = r < 0 ? r : choose_delimiter(file, (Text){ file->header.data, file->header.size });
        if (known < 0)
                return known;
        order_lines_set_delimiter(file->lines, file->dialect.delimiter);
        if (row.cut || order_csv_is_broken(file->csv))
                refuse(file, (Problem){ .code = PROBLEM_FILE_HEADER,
                                        .line = 1,
                                        .detail = row.cut ? TEXT("> 1 MiB") : TEXT("\"") });
        else if (known == 0)
                refuse(file, (Problem){ .code = PROBLEM_PAYOUT_HEADER, .line = 1 });
        else
                use_columns(file);
        if (file->n_problems > 0)
                return 0;
        r = order_lines_next(file->lines, &row);
        if (r == 0)
                refuse(file, (Problem){ .code = PROBLEM_FILE_NO_ROWS });
        if (r > 0)
                order_lines_again(file->lines);
        return r < 0 ? r : 0;
}

int payout_file_open(const OrderRules *rules, const FileFacts *facts, OrderFileRead read,
                     void *userdata, PayoutFile **ret_file) {
        CLEANUP(payout_file_free_p) PayoutFile *file = calloc(1, sizeof(*file));
        int r;

        if (!file)
                return -ENOMEM;
        file->rules = rules;
        file->dialect = facts->dialect;
        if (!civil_zone_use(rules->timezone))
                return -EINVAL;
        r = order_lines_new(&facts->dialect, read, userdata, &file->lines);
        if (r == 0 && facts->refused != PROBLEM_NONE)
                refuse(file, (Problem){ .code = facts->refused });
        else if (r == 0)
                r = read_header(file);
        if (r < 0)
                return r;
        *ret_file = TAKE(file);
        return 0;
}

/* --- lines ----------------------------------------------------------------------------------- */

static void whole_problem(PayoutFile *file, ProblemCode code, Text value, Text detail) {
        payout_row_problem(&file->row, (Problem){ .code = code,
                                                  .line = file->row.line.line,
                                                  .value = value,
                                                  .detail = detail });
}

static Text number(char *out, size_t n) {
        (void) snprintf(out, DETAILS_SIZE, "%zu", n);
        return text_of(out);
}

/* More cells than titles, or too few: something is in the wrong place. */
static bool has_right_width(PayoutFile *file) {
        size_t filled = order_csv_n_filled(file->csv), n = order_csv_n(file->csv);

        if (filled > file->n_columns)
                whole_problem(file, PROBLEM_ROW_LONG, number(file->value, filled),
                              number(file->detail, file->n_columns));
        else if (n < file->n_columns)
                whole_problem(file, PROBLEM_ROW_SHORT, number(file->value, n),
                              number(file->detail, file->n_columns));
        else
                return true;
        return false;
}

static void read_cells(PayoutFile *file) {
        PayoutRow *row = &file->row;

        for (PayoutColumn c = 0; c < PAYOUT_COLUMN_COUNT; c++) {
                size_t at = file->column_of[c];

                row->cells[c] = at == 0 ? TEXT_NONE : text_trim(order_csv_cells(file->csv)[at - 1]);
                row->columns[c] = (uint32_t) at;
                row->names[c] = at == 0 ? TEXT_NONE : file->columns[at - 1];
        }
        payout_row_read(row, file->rules);
}

static int split(PayoutFile *file, Text text) {
        int r = order_csv_begin(file->csv, text.size);

        return r < 0 ? r : order_csv_split(file->csv, text);
}

int payout_file_next(PayoutFile *file, const PayoutLine **ret_line) {
        RowText row;
        int r = file->n_problems > 0 ? 0 : order_lines_next(file->lines, &row);

        if (r <= 0)
                return r;
        r = row.cut ? 0 : split(file, row.text);
        if (r == 0 && !row.cut && row.lines > 1 && order_csv_is_broken(file->csv)) {
                order_lines_shrink(file->lines, &row); /* a forgotten quote hides no other line */
                r = split(file, row.text);
        }
        if (r < 0)
                return r;
        payout_row_begin(&file->row, row.line);
        if (row.cut)
                whole_problem(file, PROBLEM_ROW_SIZE, TEXT_NONE, TEXT("1 MiB"));
        else if (order_csv_is_broken(file->csv))
                whole_problem(file, PROBLEM_ROW_QUOTE, TEXT_NONE, TEXT_NONE);
        else if (has_right_width(file))
                read_cells(file);
        *ret_line = payout_row_end(&file->row);
        return 1;
}

/* --- what it is like ------------------------------------------------------------------------- */

void payout_file_seek(PayoutFile *file, uint64_t offset, uint32_t line) {
        order_lines_seek(file->lines, offset, line);
}

uint64_t payout_file_offset(const PayoutFile *file) {
        return order_lines_offset(file->lines);
}

uint32_t payout_file_line(const PayoutFile *file) {
        return order_lines_line(file->lines);
}

Dialect payout_file_dialect(const PayoutFile *file) {
        return file->dialect;
}

Text payout_file_header(const PayoutFile *file) {
        return (Text){ file->header.data, file->header.size };
}

bool payout_file_has_fees(const PayoutFile *file) {
        return file->column_of[PAYOUT_COLUMN_FEE] != 0;
}
