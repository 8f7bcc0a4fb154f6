#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/ctl/check.h"
#include "daemon/ctl/terminal.h"
#include "daemon/ctl/wrap.h"
#include "jobs/report/answer.h"

#define SHOWN_ON_TERMINAL 50

/* the people who read files read Spanish or English */
typedef struct Words {
        const char *line, *column, *value, *reason;
        const char *read, *good, *rejected, *duplicate, *conflict;
        const char *orders, *sum, *n_orders, *one_order, *n_lines, *one_line;
        const char *is_good, *has_bad, *is_refused;
        const char *not_ended, *child, *full;
} Words;

static const Words words[LANGUAGE_COUNT] = {
        [LANGUAGE_ES] = {
                .line = "LÍNEA", .column = "COLUMNA", .value = "VALOR",
                .reason = "QUÉ ESTÁ MAL Y CÓMO CORREGIRLO",
                .read = "leídas", .good = "buenas", .rejected = "rechazadas",
                .duplicate = "repetidas iguales", .conflict = "en conflicto",
                .orders = "ÓRDENES", .sum = "SUMA",
                .n_orders = "órdenes", .one_order = "orden", .n_lines = "filas", .one_line = "fila",
                .is_good = "El archivo está bien.\n",
                .has_bad = "Las filas rechazadas o en conflicto no se enviarán; las demás sí.\n",
                .is_refused = "El archivo completo sería rechazado:\n",
                .not_ended = "La última línea no termina con un salto de línea: déjelo en la carpeta "
                             "con `checkoutctl submit`.\n",
                .child = "Es un archivo corregido: vuelve al lote del que salió.\n",
                .full = "Solo se buscaron números repetidos entre las primeras 1.500.000 órdenes.\n",
        },
        [LANGUAGE_EN] = {
                .line = "LINE", .column = "COLUMN", .value = "VALUE",
                .reason = "WHAT IS WRONG AND HOW TO MEND IT",
                .read = "read", .good = "good", .rejected = "rejected",
                .duplicate = "repeated, the same", .conflict = "in conflict",
                .orders = "ORDERS", .sum = "SUM",
                .n_orders = "orders", .one_order = "order", .n_lines = "rows", .one_line = "row",
                .is_good = "The file is good.\n",
                .has_bad = "Rows that are rejected or in conflict will not be sent; the others will.\n",
                .is_refused = "The file as a whole would be refused:\n",
                .not_ended = "The last line has no line end: drop the file with "
                             "`checkoutctl submit`.\n",
                .child = "It is a mended file: it goes back to the batch that it came from.\n",
                .full = "Repeated order numbers were looked for among the first 1,500,000 orders "
                        "only.\n",
        },
};

static const Words *words_of(const CheckFile *file) {
        return &words[file->profile->rules.language];
}

/* --- problems ------------------------------------------------------------------------------- */

static int problem_json(CheckFile *file, const Problem *problem) {
        AUTO_BUFFER reason = BUFFER_EMPTY;
        Json *json = file->json;
        int r = problem_append_reason(&reason, problem, file->profile->rules.language);

        if (r < 0)
                return r;
        json_object(json, NULL);
        json_integer(json, "line", problem->line);
        json_integer(json, "column", problem->column);
        json_text_or_null(json, "column_name", problem->column_name);
        json_text_or_null(json, "value", problem->value);
        json_string(json, "code", problem_name(problem->code));
        json_text(json, "reason", (Text){ reason.data, reason.size });
        json_end_object(json);
        return json->error;
}

/* `FILE:LINE:COLUMN: CODE: reason`, which editors and greps understand. */
static int problem_line(const CheckFile *file, const Problem *problem, Buffer *out) {
        int r = text_append_visible(out, text_of(file->path), SIZE_MAX);

        if (r >= 0 && problem->line > 0)
                r = buffer_printf(out, ":%" PRIu32, problem->line);
        if (r >= 0 && problem->column > 0)
                r = buffer_printf(out, ":%" PRIu32, problem->column);
        if (r >= 0)
                r = buffer_printf(out, ": %s: ", problem_name(problem->code));
        if (r >= 0)
                r = problem_append_reason(out, problem, file->profile->rules.language);
        if (r >= 0)
                r = buffer_append_char(out, '\n');
        return r;
}

