/* A corrected file beside the batch that it corrects. */
#include "daemon/intake/intake_batch.h"
#include "jobs/order/order_zeros.h"

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
