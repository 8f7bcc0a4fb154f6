#include "jobs/report/answer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/base/digest.h"
#include "jobs/report/answer_private.h"

typedef enum Phrase {
        PHRASE_ACK,
        PHRASE_NACK,
        PHRASE_DUP,
        PHRASE_BATCH,
        PHRASE_PROFILE,
        PHRASE_RUN,
        PHRASE_RECEIVED,
        PHRASE_MODE,
        PHRASE_LIVE,
        PHRASE_TEST,
        PHRASE_DIGEST,
        PHRASE_FORM,
        PHRASE_LINES,
        PHRASE_COMMA,
        PHRASE_SEMICOLON,
        PHRASE_TAB,
        PHRASE_NO_CURRENCY,
        PHRASE_READ,
        PHRASE_ACCEPTED,
        PHRASE_REJECTED,
        PHRASE_DUPLICATE,
        PHRASE_CONFLICT,
        PHRASE_PROBLEMS,
        PHRASE_NOTES,
        PHRASE_RESULTS,
        PHRASE_NACK_WHAT,
        PHRASE_DUP_WHAT,
        PHRASE_NACK_PAYOUT,
        PHRASE_DUP_PAYOUT,
        PHRASE_COUNT,
} Phrase;

static const char *const phrases[PHRASE_COUNT][LANGUAGE_COUNT] = {
        [PHRASE_ACK] = { "RECIBIDO", "ACCEPTED" },
        [PHRASE_NACK] = { "NO ACEPTADO", "NOT ACCEPTED" },
        [PHRASE_DUP] = { "REPETIDO", "REPEATED" },
        [PHRASE_BATCH] = { "Lote", "Batch" },
        [PHRASE_PROFILE] = { "Perfil", "Profile" },
        [PHRASE_RUN] = { "Período", "Run" },
        [PHRASE_RECEIVED] = { "Recibido", "Received" },
        [PHRASE_MODE] = { "Modo", "Mode" },
        [PHRASE_LIVE] = { "real", "live" },
        [PHRASE_TEST] = { "prueba (ningún cobro es real)", "test (no payment is real)" },
        [PHRASE_DIGEST] = { "SHA-256", "SHA-256" },
        [PHRASE_FORM] = { "Leído como", "Read as" },
        [PHRASE_LINES] = { "Líneas", "Lines" },
        [PHRASE_COMMA] = { "separado por comas", "separated by commas" },
        [PHRASE_SEMICOLON] = { "separado por punto y coma", "separated by semicolons" },
        [PHRASE_TAB] = { "separado por tabuladores", "separated by tabs" },
        [PHRASE_NO_CURRENCY] = { "Sin moneda que se pueda leer",
                                 "Without a currency that can be read" },
        [PHRASE_READ] = { "leídas", "read" },
        [PHRASE_ACCEPTED] = { "= aceptadas", "= accepted" },
        [PHRASE_REJECTED] = { "+ rechazadas", "+ rejected" },
        [PHRASE_DUPLICATE] = { "+ duplicadas", "+ duplicate" },
        [PHRASE_CONFLICT] = { "+ en conflicto", "+ conflict" },
        [PHRASE_PROBLEMS] = { "Qué hay que corregir:", "What has to be mended:" },
        [PHRASE_NOTES] = { "Además:", "Besides:" },
        [PHRASE_RESULTS] = { "Los resultados llegarán en:", "The results will come in:" },
        [PHRASE_NACK_WHAT] = { "El archivo no se aceptó y no se envió nada. Corrija lo que se indica y vuelva a dejar el archivo.",
                               "The file was not accepted and nothing was sent. Mend what is said below and drop the file again." },
        [PHRASE_DUP_WHAT] = { "Este archivo es idéntico, byte por byte, al lote %s. No se envió nada de nuevo; los enlaces están en los resultados de ese lote.",
                              "This file is the same, byte for byte, as batch %s. Nothing was sent again; the links are in the results of that batch." },
        [PHRASE_NACK_PAYOUT] = { "El archivo no se aceptó y no se contó ninguna de sus líneas. Corrija lo que se indica y vuelva a dejar el archivo.",
                                 "The file was not accepted and none of its lines was counted. Mend what is said below and drop the file again." },
        [PHRASE_DUP_PAYOUT] = { "Este archivo es idéntico, byte por byte, a la liquidación %s. No se contó nada de nuevo.",
                                "This file is the same, byte for byte, as payout file %s. Nothing was counted again." },
};

static const char *say(const Answer *answer, Phrase phrase) {
        return phrases[phrase][answer->language];
}

const char *answer_batch(int64_t batch, char ret[static ANSWER_BATCH_SIZE]) {
        (void) snprintf(ret, ANSWER_BATCH_SIZE, "B%06" PRId64, batch);
        return ret;
}

/* --- the parts of an answer ----------------------------------------------------------------- */

