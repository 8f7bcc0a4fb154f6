/* What an answer says besides: one line each. */
#include <inttypes.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/report/answer.h"

static int note_column(Buffer *notes, Language language, Text column,
                       const char *const end[LANGUAGE_COUNT]) {
        static const char *const begin[LANGUAGE_COUNT] = { "La columna \"", "The column \"" };
        int r = buffer_append_string(notes, begin[language]);

        if (r >= 0)
                r = text_append_visible(notes, column, 60);
        return r < 0 ? r : buffer_append_string(notes, end[language]);
}

int answer_note_unknown_column(Buffer *notes, Language language, Text column) {
        static const char *const end[LANGUAGE_COUNT] = {
                "\" se conserva en los resultados, pero no se envía.\n",
                "\" is kept in the results, but not sent.\n",
        };

        return note_column(notes, language, column, end);
}

int answer_note_unread_column(Buffer *notes, Language language, Text column) {
        static const char *const end[LANGUAGE_COUNT] = {
                "\" no es ninguna de las que se leen.\n",
                "\" is none of those that are read.\n",
        };

        return note_column(notes, language, column, end);
}

int answer_note_unread_amounts(Buffer *notes, Language language) {
        static const char *const lines[LANGUAGE_COUNT] = {
                "En la suma leída, un monto que no se puede leer cuenta como 0: corrija primero las filas indicadas.\n",
                "In the sum that was read, an amount that cannot be read counts as 0: mend the rows that are named first.\n",
        };

        return buffer_append_string(notes, lines[language]);
}

int answer_note_waited(Buffer *notes, Language language) {
        static const char *const lines[LANGUAGE_COUNT] = {
                "El archivo no termina con un salto de línea: podría estar cortado. Como no cambió en 10 minutos, se aceptó; compare el total de filas y la suma.\n",
                "The file does not end with a line end: it may have been cut. As it did not change for 10 minutes it was taken; compare the number of rows and the sum.\n",
        };

        return buffer_append_string(notes, lines[language]);
}

int answer_note_schedule(Buffer *notes, Language language, int64_t first, int64_t last) {
        static const char *const begin[LANGUAGE_COUNT] = {
                "Filas con fecha de envío: la primera sale el",
                "Rows with a time to be sent: the first one leaves at",
        };
        static const char *const and[LANGUAGE_COUNT] = { " y la última el", ", the last one at" };
        char time[CIVIL_TIME_SIZE];
        int r = buffer_printf(notes, "%s %s", begin[language], civil_local_format(first, time));

        if (r >= 0 && last != first)
                r = buffer_printf(notes, "%s %s", and[language], civil_local_format(last, time));
        return r < 0 ? r : buffer_append_string(notes, ".\n");
}

int answer_note_parent(Buffer *notes, Language language, int64_t parent) {
        static const char *const lines[LANGUAGE_COUNT] = { "Es una corrección del lote",
                                                           "It mends batch" };
        char batch[ANSWER_BATCH_SIZE];

        return buffer_printf(notes, "%s %s.\n", lines[language], answer_batch(parent, batch));
}

int answer_note_instructions(Buffer *notes, Language language, int64_t cancels, int64_t reissues) {
        static const char *const cancel[LANGUAGE_COUNT] = {
                "Instrucciones para anular el enlace de otra fila",
                "Instructions to end the link of another row",
        };
        static const char *const outside[LANGUAGE_COUNT] = {
                "No son cobros y no están en los totales; su respuesta viene en los resultados.",
                "They are no orders and stand in no total; their answer comes with the results.",
        };
        static const char *const reissue[LANGUAGE_COUNT] = {
                "Cobros que reemplazan el enlace de su orden, una vez terminado",
                "Orders that replace the link of their reference, once it is ended",
        };
        int r = 0;

        if (cancels > 0)
                r = buffer_printf(notes, "%s: %" PRId64 ". %s\n", cancel[language], cancels,
                                  outside[language]);
        if (r >= 0 && reissues > 0)
                r = buffer_printf(notes, "%s: %" PRId64 ".\n", reissue[language], reissues);
        return r;
}

int answer_note_zeros(Buffer *notes, Language language, const OrderZerosLost *lost) {
        static const struct {
                const char *line, *and, *others, *another, *number, *has, *was, *end;
        } words[LANGUAGE_COUNT] = {
                { "Línea", "y otras", "filas así", "y otra fila así", "el número de orden",
                  "tiene menos cifras que los demás, que llevan ceros a la izquierda; probablemente era",
                  "y Excel borró los ceros",
                  "Se usa como está; si no es así, anule esa orden y envíela otra vez con el número completo (en Excel, dé a la columna el formato Texto)" },
                { "Line", "and", "other rows like it", "and another row like it",
                  "the order number",
                  "has fewer digits than the others, which have leading zeros; it probably was",
                  "and Excel removed the zeros",
                  "It is used as it is; if that is wrong, cancel that order and send it again with the whole number (in Excel, format the column as Text)" },
        };
        int r = buffer_printf(notes, "%s %u", words[language].line, lost->line);

        if (r >= 0 && lost->n == 2)
                r = buffer_printf(notes, " (%s)", words[language].another);
        if (r >= 0 && lost->n > 2)
                r = buffer_printf(notes, " (%s %" PRId64 " %s)", words[language].and, lost->n - 1,
                                  words[language].others);
        return r < 0 ? r
                     : buffer_printf(notes, ": %s %s %s %s, %s. %s.\n", words[language].number,
                                     lost->value, words[language].has, lost->original,
                                     words[language].was, words[language].end);
}

int answer_note_given_up(Buffer *notes, Language language, int64_t n) {
        static const char *const begin[LANGUAGE_COUNT] = {
                "Órdenes que no se envían todavía",
                "Orders that are not sent yet",
        };
        static const char *const why[LANGUAGE_COUNT] = {
                "Ya se habían anulado sin que se supiera si tienen un enlace; los resultados dicen cuáles son y qué hay que hacer.",
                "They were cancelled before, when nobody knew whether they have a link; the results say which ones they are, and what to do.",
        };

        return n > 0 ? buffer_printf(notes, "%s: %" PRId64 ". %s\n", begin[language], n,
                                     why[language])
                     : 0;
}
