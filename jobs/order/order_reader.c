#include "jobs/order/order_reader.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "jobs/base/cleanup.h"
#include "jobs/order/order_bytes.h"
#include "jobs/order/order_csv.h"
#include "jobs/order/order_damage.h"
#include "jobs/order/order_lines.h"
#include "jobs/order/order_row.h"
#include "jobs/order/order_rule.h"
#include "jobs/order/order_shape.h"
#include "jobs/order/order_stray.h"

#define ITEMS_MAX 1000

struct OrderReader {
        OrderHeader *header;
        OrderCsv *csv;
        OrderRow row;
        Text *first_cells; /* of an order of several rows */
        bool has_first;
        bool broken_quote;
};

int order_reader_of_header(const OrderRules *rules, OrderHeader *header, OrderReader **ret) {
        CLEANUP(order_reader_free_p) OrderReader *reader = calloc(1, sizeof(*reader));
        int r;

        if (!reader) {
                (void) order_header_free(header);
                return -ENOMEM;
        }
        reader->header = header;
        reader->row.rules = rules;
        reader->row.header = header;
        reader->first_cells = calloc(header->n_columns + 1, sizeof(*reader->first_cells));
        if (!reader->first_cells)
                return -ENOMEM;
        r = order_csv_new(header->delimiter, &reader->csv);
        if (r < 0)
                return r;
        if (!civil_zone_use(rules->timezone))
                return -EINVAL;
        *ret = TAKE(reader);
        return 0;
}

int order_reader_new(const OrderRules *rules, Text header_row, char delimiter, OrderReader **ret) {
        OrderHeader *header;
        int r = order_header_new(rules, header_row, delimiter, &header);

        return r < 0 ? r : order_reader_of_header(rules, header, ret);
}

OrderReader *order_reader_free(OrderReader *reader) {
        if (!reader)
                return NULL;
        order_row_done(&reader->row);
        (void) order_csv_free(reader->csv);
        (void) order_header_free(reader->header);
        free(reader->first_cells);
        free(reader);
        return NULL;
}

const OrderHeader *order_reader_header(const OrderReader *reader) {
        return reader->header;
}

bool order_reader_found_broken_quote(const OrderReader *reader) {
        return reader->broken_quote;
}

/* --- cells ----------------------------------------------------------------------------------- */

/* What was guarded against spreadsheets on the way out is restored on the way in. */
static Text without_guard(Text cell) {
        if (cell.size > 1 && cell.data[0] == '\'' && text_needs_guard(cell))
                return (Text){ cell.data + 1, cell.size - 1 };
        return cell;
}

static void check_accents(OrderRow *row, Text cell) {
        DamageText out;
        Text original;

        if (order_damage_is_doubly_encoded(cell, out, &original))
                order_row_problem(row, PROBLEM_CELL_ACCENTS, order_row_copy(row, original));
}

/* All cells, also those that mean nothing: they go into the ledger and the results. */
static void check_cells(OrderReader *reader, Text text) {
        const Text *cells = order_csv_cells(reader->csv);
        bool look_at_accents = order_damage_may_be_doubly_encoded(text);

        for (size_t i = 0; i < reader->header->n_columns; i++) {
                Text cell = reader->header->is_child ? without_guard(cells[i]) : cells[i];
                ProblemCode code = order_bytes_check(cell, reader->header->columns[i].spec);

                reader->row.column = i;
                reader->row.cell = cells[i];
                if (code != PROBLEM_NONE)
                        order_row_problem(&reader->row, code,
                                          code == PROBLEM_CELL_SIZE ? TEXT("64 KiB") : TEXT_NONE);
                else if (look_at_accents && reader->header->columns[i].spec)
                        check_accents(&reader->row, cell);
        }
}

static bool is_item(OrderField field) {
        return field >= FIELD_ITEM_NAME && field <= FIELD_ITEM_IMAGE_URL;
}

static inline Text trimmed(Text cell) {
        /* Most cells begin and end with a visible character of ASCII. */
        if (cell.size > 0 && cell.data[0] > ' ' && cell.data[cell.size - 1] > ' ')
                return cell;
        return text_trim(cell);
}

static bool has_problem_at(const OrderRow *row, size_t column) {
        for (size_t i = row->order.n_problems; i-- > 0;)
                if (row->problems[i].column == column + 1 && row->problems[i].line == row->line)
                        return true;
        return false;
}

/* What the cell says has been judged; the order still has it. */
static void parse_silently(OrderRow *row, const OrderFieldSpec *spec, Text value) {
        bool was_silent = row->silent;

        row->silent = true;
        spec->parse(row, spec, value);
        row->silent = was_silent;
}