int answer_append_fact(Buffer *text, const char *name, Text value) {
        size_t pad = text_characters(text_of(name));
        int r;

        pad = pad < 12 ? 12 - pad : 1;
        r = buffer_printf(text, "%s:%*s", name, (int) pad, "");
        if (r >= 0)
                r = text_append_visible(text, value, 300);
        return r < 0 ? r : buffer_append_char(text, '\n');
}

static int append_form(Buffer *text, const Answer *answer) {
        Phrase delimiter = answer->delimiter == ';'    ? PHRASE_SEMICOLON
                           : answer->delimiter == '\t' ? PHRASE_TAB
                                                       : PHRASE_COMMA;
        AUTO_BUFFER form = BUFFER_EMPTY;
        int r;

        if (!answer->encoding || answer->delimiter == 0)
                return 0;
        r = buffer_printf(&form, "%s, %s", answer->encoding, say(answer, delimiter));
        return r < 0 ? r
                     : answer_append_fact(text, say(answer, PHRASE_FORM),
                                          (Text){ form.data, form.size });
}

static int append_head(Buffer *text, const Answer *answer, Phrase kind) {
        return answer_append_head(text, answer, say(answer, kind));
}

int answer_append_head(Buffer *text, const Answer *answer, const char *kind) {
        char batch[ANSWER_BATCH_SIZE], time[CIVIL_TIME_SIZE], digest[DIGEST_HEX_SIZE];
        AUTO_BUFFER received = BUFFER_EMPTY;
        int r = buffer_printf(text, "%s: ", kind);

        if (r >= 0)
                r = text_append_visible(text, answer->file, 200);
        if (r >= 0)
                r = buffer_append_string(text, "\n\n");
        if (r >= 0)
                r = answer_append_fact(text, say(answer, PHRASE_BATCH),
                                       text_of(answer_batch(answer->batch, batch)));
        if (r >= 0 && answer->profile.size > 0)
                r = answer_append_fact(text, say(answer, PHRASE_PROFILE), answer->profile);
        if (r >= 0 && answer->run.size > 0)
                r = answer_append_fact(text, say(answer, PHRASE_RUN), answer->run);
        if (r >= 0)
                r = buffer_printf(&received, "%s (%.*s)",
                                  civil_local_format(answer->received_at, time),
                                  TEXT_ARG(answer->timezone));
        if (r >= 0)
                r = answer_append_fact(text, say(answer, PHRASE_RECEIVED),
                                       (Text){ received.data, received.size });
        if (r >= 0)
                r = answer_append_fact(
                        text, say(answer, PHRASE_MODE),
                        text_of(say(answer, answer->live ? PHRASE_LIVE : PHRASE_TEST)));
        if (r >= 0)
                r = append_form(text, answer);
        if (r >= 0 && answer->sha256) {
                digest_hex(answer->sha256, DIGEST_SIZE, digest);
                r = answer_append_fact(text, say(answer, PHRASE_DIGEST), text_of(digest));
        }
        return r;
}

static int append_sum(Buffer *text, const Answer *answer, Phrase phrase, const AnswerSum *sum,
                      Currency currency) {
        const char *name = say(answer, phrase);
        AUTO_BUFFER money = BUFFER_EMPTY;
        int r = money_append(&money, sum->sum, currency);
        size_t width = text_characters(text_of(name));

        if (r < 0)
                return r;
        return buffer_printf(text, "  %s%*s %10" PRId64 "   %22s\n", name,
                             (int) (width < 16 ? 16 - width : 1), "", sum->count, money.data);
}

static int append_totals(Buffer *text, const Answer *answer) {
        int r = 0;

        for (Currency c = 0; r >= 0 && c < CURRENCY_COUNT; c++) {
                const AnswerTotals *t = &answer->totals[c];

                if (t->read.count == 0)
                        continue;
                r = buffer_printf(text, "\n%s\n",
                                  c == CURRENCY_XXX ? say(answer, PHRASE_NO_CURRENCY)
                                                    : currency_name(c));
                if (r >= 0)
                        r = append_sum(text, answer, PHRASE_READ, &t->read, c);
                if (r >= 0)
                        r = append_sum(text, answer, PHRASE_ACCEPTED, &t->accepted, c);
                if (r >= 0)
                        r = append_sum(text, answer, PHRASE_REJECTED, &t->rejected, c);
                if (r >= 0)
                        r = append_sum(text, answer, PHRASE_DUPLICATE, &t->duplicate, c);
                if (r >= 0)
                        r = append_sum(text, answer, PHRASE_CONFLICT, &t->conflict, c);
        }
        return r;
}

/* A heading and its lines, indented. */
int answer_append_list(Buffer *text, const char *heading, Text lines) {
        int r;

        if (lines.size == 0)
                return 0;
        r = buffer_printf(text, "\n%s\n", heading);
        while (r >= 0 && lines.size > 0) {
                const char *end = memchr(lines.data, '\n', lines.size);
                size_t n = end ? (size_t) (end - lines.data) : lines.size;

                r = buffer_printf(text, "  %.*s\n", (int) n, lines.data);
                n += end != NULL;
                lines = (Text){ lines.data + n, lines.size - n };
        }
        return r;
}

