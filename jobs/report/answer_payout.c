#include "jobs/report/answer_payout.h"

#include <inttypes.h>

#include "jobs/base/civil.h"
#include "jobs/report/answer_private.h"

typedef enum Phrase {
        PHRASE_PAYOUT,
        PHRASE_LINES,
        PHRASE_FILE,
        PHRASE_SETTLED,
        PHRASE_DIFFERENT,
        PHRASE_REFUNDED,
        PHRASE_RETURNED,
        PHRASE_NOT_OURS,
        PHRASE_TWICE,
        PHRASE_GROSS,
        PHRASE_FEES,
        PHRASE_OTHER,
        PHRASE_NET,
        PHRASE_ROWS,
        PHRASE_PAYMENTS,
        PHRASE_PAID_OUT,
        PHRASE_OUR_FEES,
        PHRASE_OUR_NET,
        PHRASE_UNSETTLED,
        PHRASE_LOOK_AT,
        PHRASE_REPLACES,
        PHRASE_COUNT,
} Phrase;

static const char *const phrases[PHRASE_COUNT][LANGUAGE_COUNT] = {
        [PHRASE_PAYOUT] = { "LIQUIDACIÓN RECIBIDA", "PAYOUT ACCEPTED" },
        [PHRASE_LINES] = { "Líneas", "Lines" },
        [PHRASE_FILE] = { "líneas del archivo", "lines of the file" },
        [PHRASE_SETTLED] = { "= pagos que calzan", "= payments that agree" },
        [PHRASE_DIFFERENT] = { "+ con diferencia", "+ with a difference" },
        [PHRASE_REFUNDED] = { "+ devoluciones", "+ refunds" },
        [PHRASE_RETURNED] = { "+ devoluciones fallidas", "+ failed refunds" },
        [PHRASE_NOT_OURS] = { "+ no son nuestras", "+ not ours" },
        [PHRASE_TWICE] = { "+ ya contadas antes", "+ counted before" },
        [PHRASE_GROSS] = { "bruto del archivo", "gross of the file" },
        [PHRASE_FEES] = { "- comisiones", "- fees" },
        [PHRASE_OTHER] = { "- otros descuentos", "- other deductions" },
        [PHRASE_NET] = { "= neto del archivo", "= net of the file" },
        [PHRASE_ROWS] = { "nuestras filas", "our rows" },
        [PHRASE_PAYMENTS] = { "sus pagos", "their payments" },
        [PHRASE_PAID_OUT] = { "liquidado por ellos", "paid out for them" },
        [PHRASE_OUR_FEES] = { "comisiones", "fees" },
        [PHRASE_OUR_NET] = { "neto", "net" },
        [PHRASE_UNSETTLED] = { "Pagados antes del %s que no están en ninguna liquidación:",
                               "Paid before %s and in no payout:" },
        [PHRASE_LOOK_AT] = { "Qué hay que revisar:", "What has to be looked at:" },
        [PHRASE_REPLACES] = { "Reemplaza a la liquidación %s: las líneas de esa ya no cuentan.\n",
                              "It replaces payout file %s: the lines of that one count no more.\n" },
};

static const char *say(Language language, Phrase phrase) {
        return phrases[phrase][language];
}

static void add(AnswerPayoutSum *to, const AnswerPayoutSum *sum) {
        to->count += sum->count;
        to->amount += sum->amount;
        to->fee += sum->fee;
        to->net += sum->net;
        to->known += sum->known;
        to->rows += sum->rows;
        to->row_amount += sum->row_amount;
}

/* count < 0: there is none to be said */
static int append_sum(Buffer *text, const char *name, int64_t count, int64_t amount,
                      Currency currency) {
        AUTO_BUFFER money = BUFFER_EMPTY, counted = BUFFER_EMPTY;
        size_t width = text_characters(text_of(name));
        int r = money_append(&money, amount, currency);

        if (r >= 0)
                r = count < 0 ? buffer_append_string(&counted, "")
                              : buffer_append_integer(&counted, count);
        if (r < 0)
                return r;
        return buffer_printf(text, "  %s%*s %10s   %22s\n", name,
                             (int) (width < 24 ? 24 - width : 1), "", counted.data, money.data);
}

