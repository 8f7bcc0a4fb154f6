/* A corrected file beside the batch that it corrects. */
#include <errno.h>
#include <string.h>

#include "daemon/intake/intake_batch.h"
#include "jobs/order/order_zeros.h"

#define PARENT_ROWS 20

/* --- which batch it is ------------------------------------------------------------------------ */

static bool may_be_parent(const IntakeBatch *batch, const Batch *parent) {
        return strcmp(parent->profile, batch->profile->name) == 0 &&
               parent->live == batch->intake->options.live && parent->state != BATCH_REFUSED;
}

static int take_parent(IntakeBatch *batch, int64_t id) {
        const Batch *parent;
        int r = ledger_batch_get(batch->intake->options.ledger, id, &parent);

        if (r <= 0 || !may_be_parent(batch, parent))
                return r < 0 ? r : 0;
        batch->parent = id;
        free(batch->run);
        batch->run = strdup(parent->run);
        return batch->run ? 1 : -ENOMEM;
}

typedef struct Origin {
        uint32_t line;
        int64_t batch; /* the newest that has this order on this line; 0: none */
} Origin;

static int find_line(void *userdata, const Row *row) {
        Origin *origin = userdata;

        if (origin->batch == 0 && row->line == origin->line)
                origin->batch = row->batch;
        return 0;
}

uint32_t intake_line_of(Text cell) {
        uint64_t line = 0;

        for (size_t i = 0; i < cell.size; i++) {
                if (cell.data[i] < '0' || cell.data[i] > '9' || line > UINT32_MAX)
                        return 0;
                line = 10 * line + (uint64_t) (cell.data[i] - '0');
        }
        return line > UINT32_MAX ? 0 : (uint32_t) line;
}

/* The order is looked for as it is written and then, being a number, with more and more zeros
 * before it: a spreadsheet that took them from all rows would else hide the batch, and with it that
 * these are its orders. */
static int find_origin(const IntakeBatch *batch, Text order_id, Origin *origin) {
        Ledger *ledger = batch->intake->options.ledger;
        char padded[ZEROS_WIDTH_MAX];
        int r = ledger_rows_of_order(ledger, order_id, find_line, origin);

        if (order_id.size >= sizeof(padded) || !order_zeros_may_be_lost(order_id))
                return r;
        memset(padded, '0', sizeof(padded));
        memcpy(padded + sizeof(padded) - order_id.size, order_id.data, order_id.size);
        for (size_t n = order_id.size + 1; n <= sizeof(padded) && r >= 0 && origin->batch == 0; n++)
                r = ledger_rows_of_order(ledger, (Text){ padded + sizeof(padded) - n, n },
                                         find_line, origin);
        return r;
}

/* The file was renamed: which batch has one of its first orders on the line that the row says? */
static int find_parent_by_rows(IntakeBatch *batch) {
        const Order *order;
        int r = 0;

        for (unsigned i = 0; r == 0 && i < PARENT_ROWS; i++) {
                Origin origin = { 0 };

                r = order_file_next(batch->file, &order);
                if (r <= 0)
                        break;
                origin.line = intake_line_of(order->checkout_line);
                r = 0;
                if (order->text[FIELD_ORDER_ID].size > 0 && origin.line > 0)
                        r = find_origin(batch, order->text[FIELD_ORDER_ID], &origin);
                if (r >= 0 && origin.batch > 0)
                        r = take_parent(batch, origin.batch);
        }
        return r < 0 ? r : intake_open_orders(batch); /* the check begins at the first row */
}

int intake_find_parent(IntakeBatch *batch) {
        int64_t named = answer_batch_in_name(text_of(batch->name));
        int r;

        if (!batch->file || !order_file_is_child(batch->file))
                return 0;
        r = named > 0 ? take_parent(batch, named) : 0;
        return r != 0 ? (r < 0 ? r : 0) : find_parent_by_rows(batch);
}

/* --- row beside row --------------------------------------------------------------------------- */

int64_t intake_mended_row(const IntakeBatch *batch, const Order *order) {
        uint32_t line = batch->parent != 0 ? intake_line_of(order->checkout_line) : 0;

        return line != 0 ? row_id(batch->parent, line) : 0;
}

/* the reference now, and where what is found is written */
typedef struct Beside {
        IntakeBatch *batch;
        Text order_id;
        bool lost_zeros;
} Beside;

static int look_at(void *userdata, const Row *row) {
        static const char *const line[LANGUAGE_COUNT] = { "línea", "line" };
        Beside *beside = userdata;
        IntakeBatch *batch = beside->batch;
        char id[ANSWER_BATCH_SIZE];

        if (!order_zeros_are_lost(beside->order_id, row->order_id))
                return 0;
        beside->lost_zeros = true;
        buffer_clear(&batch->judged);
        return buffer_printf(&batch->judged, "%.*s (%s, %s %u)", TEXT_ARG(row->order_id),
                             answer_batch(row->batch, id), line[batch->rules->language], row->line);
}

/* An order number that was mended into another one is the person's own doing; one that only lacks
 * its zeros is a spreadsheet's: sent so, the order would not be known again. */
int intake_judge(void *userdata, const Order *order, Problem *ret_problem) {
        IntakeBatch *batch = userdata;
        Beside beside = { .batch = batch, .order_id = order->text[FIELD_ORDER_ID] };
        int64_t row = intake_mended_row(batch, order);
        int r = 0;

        if (row != 0 && order_zeros_may_be_lost(beside.order_id))
                r = ledger_row_get(batch->intake->options.ledger, row, look_at, &beside);
        if (r < 0 || !beside.lost_zeros)
                return r < 0 ? r : 0;
        *ret_problem = (Problem){ .code = PROBLEM_ORDER_ZEROS,
                                  .line = order->line,
                                  .value = beside.order_id,
                                  .detail = { batch->judged.data, batch->judged.size } };
        return 1;
}
