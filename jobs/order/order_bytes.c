#include "jobs/order/order_bytes.h"

#include "jobs/order/order_file.h"

#define ALL_BYTES(byte) (UINT64_C(0x0101010101010101) * (byte))

bool order_bytes_need_look(Text row) {
        uint64_t found = row.size > ORDER_CELL_MAX ? ALL_BYTES(0x80) : 0;
        size_t i = 0;

        /* A byte below 0x20, above 0x7e, or in doubt, gets its highest bit set. */
        for (; i + 8 <= row.size; i += 8) {
                uint64_t eight;

                memcpy(&eight, row.data + i, sizeof(eight));
                found |= (eight - ALL_BYTES(0x20)) | eight |
                         ((eight ^ ALL_BYTES(0x7f)) - ALL_BYTES(0x01));
        }
        for (; i < row.size; i++)
                if ((uint8_t) row.data[i] < 0x20 || (uint8_t) row.data[i] >= 0x7f)
                        return true;
        return (found & ALL_BYTES(0x80)) != 0;
}

static bool has_control_but_lines(Text cell) {
        for (size_t i = 0; i < cell.size; i++) {
                uint8_t c = (uint8_t) cell.data[i];

                if ((c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 0x7f)
                        return true;
        }
        return false;
}

static bool has_nul(Text cell) {
        return cell.size > 0 && memchr(cell.data, '\0', cell.size);
}

ProblemCode order_bytes_check(Text cell, const OrderFieldSpec *spec) {
        bool control;

        if (cell.size > ORDER_CELL_MAX)
                return PROBLEM_CELL_SIZE;
        if (!text_is_utf8(cell, NULL))
                return PROBLEM_CELL_ENCODING;
        if (!spec || spec->field == FIELD_CHECKOUT)
                control = has_nul(cell);
        else if (spec->lines)
                control = has_control_but_lines(cell);
        else
                control = text_has_control(text_trim(cell));
        return control ? PROBLEM_CELL_CONTROL : PROBLEM_NONE;
}