static int append_lines(Buffer *text, Language language, const AnswerPayoutSum *sums,
                        const AnswerPayoutSum *all, Currency c) {
        static const Phrase parts[PAYOUT_OUTCOME_COUNT] = {
                [PAYOUT_SETTLED] = PHRASE_SETTLED,   [PAYOUT_DIFFERENT] = PHRASE_DIFFERENT,
                [PAYOUT_REFUNDED] = PHRASE_REFUNDED, [PAYOUT_RETURNED] = PHRASE_RETURNED,
                [PAYOUT_NOT_OURS] = PHRASE_NOT_OURS, [PAYOUT_TWICE] = PHRASE_TWICE,
        };
        int r = append_sum(text, say(language, PHRASE_FILE), all->count, all->amount, c);

        for (int o = PAYOUT_SETTLED; r >= 0 && o < PAYOUT_OUTCOME_COUNT; o++)
                r = append_sum(text, say(language, parts[o]), sums[o].count, sums[o].amount, c);
        return r;
}

static int append_three_ways(Buffer *text, Language language, const AnswerPayoutSum *sums,
                             const AnswerPayoutSum *all, Currency c) {
        int64_t other = all->amount - all->fee - all->net;
        AnswerPayoutSum ours = { 0 }, payments = sums[PAYOUT_SETTLED];
        int r = buffer_append_string(text, "\n");

        for (int o = PAYOUT_SETTLED; o <= PAYOUT_RETURNED; o++)
                add(&ours, &sums[o]);
        add(&payments, &sums[PAYOUT_DIFFERENT]);
        if (r >= 0)
                r = append_sum(text, say(language, PHRASE_GROSS), -1, all->amount, c);
        if (r >= 0)
                r = append_sum(text, say(language, PHRASE_FEES), -1, all->fee, c);
        if (r >= 0 && other != 0)
                r = append_sum(text, say(language, PHRASE_OTHER), -1, other, c);
        if (r >= 0)
                r = append_sum(text, say(language, PHRASE_NET), -1, all->net, c);
        if (r >= 0)
                r = buffer_append_string(text, "\n");
        if (r >= 0)
                r = append_sum(text, say(language, PHRASE_ROWS), ours.rows, ours.row_amount, c);
        if (r >= 0)
                r = append_sum(text, say(language, PHRASE_PAYMENTS), payments.count, payments.known,
                               c);
        if (r >= 0)
                r = append_sum(text, say(language, PHRASE_PAID_OUT), ours.count, ours.amount, c);
        if (r >= 0)
                r = append_sum(text, say(language, PHRASE_OUR_FEES), -1, ours.fee, c);
        return r < 0 ? r : append_sum(text, say(language, PHRASE_OUR_NET), -1, ours.net, c);
}

static int append_currency(Buffer *text, Language language, const AnswerPayoutSum *sums,
                           Currency c) {
        AnswerPayoutSum all = { 0 };
        int r;

        for (int o = PAYOUT_SETTLED; o < PAYOUT_OUTCOME_COUNT; o++)
                add(&all, &sums[o]);
        if (all.count == 0)
                return 0;
        r = buffer_printf(text, "\n%s\n", currency_name(c));
        if (r >= 0)
                r = append_lines(text, language, sums, &all, c);
        return r < 0 ? r : append_three_ways(text, language, sums, &all, c);
}

static int append_unsettled(Buffer *text, Language language, const AnswerPayout *payout) {
        const char *what = say(language, PHRASE_UNSETTLED), *mark = strstr(what, "%s");
        char before[CIVIL_TIME_SIZE];
        bool said = false;
        int r = 0;

        for (Currency c = 0; r >= 0 && c < CURRENCY_COUNT; c++) {
                if (payout->unsettled[c].count == 0)
                        continue;
                if (!said)
                        r = buffer_printf(text, "\n%.*s%.10s%s\n", (int) (mark - what), what,
                                          civil_local_format(payout->unsettled_before, before),
                                          mark + 2);
                said = true;
                if (r >= 0)
                        r = append_sum(text, currency_name(c), payout->unsettled[c].count,
                                       payout->unsettled[c].sum, c);
        }
        return r;
}

