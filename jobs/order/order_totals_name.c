/* Control totals that the name of a file declares. */
#include "jobs/base/cleanup.h"
#include "jobs/order/order_totals.h"

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static Text skip(Text text, size_t size) {
        return (Text){ text.data + size, text.size - size };
}

/* What stands before the next `_`; `name` goes on behind that. */
static Text take_part(Text *name) {
        const char *end = memchr(name->data, '_', name->size);
        size_t size = end ? (size_t) (end - name->data) : name->size;
        Text part = { name->data, size };

        *name = skip(*name, size + (end != NULL));
        return part;
}

static Text peek_part(Text name) {
        return take_part(&name);
}

/* `n120` or `s45120300`, in whatever letters: there are programs that write all names in
 * capitals. */
static bool is_marked(Text part, char letter) {
        return part.size >= 2 && (part.data[0] | 0x20) == letter && is_digit(part.data[1]);
}

/* `2026-11-30` */
static bool begins_with_date(Text text) {
        static const char shape[] = "dddd-dd-dd";
        size_t n = sizeof(shape) - 1;

        for (size_t i = 0; i < n; i++)
                if (i >= text.size ||
                    (shape[i] == 'd' ? !is_digit(text.data[i]) : text.data[i] != shape[i]))
                        return false;
        return text.size == n || !is_digit(text.data[n]);
}

/* What copying, mending and programs put behind it: ` (1)`, `-2`, ` - copia`, `.corregido`,
 * `.2026-11-30`. */
static bool may_follow(Text rest) {
        if (rest.size == 0 || strchr(" -(", rest.data[0]))
                return true;
        if (rest.data[0] != '.' || rest.size == 1)
                return false;
        rest = skip(rest, 1);
        return !is_digit(rest.data[0]) || begins_with_date(rest);
}

static bool read_count(Text part, OrderTotals *totals) {
        Text rest = skip(part, 1);
        int64_t count;

        if (!order_totals_take_number(&rest, &count) || rest.size > 0)
                return false;
        order_totals_add_count(totals, TOTALS_OF_NAME, CURRENCY_XXX, count);
        return true;
}

static bool read_sum(Text part, OrderTotals *totals) {
        DeclaredTotal total = { .source = TOTALS_OF_NAME, .is_sum = true };
        Text rest = skip(part, 1);
        int64_t sum;

        if (!order_totals_take_number(&rest, &sum))
                return false;
        if (rest.size >= 3 && currency_parse((Text){ rest.data, 3 }, &total.currency))
                rest = skip(rest, 3);
        for (Currency c = 0; c < CURRENCY_COUNT; c++)
                total.number[c] = sum;
        order_totals_add(totals, &total);
        return may_follow(rest);
}

/* `x.B000017.rejects.csv`: rows that came back in a file of ours are some of those declared. */
static bool came_back(Text name) {
        for (; name.size > 8; name = skip(name, 1)) {
                size_t n = 2;

                if (name.data[0] != '.' || name.data[1] != 'B')
                        continue;
                while (n < name.size && is_digit(name.data[n]))
                        n++;
                if (n >= 8 && n < name.size && name.data[n] == '.')
                        return true;
        }
        return false;
}

/* `COBROS_N1_S48` and `n1_s2` are more likely payroll 1 of week 48 and page 1 of 2: in capitals, or
 * with nothing before it, only what looks like a sum of money is one. */
static bool is_money(Text sum) {
        size_t digits = 1;

        while (digits < sum.size && is_digit(sum.data[digits]))
                digits++;
        sum = skip(sum, digits);
        return digits > 4 ||
               (sum.size >= 3 && currency_parse((Text){ sum.data, 3 }, &(Currency){ 0 }));
}

static bool begins_declaration(Text part, Text next, bool first) {
        return is_marked(part, 'n') && is_marked(next, 's') &&
               ((!first && part.data[0] == 'n' && next.data[0] == 's') || is_money(next));
}

/* The declaration that begins with this part, whose first sum is the next one. */
static void read_declaration(OrderTotals *totals, Text part, Text *name) {
        const char *begin = part.data, *end = begin;
        OrderTotals found = { .n = 0 };
        bool good = read_count(part, &found);

        while (is_marked(peek_part(*name), 's')) {
                Text sum = take_part(name);

                good = read_sum(sum, &found) && good;
                end = sum.data + sum.size;
        }
        if (good)
                order_totals_add_all(totals, &found);
        else
                order_totals_add_unread(totals, TOTALS_UNREAD_NAME,
                                        (Text){ begin, (size_t) (end - begin) });
}

void order_totals_of_name(OrderTotals *totals, Text name) {
        static const Text ending = { ".csv", 4 };

        if (came_back(name))
                return;
        if (name.size > ending.size &&
            text_equal_ignoring_case(skip(name, name.size - ending.size), ending))
                name.size -= ending.size;
        for (bool first = true; name.size > 0; first = false) {
                Text part = take_part(&name);

                if (begins_declaration(part, peek_part(name), first))
                        read_declaration(totals, part, &name);
        }
}
