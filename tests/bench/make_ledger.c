/* Writes a store as months of work leave it: files of rows with links, payments, refunds and
 * findings, through the ledger's own verbs, so that its counters are true. The same arguments give
 * the same store.
 *
 *   make_ledger DATABASE ROWS FILES NOW
 *
 * NOW in seconds since 1970: the files came in over the 75 days before it. About two rows of three
 * are paid, some of them late, twice, or with another amount. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/settings/settings.h"
#include "sql/ledger_finding.h"
#include "sql/ledger_payment.h"

#define SLICE 5000

static uint64_t scatter(uint64_t x) {
        x += UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
        return x ^ (x >> 31);
}

typedef struct Making {
        Ledger *ledger;
        const char *rules;
        int64_t now;
        uint64_t number; /* of the row, over all files */
        int64_t batch;
        int64_t received_at;
        Currency currency;
} Making;

static void check(int r, const char *what) {
        if (r < 0) {
                (void) fprintf(stderr, "make_ledger: %s: %s\n", what, strerror(-r));
                exit(74);
        }
}

/* --- one row -------------------------------------------------------------------------------- */

static const char *const companies[] = {
        "Comercial Andina SpA",       "Ferretería El Roble Ltda.", "Transportes Lonquimay S.A.",
        "Clínica Dental Ñuñoa",       "Colegio San Agustín",       "Panadería La Espiga",
        "Constructora Río Bueno SpA", "Óptica Providencia",        "Viña Los Coihues",
};
static const char *const matters[] = { "Arriendo bodega", "Mantención ascensores",
                                       "Factura 88213; despacho incluido", "Servicio de aseo" };

typedef struct Facts {
        int64_t row;
        uint64_t chance;
        int64_t amount;
        int64_t created_at;
        char order[24], text[320];
} Facts;

static void make_facts(const Making *making, uint32_t line, Facts *facts) {
        uint64_t chance = scatter(making->number);
        CivilDate due = civil_date_at(making->received_at + (int64_t) (chance % 45) * DAY);
        const char *company = companies[chance / 7 % ELEMENTS(companies)];

        facts->row = row_id(making->batch, line);
        facts->chance = chance / 1000;
        facts->amount = (int64_t) (5000 + chance / 13 % 900000);
        facts->created_at = making->received_at + (int64_t) line * 20000;
        (void) snprintf(facts->order, sizeof(facts->order), "F-%08" PRIu64, making->number);
        (void) snprintf(facts->text, sizeof(facts->text),
                        "%s;%s;%u-%c;pagos%" PRIu64 "@ejemplo.cl;%" PRId64
                        ";%s;%04d-%02d-%02d;%s\r\n",
                        facts->order, company, 70000000 + (unsigned) (chance % 9000000),
                        "0K987654321"[chance % 11], chance % 10000, facts->amount,
                        currency_name(making->currency), due.year, due.month, due.day,
                        matters[chance / 11 % ELEMENTS(matters)]);
        /* one of them with the delimiter in it: quoted, as an export does */
        if (strstr(facts->text, "; despacho")) {
                char *at = strstr(facts->text, "Factura 88213");

                (void) snprintf(at, sizeof(facts->text) - (size_t) (at - facts->text),
                                "\"Factura 88213; despacho incluido\"\r\n");
        }
}

static void move(const Making *making, const Facts *facts, Status from, Status to,
                 const RowChange *change) {
        check(ledger_row_move(making->ledger, facts->row, from, to, change), "move");
}

static void pay(const Making *making, const Facts *facts, int64_t amount, int64_t at,
                unsigned times) {
        char id[40], reference[16];
        PaymentRecord payment = { .row = facts->row,
                                  .generation = 1,
                                  .status = PAYMENT_SUCCEEDED,
                                  .amount = amount,
                                  .currency = making->currency,
                                  .type = facts->chance % 5 == 0 ? TEXT("card")
                                                                 : TEXT("bank_transfer"),
                                  .created_at = at - 40 * SECOND,
                                  .paid_at = at,
                                  .seen_at = at + 90 * SECOND };

        (void) snprintf(id, sizeof(id), "pi_%016" PRIx64,
                        scatter(making->number * 4 + times + UINT64_C(0xabcdef)));
        (void) snprintf(reference, sizeof(reference), "%08" PRIu64, facts->chance % 100000000);
        payment.id = text_of(id);
        payment.bank_reference = text_of(reference);
        check(ledger_payment_set(making->ledger, &payment), "payment");
}

static void find(const Making *making, const Facts *facts, FindingKind kind, const char *detail) {
        char subject[40];
        Finding finding = { .kind = kind,
                            .row = facts->row,
                            .at = making->now - DAY,
                            .amount = facts->amount,
                            .currency = making->currency,
                            .detail = text_of(detail) };

        (void) snprintf(subject, sizeof(subject), "pi_%016" PRIx64,
                        scatter(making->number * 4 + UINT64_C(0xabcdef)));
        finding.subject = text_of(subject);
        check(ledger_finding_set(making->ledger, &finding), "finding");
}

