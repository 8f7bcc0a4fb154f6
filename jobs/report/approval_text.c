#include "jobs/report/approval_text.h"

#include <assert.h>
#include <string.h>

#include "jobs/base/cleanup.h"
#include "jobs/base/digest.h"

/* `{...}` is filled in; see fill() */
static const char *const answers[APPROVAL_ANSWER_COUNT][LANGUAGE_COUNT] = {
        [APPROVAL_GIVEN] = { "El lote {batch} ({file}) queda aprobado por {person}: {sums}. Se empieza ahora.",
                             "Batch {batch} ({file}) is approved by {person}: {sums}. It begins now." },
        [APPROVAL_REPEATED] = { "El lote {batch} ya estaba aprobado por {person}, el {when}. No se hizo nada de nuevo.",
                                "Batch {batch} was approved by {person} before, at {when}. Nothing was done again." },
        [APPROVAL_ALREADY] = { "El lote {batch} ya fue aprobado por {earlier}, el {when}; no hace falta otra aprobación.",
                               "Batch {batch} was approved by {earlier} at {when}; no other approval is needed." },
        [APPROVAL_NOT_YET] = { "El lote {batch} todavía se está leyendo. Espere su acuse (ACK), revíselo y apruébelo entonces.",
                               "Batch {batch} is still being read. Wait for its ACK, look at it, and approve it then." },
        [APPROVAL_NOT_NEEDED] = { "El lote {batch} no espera ninguna aprobación; no se hizo nada.",
                                  "Batch {batch} does not wait for an approval; nothing was done." },
        [APPROVAL_WITHDRAWN] = { "El lote {batch} ({file}) se retiró antes de que alguien lo aprobara: no queda nada que enviar, y no se hizo nada. Si aún hay que cobrarlo, deje el archivo de nuevo.",
                                 "Batch {batch} ({file}) was withdrawn before anybody approved it: nothing is left to be sent, and nothing was done. If it still has to be collected, drop the file again." },
        [APPROVAL_NO_BATCH] = { "No hay ningún lote {batch}. Copie el número del acuse (ACK) y vuelva a aprobar.",
                                "There is no batch {batch}. Copy the number from the ACK and approve again." },
        [APPROVAL_OWN] = { "El lote {batch} lo dejó {maker}, y quien deja un archivo no lo puede aprobar. Pida que lo apruebe otra persona.",
                           "Batch {batch} was dropped by {maker}, and who drops a file cannot approve it. Ask another person to approve it." },
        [APPROVAL_DIGEST] = { "La huella no es la del lote {batch}: se quiso aprobar otro archivo. Revise el acuse (ACK) de este lote, y si es el correcto use {wanted}.",
                              "The digest is not the one of batch {batch}: another file was to be approved. Look at the ACK of this batch, and if it is the right one use {wanted}." },
        [APPROVAL_NO_PERSON] = { "No se puede saber qué persona aprueba: {person} es una cuenta del sistema. Apruebe con su propia cuenta.",
                                 "It cannot be told which person approves: {person} is an account of the system. Approve it under an account of your own." },
        [APPROVAL_NO_MAKER] = { "No se puede saber quién dejó el archivo del lote {batch}, así que nadie puede ser la segunda persona. Cancele el lote y deje el archivo de nuevo con su propia cuenta.",
                                "It cannot be told who dropped the file of batch {batch}, so nobody can be the second person. Cancel the batch and drop the file again under an account of your own." },
        [APPROVAL_OLD] = { "El archivo {name} es más antiguo que el lote {batch}: no pudo hacerse para aprobarlo. Cree un archivo nuevo, vacío, con ese nombre.",
                           "The file {name} is older than batch {batch}: it cannot have been made to approve it. Make a new, empty file of that name." },
        [APPROVAL_NAME] = { "El nombre {name} no dice qué lote se aprueba. Use el que está en el acuse (ACK), por ejemplo B000017-3fd45dd10a99, sin nada más.",
                            "The name {name} does not say which batch is approved. Use the one that stands in the ACK, like B000017-3fd45dd10a99, and nothing else." },
        [APPROVAL_NOT_EMPTY] = { "El archivo {name} no está vacío; para aprobar se deja un archivo vacío con ese nombre.",
                                 "The file {name} is not empty; what approves is an empty file of that name." },
        [APPROVAL_LINKS] = { "El archivo {name} tiene otro nombre más (un enlace), y no se puede saber quién lo puso aquí. Cree un archivo nuevo, vacío, con ese nombre.",
                             "The file {name} has another name besides (a link), and it cannot be told who put it here. Make a new, empty file of that name." },
};

static const char *const requests[LANGUAGE_COUNT] = {
        "Espera aprobación: no se envía ni se anula nada hasta que otra persona lo apruebe.\n"
        "  Archivo dejado por {maker}; debe aprobarlo alguien distinto.\n"
        "  Se aprueba: {sums}\n"
        "  Para aprobar, deje un archivo vacío con este nombre en la carpeta incoming/approve:\n"
        "    {wanted}\n"
        "  o en un terminal: checkoutctl approve {wanted}\n",
        "Waits for approval: nothing is sent or cancelled until another person approves it.\n"
        "  Dropped by {maker}; it has to be approved by somebody else.\n"
        "  To be approved: {sums}\n"
        "  To approve it, put an empty file of this name into the folder incoming/approve:\n"
        "    {wanted}\n"
        "  or on a terminal: checkoutctl approve {wanted}\n",
};

bool approval_is_given(ApprovalAnswer answer) {
        return answer == APPROVAL_GIVEN || answer == APPROVAL_REPEATED;
}

/* --- what is filled in ---------------------------------------------------------------------- */