static void read_cell(OrderReader *reader, size_t column, Text cell) {
        OrderRow *row = &reader->row;
        const OrderFieldSpec *spec = reader->header->columns[column].spec;
        Text value;

        if (reader->header->is_child)
                cell = without_guard(cell);
        value = trimmed(cell);
        if (value.size == 0)
                return;
        row->column = column;
        row->cell = cell;
        row->column_of[spec->field] = (uint16_t) (column + 1);
        if (is_item(spec->field))
                row->has_item = true;
        if (order_damage_may_be_failed(value) && order_damage_is_failed_formula(value)) {
                order_row_problem(row, PROBLEM_CELL_ERROR, TEXT_NONE);
                parse_silently(row, spec, value);
        } else if (row->order.n_problems == 0 || !has_problem_at(row, column)) {
                spec->parse(row, spec, spec->strict ? cell : value);
        }
}

/* The cells that the tie-out needs, of a row that is broken anyway. `n`: those that are there;
 * `aligned`: they stand under their headers. */
static void read_silently(OrderReader *reader, size_t n, bool aligned) {
        const OrderHeader *header = reader->header;
        OrderRow *row = &reader->row;

        row->silent = true;
        for (size_t i = 0; i < header->n_sequence; i++) {
                size_t column = header->sequence[i];
                OrderField field = header->columns[column].spec->field;
                bool there = column < n && (aligned || field == FIELD_ORDER_ID);

                if (field == FIELD_CURRENCY && !there)
                        row->order.currency = CURRENCY_XXX;
                if (there &&
                    (field == FIELD_ORDER_ID || field == FIELD_AMOUNT || field == FIELD_CURRENCY))
                        read_cell(reader, column, order_csv_cells(reader->csv)[column]);
        }
        row->silent = false;
}

/* --- rows ------------------------------------------------------------------------------------ */

static void shape_problem(OrderReader *reader, OrderShape shape) {
        OrderRow *row = &reader->row;
        size_t n = order_csv_n(reader->csv), columns = reader->header->n_columns;
        bool quote = shape == ORDER_SHAPE_QUOTE;

        reader->broken_quote = reader->broken_quote || quote;
        order_row_whole_problem(row, order_shape_problem(shape, reader->csv),
                                quote ? TEXT_NONE : order_row_format(row, "%zu", n),
                                quote ? TEXT_NONE : order_row_format(row, "%zu", columns));
        read_silently(reader, n < columns ? n : columns, n <= columns);
}

/* The item that the row which was just read carries. */
static void add_item(OrderRow *row) {
        Text *text = row->order.text;

        if (!row->has_item)
                return;
        row->item.name = text[FIELD_ITEM_NAME];
        row->item.image_url = text[FIELD_ITEM_IMAGE_URL];
        if (row->column_of[FIELD_ITEM_NAME] == 0)
                order_row_field_problem(row, FIELD_ITEM_NAME, PROBLEM_ITEMS_NAME, TEXT_NONE);
        if (row->column_of[FIELD_ITEM_UNIT_AMOUNT] == 0)
                order_row_field_problem(row, FIELD_ITEM_UNIT_AMOUNT, PROBLEM_ITEMS_AMOUNT,
                                        TEXT_NONE);
        if (row->column_of[FIELD_ITEM_QUANTITY] == 0) /* one of it */
                row->item.quantity = 1;
        order_row_add_item(row, &row->item);
        row->items_in_rows = true;
        /* The next row has an item of its own. */
        row->item = (OrderItem){ .name = TEXT_NONE };
        row->has_item = false;
        for (OrderField field = FIELD_ITEM_NAME; field <= FIELD_ITEM_IMAGE_URL; field++) {
                text[field] = TEXT_NONE;
                row->column_of[field] = 0;
        }
}

static void read_first(OrderReader *reader) {
        const OrderHeader *header = reader->header;
        const Text *cells = order_csv_cells(reader->csv);

        for (size_t i = 0; i < header->n_sequence; i++)
                read_cell(reader, header->sequence[i], cells[header->sequence[i]]);
        if (header->line_column > 0)
                reader->row.order.checkout_line = cells[header->line_column - 1];
        if (header->has_items) {
                reader->has_first = true;
                memcpy(reader->first_cells, cells, header->n_columns * sizeof(*cells));
        }
}

/* A row that carries one more line item of the same order. */
static void read_further(OrderReader *reader) {
        const OrderHeader *header = reader->header;
        OrderRow *row = &reader->row;
        const Text *cells = order_csv_cells(reader->csv);

        for (size_t i = 0; i < header->n_sequence; i++) {
                size_t column = header->sequence[i];
                Text cell = trimmed(cells[column]);

                if (is_item(header->columns[column].spec->field)) {
                        read_cell(reader, column, cells[column]);
                } else if (cell.size > 0 && reader->has_first &&
                           !text_equal(cell, trimmed(reader->first_cells[column]))) {
                        row->column = column;
                        row->cell = cells[column];
                        order_row_problem(row, PROBLEM_ITEMS_ROW_DIFFERS,
                                          order_row_format(row, "%u", row->order.line));
                }
        }
}

