/* Writes an order file of N rows to stdout: ten columns, about 150 bytes a row, every row good.
 *
 *   make_orders ROWS [FIRST] [ascending|random]
 *
 * References are made from the numbers FIRST, FIRST+1, …: ascending ones in that order, random ones
 * scattered over 64 bits; the same numbers always give the same references. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t scatter(uint64_t x) {
        x += UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
        return x ^ (x >> 31);
}

/* The check digit of a Chilean tax id: weights 2 to 7 from the right, modulo 11. */
static char check_digit(unsigned number) {
        unsigned sum = 0, weight = 2;

        for (; number > 0; number /= 10, weight = weight == 7 ? 2 : weight + 1)
                sum += number % 10 * weight;
        return "0K987654321"[sum % 11];
}

static void write_row(uint64_t number, bool random) {
        unsigned rut = 5000000 + (unsigned) (number % 20000000);

        if (random)
                (void) printf("%016" PRIx64, scatter(number));
        else
                (void) printf("F-%014" PRIu64, number);
        (void) printf(",%u,CLP,cliente%07" PRIu64 "@example.cl,Comercial Los Andes %07" PRIu64
                      ",%u-%c,2026-12-%02u,https://example.cl/ok,https://example.cl/no,"
                      "pedido web\n",
                      1000 + (unsigned) (scatter(number) % 900000), number, number, rut,
                      check_digit(rut), 1 + (unsigned) (number % 28));
}

static bool number_of(const char *text, uint64_t *ret_number) {
        char *end;

        *ret_number = strtoull(text, &end, 10);
        return end != text && *end == '\0';
}

int main(int argc, char *argv[]) {
        bool random = argc > 3 && strcmp(argv[3], "random") == 0;
        uint64_t rows, first = 1;

        if (argc < 2 || !number_of(argv[1], &rows) || (argc > 2 && !number_of(argv[2], &first))) {
                (void) fputs("usage: make_orders ROWS [FIRST] [ascending|random]\n", stderr);
                return 64;
        }
        (void) puts("order_id,amount,currency,customer_email,nombre,rut,due_date,success_url,"
                    "cancel_url,nota");
        for (uint64_t i = 0; i < rows; i++)
                write_row(first + i, random);
        return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 74;
}
