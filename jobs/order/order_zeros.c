#include "jobs/order/order_zeros.h"

#include <string.h>

static bool is_number(Text text) {
        for (size_t i = 0; i < text.size; i++)
                if (text.data[i] < '0' || text.data[i] > '9')
                        return false;
        return text.size > 0;
}

void order_zeros_add(OrderZeros *zeros, uint32_t line, Text order_id) {
        size_t n = order_id.size;

        if (n > ZEROS_WIDTH_MAX || !is_number(order_id))
                return;
        if (n > 1 && order_id.data[0] == '0') {
                zeros->mixed = zeros->mixed || (zeros->width > 0 && zeros->width != n);
                zeros->width = n;
                zeros->wide++;
                return;
        }
        if (zeros->plain[n].n++ > 0)
                return;
        zeros->plain[n].line = line;
        text_copy_out(order_id, zeros->plain[n].value, sizeof(zeros->plain[n].value));
}

bool order_zeros_find(const OrderZeros *zeros, OrderZerosLost *ret_lost) {
        OrderZerosLost lost = { .width = zeros->width };
        size_t first = 0;

        if (zeros->wide < 2 || zeros->mixed)
                return false;
        for (size_t n = 1; n <= ZEROS_WIDTH_MAX; n++) {
                if (zeros->plain[n].n == 0 || n == zeros->width)
                        continue;
                if (n > zeros->width)
                        return false; /* they have no common width */
                lost.n += zeros->plain[n].n;
                if (first == 0 || zeros->plain[n].line < zeros->plain[first].line)
                        first = n;
        }
        if (first == 0 || lost.n >= zeros->wide + zeros->plain[zeros->width].n)
                return false;
        lost.line = zeros->plain[first].line;
        memcpy(lost.value, zeros->plain[first].value, sizeof(lost.value));
        memset(lost.original, '0', zeros->width - first);
        memcpy(lost.original + zeros->width - first, lost.value, first + 1);
        *ret_lost = lost;
        return true;
}

bool order_zeros_may_be_lost(Text order_id) {
        return is_number(order_id);
}

bool order_zeros_are_lost(Text order_id, Text original) {
        size_t n = original.size - order_id.size;

        if (order_id.size >= original.size || !is_number(original) ||
            memcmp(original.data + n, order_id.data, order_id.size) != 0 || order_id.size == 0)
                return false;
        for (size_t i = 0; i < n; i++)
                if (original.data[i] != '0')
                        return false;
        return true;
}