/* Their rows were good by themselves; which ones they are is said in the results. */
static int append_known_orders(Buffer *lines, const Answer *answer, bool conflict) {
        static const char *const one[2][LANGUAGE_COUNT] = {
                { " fila ya se había recibido igual: no se envía otra vez y no hay nada que hacer.",
                  " row was received before, the same: it is not sent again, nothing needs to be done." },
                { " fila tiene el número de otra orden y otros datos: no se envía; está en el archivo rejects, que dice cuál es la otra.",
                  " row has the number of another order and other data: it is not sent; the rejects file has it, and says which one the other is." },
        };
        static const char *const many[2][LANGUAGE_COUNT] = {
                { " filas ya se habían recibido iguales: no se envían otra vez y no hay nada que hacer.",
                  " rows were received before, the same: they are not sent again, nothing needs to be done." },
                { " filas tienen el número de otra orden y otros datos: no se envían; están en el archivo rejects, que dice cuál es la otra.",
                  " rows have the number of another order and other data: they are not sent; the rejects file has them, and says which one the other is." },
        };
        int64_t n = 0;

        for (Currency c = 0; c < CURRENCY_COUNT; c++)
                n += conflict ? answer->totals[c].conflict.count
                              : answer->totals[c].duplicate.count;
        if (n == 0)
                return 0;
        return buffer_printf(lines, "%" PRId64 "%s\n", n,
                             (n == 1 ? one : many)[conflict][answer->language]);
}

/* What was found in the rows, and what only the ledger could tell. */
static int append_lists(Buffer *text, const Answer *answer) {
        AUTO_BUFFER problems = BUFFER_EMPTY, notes = BUFFER_EMPTY;
        int r = buffer_append(&problems, answer->problems.data, answer->problems.size);

        if (r >= 0)
                r = append_known_orders(&problems, answer, true);
        if (r >= 0)
                r = append_known_orders(&notes, answer, false);
        if (r >= 0)
                r = buffer_append(&notes, answer->notes.data, answer->notes.size);
        if (r >= 0)
                r = answer_append_list(text, say(answer, PHRASE_PROBLEMS),
                                       (Text){ problems.data, problems.size });
        return r < 0 ? r
                     : answer_append_list(text, say(answer, PHRASE_NOTES),
                                          (Text){ notes.data, notes.size });
}

int answer_append_ack(Buffer *text, const Answer *answer) {
        int r = append_head(text, answer, PHRASE_ACK);
        AUTO_BUFFER lines = BUFFER_EMPTY;

        if (r >= 0)
                r = buffer_append_integer(&lines, (int64_t) answer->lines);
        if (r >= 0)
                r = answer_append_fact(text, say(answer, PHRASE_LINES),
                                       (Text){ lines.data, lines.size });
        if (r >= 0)
                r = append_totals(text, answer);
        if (r >= 0 && answer->approval.size > 0)
                r = buffer_printf(text, "\n%.*s", TEXT_ARG(answer->approval));
        if (r >= 0)
                r = append_lists(text, answer);
        if (r >= 0)
                r = answer_append_list(text, say(answer, PHRASE_RESULTS), answer->results);
        return r;
}

int answer_append_nack(Buffer *text, const Answer *answer) {
        int r = append_head(text, answer, PHRASE_NACK);

        if (r >= 0)
                r = buffer_printf(
                        text, "\n%s\n",
                        say(answer, answer->payout ? PHRASE_NACK_PAYOUT : PHRASE_NACK_WHAT));
        if (r >= 0)
                r = answer_append_list(text, say(answer, PHRASE_PROBLEMS), answer->problems);
        if (r >= 0)
                r = answer_append_list(text, say(answer, PHRASE_NOTES), answer->notes);
        return r;
}

int answer_append_dup(Buffer *text, const Answer *answer) {
        const char *what = say(answer, answer->payout ? PHRASE_DUP_PAYOUT : PHRASE_DUP_WHAT),
                   *mark = strstr(what, "%s");
        char batch[ANSWER_BATCH_SIZE];
        int r = append_head(text, answer, PHRASE_DUP);

        assert(mark);
        if (r >= 0)
                r = buffer_printf(text, "\n%.*s%s", (int) (mark - what), what,
                                  answer_batch(answer->other_batch, batch));
        if (r >= 0 && answer->other_file.size > 0) {
                r = buffer_append_string(text, " (");
                if (r >= 0)
                        r = text_append_visible(text, answer->other_file, 200);
                if (r >= 0)
                        r = buffer_append_char(text, ')');
        }
        return r < 0 ? r : buffer_printf(text, "%s\n", mark + 2);
}