static int problem_row(CheckFile *file, const Problem *problem) {
        AUTO_BUFFER column = BUFFER_EMPTY, reason = BUFFER_EMPTY, value = BUFFER_EMPTY;
        Problem bare = *problem;
        int r = 0;

        /* name and value have columns of their own here */
        bare.column_name = TEXT_NONE;
        bare.value = TEXT_NONE;
        r = problem_append_reason(&reason, &bare, file->profile->rules.language);
        if (r >= 0 && problem->column > 0)
                r = buffer_printf(&column, "%" PRIu32 " ", problem->column);
        if (r >= 0)
                r = text_append_visible(&column, problem->column_name, 20);
        if (r >= 0)
                r = text_append_visible(&value, problem->value, 30);
        if (r < 0)
                return r;
        table_row(file->table);
        table_integer(file->table, 0, problem->line);
        table_text(file->table, 1, (Text){ column.data, column.size });
        table_text(file->table, 2, (Text){ value.data, value.size });
        table_text(file->table, 3, (Text){ reason.data, reason.size });
        return 0;
}

int check_print_problem(CheckFile *file, const Problem *problem) {
        if (file->json)
                return problem_json(file, problem);
        if (!file->table)
                return problem_line(file, problem, file->out);
        if (file->n_shown >= SHOWN_ON_TERMINAL) {
                file->n_hidden++;
                return 0;
        }
        file->n_shown++;
        return problem_row(file, problem);
}

int check_print_begin(CheckFile *file) {
        const Words *w = words_of(file);
        const TableColumn columns[] = { { w->line, TABLE_RIGHT },
                                        { w->column, TABLE_LEFT },
                                        { w->value, TABLE_CUT },
                                        { w->reason, TABLE_WRAP } };
        int r;

        if (file->json) {
                json_object(file->json, NULL);
                json_string(file->json, "file", file->path);
                json_string(file->json, "profile",
                            file->payout ? file->payouts->name : file->profile->name);
                json_array(file->json, "problems");
                return file->json->error;
        }
        if (!terminal_is(STDOUT_FILENO) || file->all)
                return 0;
        r = file->follows ? buffer_append_char(file->out, '\n') : 0;
        return r < 0 ? r : table_new(columns, ELEMENTS(columns), &file->table);
}

/* --- the end of a file, for machines -------------------------------------------------------- */

static void sum_json(Json *json, const char *key, BatchSum sum) {
        json_object(json, key);
        json_integer(json, "count", sum.count);
        json_integer(json, "sum", sum.sum);
        json_end_object(json);
}

static BatchSum accepted(const CheckFile *file, Currency currency) {
        const BatchSum *good = &file->check->good[currency];

        return (BatchSum){
                good->count - file->duplicate[currency].count - file->conflict[currency].count,
                good->sum - file->duplicate[currency].sum - file->conflict[currency].sum
        };
}

static void totals_json(const CheckFile *file) {
        Json *json = file->json;

        json_array(json, "totals");
        for (Currency c = CURRENCY_XXX; file->check && c < CURRENCY_COUNT; c++) {
                if (file->check->read[c].count == 0)
                        continue;
                json_object(json, NULL);
                json_string(json, "currency", currency_name(c));
                sum_json(json, "read", file->check->read[c]);
                sum_json(json, "good", accepted(file, c));
                sum_json(json, "rejected", file->check->bad[c]);
                sum_json(json, "duplicate", file->duplicate[c]);
                sum_json(json, "conflict", file->conflict[c]);
                json_end_object(json);
        }
        json_end_array(json);
}