static int append_look_at(Buffer *text, Language language, const AnswerPayout *payout) {
        AUTO_BUFFER lines = BUFFER_EMPTY;
        int r = buffer_append(&lines, payout->lines.data, payout->lines.size);

        if (r >= 0 && payout->more > 0)
                r = language == LANGUAGE_ES
                            ? buffer_printf(&lines, "y %" PRIu64 " más\n", payout->more)
                            : buffer_printf(&lines, "and %" PRIu64 " more\n", payout->more);
        return r < 0 ? r
                     : answer_append_list(text, say(language, PHRASE_LOOK_AT),
                                          (Text){ lines.data, lines.size });
}

static int append_replaces(Buffer *text, Language language, int64_t replaces) {
        const char *what = say(language, PHRASE_REPLACES), *mark = strstr(what, "%s");
        char batch[ANSWER_BATCH_SIZE];

        if (replaces == 0)
                return 0;
        return buffer_printf(text, "\n%.*s%s%s", (int) (mark - what), what,
                             answer_batch(replaces, batch), mark + 2);
}

int answer_append_payout(Buffer *text, const Answer *answer, const AnswerPayout *payout) {
        Language language = answer->language;
        int r = answer_append_head(text, answer, say(language, PHRASE_PAYOUT));
        AUTO_BUFFER lines = BUFFER_EMPTY;

        if (r >= 0)
                r = buffer_append_integer(&lines, (int64_t) answer->lines);
        if (r >= 0)
                r = answer_append_fact(text, say(language, PHRASE_LINES),
                                       (Text){ lines.data, lines.size });
        if (r >= 0)
                r = append_replaces(text, language, payout->replaces);
        for (Currency c = 0; r >= 0 && c < CURRENCY_COUNT; c++)
                r = append_currency(text, language, payout->sums[c], c);
        if (r >= 0)
                r = append_unsettled(text, language, payout);
        return r < 0 ? r : append_look_at(text, language, payout);
}

/* --- lines to look at ----------------------------------------------------------------------- */

static const char *what_of(PayoutOutcome outcome, Language language) {
        static const char *const what[PAYOUT_OUTCOME_COUNT][LANGUAGE_COUNT] = {
                [PAYOUT_DIFFERENT] = { "el archivo trae otro monto que el pagado",
                                       "the file has another amount than was paid" },
                [PAYOUT_NOT_OURS] = { "no corresponde a ningún pago nuestro que conozcamos",
                                      "it is no payment of ours that we know" },
                [PAYOUT_TWICE] = { "ya estaba en una línea anterior o en otra liquidación",
                                   "it stood in an earlier line or another payout file already" },
        };

        return what[outcome][language] ? what[outcome][language] : "";
}

int answer_append_payout_line(Buffer *lines, Language language, const AnswerPayoutLine *line) {
        static const char *const begin[LANGUAGE_COUNT] = { "línea", "line" };
        int r = buffer_printf(lines, "%s %u, ", begin[language], (unsigned) line->line);

        if (r >= 0)
                r = text_append_visible(lines, line->id, 60);
        if (r >= 0 && line->order_id.size > 0)
                r = buffer_append_string(lines, " (");
        if (r >= 0 && line->order_id.size > 0)
                r = text_append_visible(lines, line->order_id, 64);
        if (r >= 0)
                r = buffer_append_string(lines, line->order_id.size > 0 ? "): " : ": ");
        if (r >= 0)
                r = money_append(lines, line->amount, line->currency);
        if (r >= 0)
                r = buffer_printf(lines, ": %s", what_of(line->outcome, language));
        if (r >= 0 && line->outcome == PAYOUT_DIFFERENT) {
                r = buffer_append_string(lines, ", ");
                if (r >= 0)
                        r = money_append(lines, line->known, line->currency);
        }
        return r < 0 ? r : buffer_append_char(lines, '\n');
}
