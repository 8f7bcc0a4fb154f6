#include "jobs/order/order_forget.h"

#include "jobs/order/order_file.h"
#include "jobs/order/order_header.h"
#include "jobs/order/order_lines.h"

static int append_row(Buffer *raw, const OrderHeader *header, char delimiter, Text order_id,
                      Text line_end) {
        int r = 0;

        for (size_t i = 0; i < header->n_columns && r >= 0; i++) {
                const OrderFieldSpec *spec = header->columns[i].spec;

                if (i > 0)
                        r = buffer_append_char(raw, delimiter);
                if (r >= 0 && spec && spec->field == FIELD_ORDER_ID)
                        r = order_append_cell(raw, order_id, delimiter, false);
        }
        return r < 0 ? r : buffer_append(raw, line_end.data, line_end.size);
}

int order_forget_append(Buffer *raw, const OrderRules *rules, Text header, char delimiter,
                        Text order_id, uint32_t lines) {
        CLEANUP(order_header_free_p) OrderHeader *columns = NULL;
        Text content = order_lines_content(header);
        Text line_end = { content.data + content.size, header.size - content.size };
        int r = order_header_new(rules, header, delimiter, &columns);

        if (line_end.size == 0)
                line_end = TEXT("\n");
        for (uint32_t i = 0; i < lines && r >= 0; i++)
                r = append_row(raw, columns, delimiter, order_id, line_end);
        return r;
}