/* What becomes of a row with a link: by its chance, and by how long ago it came. */
static void go_on(const Making *making, const Facts *facts) {
        const RowChange none = { .due_at = 0 };
        unsigned fate = (unsigned) (facts->chance % 1000);
        int64_t at = facts->created_at + (int64_t) (facts->chance % (9 * 24)) * HOUR + 17 * MINUTE;

        if (at > making->now)
                return; /* still open */
        if (fate < 640) {
                pay(making, facts, facts->amount, at, 0);
                move(making, facts, STATUS_OPEN, STATUS_PAID, &none);
        } else if (fate < 646) {
                pay(making, facts, facts->amount - 1000, at, 0);
                move(making, facts, STATUS_OPEN, STATUS_MISMATCH, &none);
                find(making, facts, FINDING_PAID_OTHER_AMOUNT, "1000 CLP less");
        } else if (fate < 649) {
                pay(making, facts, facts->amount, at, 0);
                pay(making, facts, facts->amount, at + HOUR, 1);
                move(making, facts, STATUS_OPEN, STATUS_MISMATCH, &none);
                find(making, facts, FINDING_PAID_TWICE, "cs_1 cs_2");
        } else if (fate < 659) {
                move(making, facts, STATUS_OPEN, STATUS_FAILED, &none);
        } else if (fate < 780) {
                move(making, facts, STATUS_OPEN, STATUS_EXPIRED, &none);
        } else if (fate < 790) {
                move(making, facts, STATUS_OPEN, STATUS_IN_PROGRESS, &none);
        } else if (fate < 800) {
                move(making, facts, STATUS_OPEN, STATUS_CANCELLED, &none);
        }
}

static void make_row(const Making *making, uint32_t line) {
        static const char reason[] = "correo \"pagos@\": esto no es una dirección de correo. "
                                     "Escriba una sola, como nombre@empresa.cl";
        char session[32], url[96];
        RowChange change = { .due_at = 0 };
        Facts facts;
        NewRow row;

        make_facts(making, line, &facts);
        row = (NewRow){ .id = facts.row,
                        .lines = 1,
                        .order_id = text_of(facts.order),
                        .amount = facts.amount,
                        .currency = making->currency,
                        .status = facts.chance % 60 == 0 ? STATUS_REJECTED : STATUS_QUEUED,
                        .content = (const uint8_t *) "0123456789abcdef",
                        .raw = text_of(facts.text) };
        if (row.status == STATUS_REJECTED) {
                row.code = TEXT("E-EMAIL");
                row.reason = text_of(reason);
        }
        check(ledger_row_add(making->ledger, &row), "row");
        if (row.status == STATUS_REJECTED || facts.chance % 97 == 0)
                return;
        move(making, &facts, STATUS_QUEUED, STATUS_SENDING, &change);
        (void) snprintf(session, sizeof(session), "cs_%016" PRIx64, scatter(making->number * 3));
        (void) snprintf(url, sizeof(url), "https://checkout.fintoc.com/payment?checkout_session=%s",
                        session);
        change.session = text_of(session);
        change.url = text_of(url);
        change.created_at = facts.created_at;
        change.expires_at = facts.created_at + (int64_t) (2 + facts.chance % 20) * DAY;
        move(making, &facts, STATUS_SENDING, STATUS_OPEN, &change);
        go_on(making, &facts);
}

/* --- files ---------------------------------------------------------------------------------- */

static void make_file(Making *making, unsigned number, uint64_t rows) {
        char name[48];
        Batch batch = { .profile = "",
                        .run = "",
                        .file = name,
                        .source = name,
                        .received_at = making->received_at,
                        .state = BATCH_LOADING,
                        .api = API_V2,
                        .rules = making->rules,
                        .header = TEXT(
                                "folio;nombre;rut;correo;monto;moneda;vencimiento;concepto\r\n"),
                        .delimiter = ';',
                        .encoding = ENCODING_UTF8,
                        .n_columns = 8,
                        .file_lines = rows,
                        .note = "" };

        (void) snprintf(name, sizeof(name), "facturas-%04u.csv", number);
        memset(batch.sha256, (int) number, sizeof(batch.sha256));
        check(ledger_begin(making->ledger), "begin");
        check(ledger_batch_add(making->ledger, &batch, &making->batch), "batch");
        batch.id = making->batch;
        check(ledger_batch_checked(making->ledger, &batch), "batch");
        for (uint64_t i = 0; i < rows; i++) {
                if (i > 0 && i % SLICE == 0) {
                        check(ledger_commit(making->ledger), "commit");
                        check(ledger_begin(making->ledger), "begin");
                }
                making->number++;
                make_row(making, (uint32_t) i + 2);
        }
        check(ledger_batch_loaded(making->ledger, making->batch, 0, (uint32_t) rows + 1,
                                  row_first(making->batch) + (int64_t) rows + 2),
              "batch");
        check(ledger_batch_set_state(making->ledger, making->batch, BATCH_SETTLED), "batch");
        check(ledger_commit(making->ledger), "commit");
}

int main(int argc, char *argv[]) {
        CLEANUP(settings_free_p) Settings *settings = NULL;
        AUTO_FREE char *complaint = NULL;
        AUTO_BUFFER rules = BUFFER_EMPTY;
        Making making = { .number = 0 };
        uint64_t rows;
        unsigned files;

        if (argc != 5) {
                (void) fputs("usage: make_ledger DATABASE ROWS FILES NOW\n", stderr);
                return 64;
        }
        rows = strtoull(argv[2], NULL, 10);
        files = (unsigned) strtoul(argv[3], NULL, 10);
        making.now = strtoll(argv[4], NULL, 10) * SECOND;
        check(settings_defaults(&settings, &complaint) == 0 ? 0 : -EINVAL, "settings");
        check(settings_profile_snapshot(&settings->profiles[0], &rules), "settings");
        making.rules = rules.data;
        check(ledger_open(argv[1], LEDGER_WRITE, &making.ledger), argv[1]);
        ledger_set_now(making.ledger, making.now);
        (void) civil_zone_use("America/Santiago");
        for (unsigned i = 0; i < files; i++) {
                making.received_at = making.now - (int64_t) (files - i) * (75 * DAY / files);
                making.currency = i % 10 == 7 ? CURRENCY_MXN : CURRENCY_CLP;
                make_file(&making, i + 1, rows / files + (i < rows % files));
        }
        making.ledger = ledger_free(making.ledger);
        return 0;
}