/* What was declared beside what was read. */
static void declared_json(const CheckFile *file) {
        static const char *const sources[] = {
                [TOTALS_OF_ROW] = "row", [TOTALS_OF_NAME] = "name", [TOTALS_OF_CONTROL] = "ctl"
        };
        const OrderTotals *totals = batch_check_totals(file->check);
        TotalsRead read[CURRENCY_COUNT];
        Json *json = file->json;

        batch_check_read_totals(file->check, read);
        json_array(json, "declared");
        for (size_t i = 0; i < totals->n; i++) {
                const DeclaredTotal *total = &totals->total[i];
                Currency currency;
                bool fits = order_total_fits(total, read, &currency);

                if (order_total_is_year(totals, total, read))
                        continue;
                json_object(json, NULL);
                json_string(json, "source", sources[total->source]);
                json_string(json, "what", total->is_sum ? "sum" : "count");
                json_string(json, "currency",
                            currency == CURRENCY_XXX ? NULL : currency_name(currency));
                json_integer(json, "number", total->number[currency]);
                json_boolean(json, "fits", fits);
                json_end_object(json);
        }
        json_end_array(json);
}

static int end_json(CheckFile *file) {
        const Problem *refusals;
        Json *json = file->json;
        size_t n;
        int r = 0;

        json_end_array(json);
        refusals = check_refusals(file, &n);
        json_boolean(json, "refused", n > 0 || (file->payout && file->payout->bad_lines > 0));
        json_array(json, "refusals");
        for (size_t i = 0; i < n && r >= 0; i++)
                r = problem_json(file, &refusals[i]);
        json_end_array(json);
        json_integer(json, "rows", file->check ? file->check->orders : 0);
        json_integer(json, "lines", file->check ? file->check->lines : 0);
        json_integer(json, "rejected", file->check ? file->check->rejected : 0);
        json_integer(json, "duplicate", file->n_duplicates);
        json_integer(json, "conflict", file->n_conflicts);
        totals_json(file);
        if (file->payout)
                (void) check_payout_json(file); /* the first error is kept */
        if (file->check)
                declared_json(file);
        if (file->file) {
                Dialect dialect = order_file_dialect(file->file);

                json_string(json, "encoding", encoding_name(dialect.encoding));
                json_text(json, "delimiter", (Text){ &dialect.delimiter, dialect.delimiter != 0 });
                json_boolean(json, "child", order_file_is_child(file->file));
                json_array(json, "unknown_columns");
                for (size_t i = 0; order_file_unknown_column(file->file, i).size > 0; i++)
                        json_text(json, NULL, order_file_unknown_column(file->file, i));
                json_end_array(json);
        }
        json_end_object(json);
        return r < 0 ? r : json->error;
}

/* --- the end of a file, for people ---------------------------------------------------------- */

static void totals_row(Table *table, const char *label, BatchSum sum, Currency currency) {
        AUTO_BUFFER money = BUFFER_EMPTY;

        if (money_append(&money, sum.sum, currency) < 0)
                return;
        table_row(table);
        table_string(table, 0, label);
        table_integer(table, 1, sum.count);
        table_text(table, 2, (Text){ money.data, money.size });
}

static int append_totals(CheckFile *file) {
        const Words *w = words_of(file);
        const TableColumn columns[] = { { "", TABLE_LEFT },
                                        { w->orders, TABLE_RIGHT },
                                        { w->sum, TABLE_RIGHT } };
        CLEANUP(table_free_p) Table *table = NULL;
        int r = table_new(columns, ELEMENTS(columns), &table);

        if (r < 0)
                return r;
        for (int i = 1; i <= CURRENCY_COUNT; i++) {
                Currency c = (Currency) (i % CURRENCY_COUNT); /* the unreadable ones last */

                if (file->check->read[c].count == 0)
                        continue;
                totals_row(table, w->read, file->check->read[c], c);
                totals_row(table, w->good, accepted(file, c), c);
                if (file->check->bad[c].count > 0)
                        totals_row(table, w->rejected, file->check->bad[c], c);
                if (file->duplicate[c].count > 0)
                        totals_row(table, w->duplicate, file->duplicate[c], c);
                if (file->conflict[c].count > 0)
                        totals_row(table, w->conflict, file->conflict[c], c);
        }
        return table_append(table, STDOUT_FILENO, file->out);
}

static const char *delimiter_name(char delimiter) {
        switch (delimiter) {
        case '\0':
                return "-";
        case '\t':
                return "TAB";
        case ';':
                return "`;`";
        default:
                return "`,`";
        }
}

