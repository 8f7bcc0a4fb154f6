#include "jobs/order/order_view.h"

#include <assert.h>
#include <errno.h>

#include "jobs/order/order_csv.h"
#include "jobs/order/order_lines.h"
#include "jobs/order/order_row.h"

struct OrderView {
        OrderHeader *header;
        OrderCsv *csv;
        OrderRow row;      /* what the due date is read into */
        uint16_t *columns; /* of the file, of those that are shown */
        size_t n;
        size_t due_column; /* from 1; 0: none */
        CivilDate due;
};

OrderView *order_view_free(OrderView *view) {
        if (!view)
                return NULL;
        order_row_done(&view->row);
        (void) order_csv_free(view->csv);
        (void) order_header_free(view->header);
        free(view->columns);
        free(view);
        return NULL;
}

/* Does the report have a column of its own for it, or is it nothing of the customer's? */
static bool is_left_out(OrderField field) {
        return field == FIELD_ORDER_ID || field == FIELD_AMOUNT || field == FIELD_CURRENCY ||
               field == FIELD_DUE_DATE || field == FIELD_CHECKOUT ||
               (field >= FIELD_ITEM_NAME && field <= FIELD_ITEM_IMAGE_URL);
}

static int choose_columns(OrderView *view) {
        const OrderHeader *header = view->header;

        view->columns = calloc(header->n_columns + 1, sizeof(*view->columns));
        if (!view->columns)
                return -ENOMEM;
        for (size_t i = 0; i < header->n_columns && i < ORDER_COLUMNS_MAX; i++) {
                OrderField field =
                        header->columns[i].spec ? header->columns[i].spec->field : FIELD_NONE;

                if (field == FIELD_DUE_DATE && view->due_column == 0)
                        view->due_column = i + 1;
                if (!is_left_out(field))
                        view->columns[view->n++] = (uint16_t) i;
        }
        return 0;
}

int order_view_new(const OrderRules *rules, Text header, char delimiter, OrderView **ret_view) {
        CLEANUP(order_view_free_p) OrderView *view = calloc(1, sizeof(*view));
        int r;

        if (!view)
                return -ENOMEM;
        r = order_header_new(rules, header, delimiter, &view->header);
        if (r == 0)
                r = order_csv_new(view->header->delimiter, &view->csv);
        if (r == 0)
                r = choose_columns(view);
        if (r < 0)
                return r;
        view->row.rules = rules;
        view->row.header = view->header;
        *ret_view = TAKE(view);
        return 0;
}

size_t order_view_n(const OrderView *view) {
        return view->n;
}

Text order_view_name(const OrderView *view, size_t column) {
        assert(column < view->n);
        return view->header->columns[view->columns[column]].name;
}

static Text cell_at(const OrderView *view, size_t column) {
        Text cell =
                column < order_csv_n(view->csv) ? order_csv_cells(view->csv)[column] : TEXT_NONE;

        /* what was guarded against spreadsheets on the way out is not the customer's */
        if (view->header->is_child && cell.size > 1 && cell.data[0] == '\'' &&
            text_needs_guard(cell))
                return (Text){ cell.data + 1, cell.size - 1 };
        return cell;
}

/* By the same rule as at intake; one that was not understood then is none. */
static void read_due(OrderView *view, Text raw) {
        const OrderFieldSpec *spec;
        Text cell;

        view->due = (CivilDate){ 0, 0, 0 };
        if (view->due_column == 0)
                return;
        cell = text_trim(cell_at(view, view->due_column - 1));
        if (cell.size == 0 || civil_date_parse(cell, &view->due))
                return;
        spec = view->header->columns[view->due_column - 1].spec;
        order_row_begin(&view->row, raw, 1, 0);
        view->row.column = view->due_column - 1;
        view->row.cell = cell;
        spec->parse(&view->row, spec, cell);
        order_row_end(&view->row);
        if (view->row.order.n_problems == 0)
                view->due = view->row.order.due_date;
}

int order_view_read(OrderView *view, Text raw) {
        uint32_t lines;
        size_t size = raw.size;
        int r = order_csv_begin(view->csv, raw.size);

        if (r < 0)
                return r;
        if (view->header->has_items)
                size = order_lines_extent(raw, view->header->line_end, true, &lines);
        r = order_csv_split(view->csv, (Text){ raw.data, size });
        if (r < 0)
                return r;
        read_due(view, raw);
        return 0;
}

Text order_view_cell(const OrderView *view, size_t column) {
        assert(column < view->n);
        return cell_at(view, view->columns[column]);
}

CivilDate order_view_due(const OrderView *view) {
        return view->due;
}