/* `18 órdenes, CLP 11.548.160 + 2 órdenes, MXN 35,000.00 + 1 orden por anular` */
static int append_sums(Buffer *text, const ApprovalFacts *facts) {
        static const char *const orders[LANGUAGE_COUNT][2] = { { "orden", "órdenes" },
                                                               { "order", "orders" } };
        static const char *const cancels[LANGUAGE_COUNT] = { "por anular", "to be cancelled" };
        bool first = true;
        int r = 0;

        for (Currency c = 0; facts->totals && r >= 0 && c < CURRENCY_COUNT; c++) {
                const AnswerSum *sum = &facts->totals[c].accepted;

                if (sum->count == 0)
                        continue;
                r = buffer_printf(text, "%s%lld %s, ", first ? "" : " + ", (long long) sum->count,
                                  orders[facts->language][sum->count != 1]);
                if (r >= 0)
                        r = money_append(text, sum->sum, c);
                first = false;
        }
        if (r >= 0 && facts->cancels > 0)
                r = buffer_printf(
                        text, "%s%lld %s %s", first ? "" : " + ", (long long) facts->cancels,
                        orders[facts->language][facts->cancels != 1], cancels[facts->language]);
        return r;
}

static int append_value(Buffer *text, Text key, const ApprovalFacts *facts) {
        const struct {
                const char *key;
                Text value;
        } values[] = { { "file", facts->file },   { "person", facts->person },
                       { "maker", facts->maker }, { "earlier", facts->earlier },
                       { "when", facts->when },   { "name", facts->name } };
        char batch[ANSWER_BATCH_SIZE];

        if (text_is(key, "batch"))
                return buffer_append_string(text, answer_batch(facts->batch, batch));
        if (text_is(key, "sums"))
                return append_sums(text, facts);
        if (text_is(key, "wanted"))
                return facts->sha256 ? approval_append_name(text, facts->batch, facts->sha256) : 0;
        for (size_t i = 0; i < ELEMENTS(values); i++)
                if (text_is(key, values[i].key))
                        return text_append_visible(text, values[i].value, 200);
        assert(false); /* our own texts name nothing else */
        return 0;
}

static int fill(Buffer *text, const char *template, const ApprovalFacts *facts) {
        int r = 0;

        while (r >= 0 && *template) {
                size_t n = strcspn(template, "{");
                const char *end = strchr(template + n, '}');

                r = buffer_append(text, template, n);
                template += n;
                if (!end)
                        continue;
                if (r >= 0)
                        r = append_value(
                                text, (Text){ template + 1, (size_t) (end - template) - 1 }, facts);
                template = end + 1;
        }
        return r;
}

int approval_append_request(Buffer *text, const ApprovalFacts *facts) {
        return fill(text, requests[facts->language], facts);
}

int approval_append_answer(Buffer *text, ApprovalAnswer answer, const ApprovalFacts *facts) {
        assert(answer < APPROVAL_ANSWER_COUNT);
        return fill(text, answers[answer][facts->language], facts);
}

int approval_append_file(Buffer *text, ApprovalAnswer answer, const ApprovalFacts *facts) {
        static const char *const heads[LANGUAGE_COUNT][2] = { { "NO APROBADO", "APROBADO" },
                                                              { "NOT APPROVED", "APPROVED" } };
        bool approved = approval_is_given(answer) || answer == APPROVAL_ALREADY;
        char digest[DIGEST_HEX_SIZE];
        int r = buffer_printf(text, "%s: ", heads[facts->language][approved]);

        if (r >= 0)
                r = text_append_visible(text, facts->file.size > 0 ? facts->file : facts->name,
                                        200);
        if (r >= 0)
                r = buffer_append_string(text, "\n\n");
        if (r >= 0)
                r = approval_append_answer(text, answer, facts);
        if (r >= 0)
                r = buffer_append_char(text, '\n');
        if (r < 0 || !facts->sha256)
                return r;
        digest_hex(facts->sha256, DIGEST_SIZE, digest);
        return buffer_printf(text, "\n%s   %.*s\nSHA-256 %s\n",
                             facts->language == LANGUAGE_ES ? "Fecha" : "Date ",
                             TEXT_ARG(facts->when), digest);
}

/* --- names ---------------------------------------------------------------------------------- */

int approval_append_name(Buffer *name, int64_t batch, const uint8_t sha256[static 32]) {
        char digest[DIGEST_HEX_SIZE], id[ANSWER_BATCH_SIZE];

        digest_hex(sha256, DIGEST_SIZE, digest);
        return buffer_printf(name, "%s-%.*s", answer_batch(batch, id), APPROVAL_DIGITS, digest);
}

/* Lower case, whatever it was; 0: no hexadecimal digit. */
static char hex_digit(char c) {
        if (c >= 'A' && c <= 'F')
                c = (char) (c - 'A' + 'a');
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ? c : '\0';
}

int approval_read_name(Text name, int64_t *ret_batch, char ret_digits[static APPROVAL_DIGITS + 1]) {
        int64_t number = 0;
        size_t i = 1, n;

        if (name.size == 0 || (name.data[0] != 'B' && name.data[0] != 'b'))
                return 0;
        for (; i < name.size && name.data[i] >= '0' && name.data[i] <= '9'; i++) {
                number = 10 * number + (name.data[i] - '0');
                if (number > INT32_MAX)
                        return 0;
        }
        if (number == 0 || i >= name.size || name.data[i] != '-' ||
            name.size - i - 1 != APPROVAL_DIGITS)
                return 0;
        for (n = 0; n < APPROVAL_DIGITS; n++) {
                ret_digits[n] = hex_digit(name.data[i + 1 + n]);
                if (ret_digits[n] == '\0')
                        return 0;
        }
        ret_digits[n] = '\0';
        *ret_batch = number;
        return 1;
}