/* One row of the order, the first or a further one; 1: its cells could be read, 0: not; errno. */
static int read_row(OrderReader *reader, Text text, bool first) {
        OrderShape shape;
        int r = order_shape_split(reader->csv, reader->header, text, &shape);

        if (r < 0)
                return r;
        if (shape != ORDER_SHAPE_GOOD) {
                shape_problem(reader, shape);
                return 0;
        }
        if (order_bytes_need_look(order_lines_content(text)))
                check_cells(reader, text);
        if (first)
                read_first(reader);
        else
                read_further(reader);
        add_item(&reader->row);
        return 1;
}

/* All rows of an order with line items in rows. */
static int read_rows(OrderReader *reader, Text raw) {
        OrderRow *row = &reader->row;
        char line_end = reader->header->line_end;
        uint32_t rows = 0, lines;
        bool good = true;

        for (size_t size; raw.size > 0; raw = (Text){ raw.data + size, raw.size - size }) {
                Text text = raw;

                text.size = size = order_lines_extent(raw, line_end, true, &lines);
                if (!order_lines_is_blank(text, reader->header->delimiter)) {
                        int r = read_row(reader, text, rows++ == 0);

                        if (r < 0)
                                return r;
                        good = good && r > 0;
                }
                row->line += lines;
        }
        row->order.rows = rows;
        row->line = row->order.line;
        return good;
}

/* A row that is too long for all of its cells: what stands at its beginning. */
static int read_beginning(OrderReader *reader, Text raw) {
        uint32_t lines;
        size_t size = order_lines_extent(raw, reader->header->line_end, true, &lines);
        int r = order_csv_split(reader->csv, (Text){ raw.data, size });
        size_t n = order_csv_n(reader->csv), columns = reader->header->n_columns;

        if (r < 0)
                return r;
        order_row_whole_problem(&reader->row, PROBLEM_ROW_SIZE, TEXT_NONE, TEXT("1 MiB"));
        /* the last cell of a row that is cut is not whole */
        n -= size > ORDER_ROW_MAX && !order_csv_is_broken(reader->csv);
        read_silently(reader, n < columns ? n : columns, n <= columns);
        return 0;
}

/* Is it a row that was never meant to be an order? Asked only of one that has problems, or a number
 * that looks so. */
static void look_for_stray(OrderReader *reader) {
        size_t n = order_csv_n(reader->csv);
        ProblemCode code =
                order_csv_is_broken(reader->csv)
                        ? PROBLEM_NONE
                        : order_stray_judge(reader->header, order_csv_cells(reader->csv),
                                            n < ORDER_COLUMNS_MAX ? n : ORDER_COLUMNS_MAX);

        if (code != PROBLEM_NONE && reader->row.order.rows == 1)
                order_row_only_problem(&reader->row, code);
}

int order_reader_read(OrderReader *reader, Text raw, uint32_t line, int64_t now,
                      const Order **ret_order) {
        OrderRow *row = &reader->row;
        int r;

        reader->broken_quote = reader->has_first = false;
        order_row_begin(row, raw, line, now);
        r = order_csv_begin(reader->csv, raw.size);
        if (r == 0 && raw.size > ORDER_ROW_MAX)
                r = read_beginning(reader, raw);
        else if (r == 0)
                r = reader->header->has_items ? read_rows(reader, raw)
                                              : read_row(reader, raw, true);
        if (r > 0 && row->order.action == ORDER_CANCEL)
                order_rule_check_instruction(row);
        else if (r > 0)
                order_rule_check_all(row);
        if (r >= 0 && (row->order.n_problems > 0 ||
                       order_stray_may_be_label(row->order.text[FIELD_ORDER_ID])))
                look_for_stray(reader);
        if (row->order.n_items > ITEMS_MAX)
                order_row_whole_problem(row, PROBLEM_ITEMS_COUNT, TEXT_NONE, TEXT("1000"));
        order_row_end(row);
        if (r < 0 || row->error < 0)
                return r < 0 ? r : row->error;
        *ret_order = &row->order;
        return 0;
}

void order_reader_set_rows(OrderReader *reader, uint32_t rows) {
        reader->row.order.rows = rows;
}

int order_reader_group(OrderReader *reader, Text text, RowGroup *ret_group) {
        const OrderHeader *header = reader->header;
        const Text *cells = order_csv_cells(reader->csv);
        RowGroup group = { TEXT_NONE, false };
        OrderShape shape = ORDER_SHAPE_QUOTE;
        int r = order_csv_begin(reader->csv, text.size);

        if (r == 0)
                r = order_shape_split(reader->csv, reader->header, text, &shape);
        if (r < 0)
                return r;
        for (size_t i = 0; i < header->n_sequence && shape != ORDER_SHAPE_QUOTE; i++) {
                size_t column = header->sequence[i];
                OrderField field = header->columns[column].spec->field;
                Text cell = column < order_csv_n(reader->csv) ? trimmed(cells[column]) : TEXT_NONE;

                if (field == FIELD_ORDER_ID)
                        group.order_id = cell;
                else if (is_item(field))
                        group.has_item |= cell.size > 0;
        }
        *ret_group = group;
        return 0;
}