static int append_notes(CheckFile *file) {
        AUTO_BUFFER notes = BUFFER_EMPTY;
        Dialect dialect = order_file_dialect(file->file);
        Language language = file->profile->rules.language;
        const Words *w = words_of(file);
        Buffer *out = &notes;
        int r = text_append_visible(out, text_of(file->path), SIZE_MAX);

        if (r >= 0)
                r = buffer_printf(
                        out, ": %s, %s, %" PRId64 " %s, %" PRId64 " %s\n",
                        encoding_name(dialect.encoding), delimiter_name(dialect.delimiter),
                        file->check->orders, file->check->orders == 1 ? w->one_order : w->n_orders,
                        file->check->lines, file->check->lines == 1 ? w->one_line : w->n_lines);
        for (size_t i = 0;
             r >= 0 && file->check->orders > 0 && order_file_unknown_column(file->file, i).size > 0;
             i++)
                r = answer_note_unknown_column(out, language,
                                               order_file_unknown_column(file->file, i));
        if (r >= 0)
                r = batch_check_append_notes(file->check, out);
        if (r >= 0 && order_file_is_child(file->file))
                r = buffer_append_string(out, w->child);
        if (r >= 0 && references_is_full(file->references))
                r = buffer_append_string(out, w->full);
        if (r >= 0 && !file->facts.ends_with_line_end)
                r = buffer_append_string(out, w->not_ended);
        return r < 0 ? r
                     : wrap_append_lines(file->out, (Text){ out->data, out->size }, STDOUT_FILENO);
}

static int append_refusals(const CheckFile *file, const Problem *refusals, size_t n) {
        bool colours = terminal_has_colours(STDOUT_FILENO);
        AUTO_BUFFER lines = BUFFER_EMPTY;
        int r = buffer_printf(file->out, "%s%s%s", colours ? "\x1b[31m" : "",
                              words_of(file)->is_refused, colours ? "\x1b[0m" : "");

        for (size_t i = 0; i < n && r >= 0; i++)
                r = problem_line(file, &refusals[i], &lines);
        return r < 0 ? r
                     : wrap_append_lines(file->out, (Text){ lines.data, lines.size },
                                         STDOUT_FILENO);
}

static int append_verdict(const CheckFile *file) {
        bool some = file->check &&
                    file->check->rejected + file->check->bad_instructions + file->n_conflicts > 0;
        const Words *w = words_of(file);
        size_t n;
        const Problem *refusals = check_refusals(file, &n);

        if (n > 0)
                return append_refusals(file, refusals, n);
        if (file->payout) /* said already */
                return 0;
        return wrap_append_lines(file->out, text_of(some ? w->has_bad : w->is_good), STDOUT_FILENO);
}

static int append_hidden(CheckFile *file) {
        if (file->n_hidden == 0)
                return 0;
        if (file->n_hidden == 1)
                return buffer_append_string(file->out,
                                            file->profile->rules.language == LANGUAGE_ES
                                                    ? "… y un problema más; --all lo muestra\n"
                                                    : "… and one more problem; --all shows it\n");
        return buffer_printf(file->out,
                             file->profile->rules.language == LANGUAGE_ES
                                     ? "… y %" PRId64 " problemas más; --all los muestra\n"
                                     : "… and %" PRId64 " more problems; --all shows them\n",
                             file->n_hidden);
}

/* Parts stand apart on a terminal; in a pipe the problems were lines of their own before. */
static int append_gap(const CheckFile *file) {
        return file->table ? buffer_append_char(file->out, '\n') : 0;
}

int check_print_end(CheckFile *file) {
        int r = 0;

        if (file->json)
                return end_json(file);
        if (file->file)
                r = append_notes(file);
        if (r >= 0 && file->table && table_n_rows(file->table) > 0) {
                r = append_gap(file);
                if (r >= 0)
                        r = table_append(file->table, STDOUT_FILENO, file->out);
                if (r >= 0)
                        r = append_hidden(file);
        }
        if (r >= 0 && file->check && file->check->orders > 0) {
                r = append_gap(file);
                if (r >= 0)
                        r = append_totals(file);
        }
        if (r >= 0 && (file->file || file->payout))
                r = append_gap(file);
        if (r >= 0 && file->payout)
                r = check_payout_append(file);
        return r < 0 ? r : append_verdict(file);
}
