#include "jobs/reconcile/finding.h"

#include <assert.h>
#include <stddef.h>

#include "jobs/base/cleanup.h"

typedef struct Kind {
        const char *name;
        const char *meaning[LANGUAGE_COUNT];
        const char *advice[LANGUAGE_COUNT];
} Kind;

/* clang-format off */
static const Kind kinds[] = {
        [FINDING_PAID_OTHER_AMOUNT] = { "paid-other-amount",
                { "se pagó un monto distinto del cobrado",
                  "another amount was paid than was asked for" },
                { "Compare el pago con la factura; cobre la diferencia aparte, o devuelva lo pagado",
                  "Compare the payment with the invoice; collect the difference separately, or give the payment back" } },
        [FINDING_PAID_OTHER_CURRENCY] = { "paid-other-currency",
                { "se pagó en otra moneda que la cobrada",
                  "it was paid in another currency than was asked for" },
                { "Pregunte al proveedor cómo se abonó el pago antes de darlo por bueno",
                  "Ask the provider how the payment was credited before you accept it" } },
        [FINDING_PAID_TWICE] = { "paid-twice",
                { "la misma referencia se pagó más de una vez",
                  "the same reference was paid more than once" },
                { "Confirme con quien pagó, y devuelva uno de los pagos",
                  "Confirm it with the payer, and give one of the payments back" } },
        [FINDING_PAID_LATE] = { "paid-late",
                { "se pagó después de que el enlace venció o se dio por terminado",
                  "it was paid after the link had run out or was over" },
                { "El pago cuenta; revise que la factura no se haya cobrado entretanto por otra vía",
                  "The payment counts; check that the invoice was not collected in another way meanwhile" } },
        [FINDING_PENDING_LONG] = { "pending-long",
                { "el pago sigue sin confirmar más de 10 días después del término del enlace",
                  "the payment is still not confirmed more than 10 days after the link has ended" },
                { "Revise la cartola del banco y pregunte al proveedor por este pago",
                  "Look at the bank statement and ask the provider about this payment" } },
        [FINDING_ORPHAN] = { "orphan",
                { "el proveedor tiene un enlace hecho con nuestra marca que no corresponde a ninguna fila",
                  "the provider has a link with our mark that belongs to no row" },
                { "Si se restauró un respaldo o hay otra instalación en la misma cuenta, es de allí; si no, anule el enlace en el panel del proveedor",
                  "If a backup was restored or another installation uses the account, it is from there; else end the link in the provider's dashboard" } },
        [FINDING_SESSION_GONE] = { "session-gone",
                { "el proveedor ya no conoce el enlace de esta fila",
                  "the provider does not know the link of this row any more" },
                { "Pregunte al proveedor; no haga otro enlace sin saber si este se pagó",
                  "Ask the provider; make no other link before you know whether this one was paid" } },
        [FINDING_EXPIRY_MOVED] = { "expiry-moved",
                { "el proveedor cambió el vencimiento del enlace",
                  "the provider has moved the time at which the link runs out" },
                { "Nada que corregir; avise a quien paga si el nuevo vencimiento es antes",
                  "Nothing to mend; tell the payer if it now runs out earlier" } },
        [FINDING_GIVEN_UP] = { "given-up",
                { "la fila se retiró sin saber si el proveedor hizo el enlace, y el enlace existe",
                  "the row was withdrawn before it was known whether the provider made the link, and the link exists" },
                { "Anule el enlace en el panel del proveedor, o espere que venza; revise si se pagó",
                  "End the link in the provider's dashboard, or wait until it runs out; see whether it was paid" } },
        [FINDING_REFUNDED_OTHERWISE] = { "refunded-otherwise",
                { "lo devuelto no corresponde a lo pagado",
                  "what was given back does not agree with what was paid" },
                { "Compare las devoluciones con el pago en el panel del proveedor",
                  "Compare the refunds with the payment in the provider's dashboard" } },
        [FINDING_SESSION_DIFFERS] = { "session-differs",
                { "el proveedor muestra bajo este enlace algo distinto de lo que se le pidió",
                  "the provider shows something else under this link than was asked for" },
                { "No se le cree y la fila queda como estaba; pregunte al proveedor",
                  "It is not believed and the row stays as it was; ask the provider" } },
        [FINDING_SETTLED_DIFFERENCE] = { "settled-difference",
                { "el abono del proveedor trae otro monto que el pagado",
                  "the provider's payout has another amount than was paid" },
                { "Compare el pago con el abono y reclame la diferencia al proveedor",
                  "Compare the payment with the payout and claim the difference from the provider" } },
        [FINDING_PAYOUT_NOT_OURS] = { "payout-not-ours",
                { "el abono incluye pagos que no son de ninguna fila",
                  "the payout has payments that belong to no row" },
                { "Busque esos pagos en los otros sistemas que cobran por la misma cuenta",
                  "Look for those payments in the other systems that collect through the account" } },
        [FINDING_PAID_NOT_SETTLED] = { "paid-not-settled",
                { "el pago no aparece en ningún abono del proveedor",
                  "the payment is in no payout of the provider" },
                { "Pregunte al proveedor cuándo se abona este pago",
                  "Ask the provider when this payment is paid out" } },
        [FINDING_SETTLED_TWICE] = { "settled-twice",
                { "el mismo pago o devolución está en dos líneas de los abonos del proveedor",
                  "the same payment or refund is in two lines of the provider's payouts" },
                { "Se cuenta una sola vez; si el banco muestra dos abonos, pregunte al proveedor",
                  "It is counted once; if the bank shows two payouts, ask the provider" } },
};
/* clang-format on */

static_assert(ELEMENTS(kinds) == FINDING_KIND_END, "every kind has its texts");
static_assert(FINDING_PAID_OTHER_AMOUNT == 1 && FINDING_PAID_OTHER_CURRENCY == 2 &&
                      FINDING_PAID_TWICE == 3 && FINDING_PAID_LATE == 4 &&
                      FINDING_PENDING_LONG == 5 && FINDING_ORPHAN == 6 &&
                      FINDING_SESSION_GONE == 7 && FINDING_EXPIRY_MOVED == 8 &&
                      FINDING_GIVEN_UP == 9 && FINDING_REFUNDED_OTHERWISE == 10 &&
                      FINDING_SESSION_DIFFERS == 11 && FINDING_SETTLED_DIFFERENCE == 20 &&
                      FINDING_PAYOUT_NOT_OURS == 21 && FINDING_PAID_NOT_SETTLED == 22 &&
                      FINDING_SETTLED_TWICE == 23,
              "stored on disk: never renumber");

const char *finding_name(FindingKind kind) {
        return kind < FINDING_KIND_END ? kinds[kind].name : NULL;
}

FindingKind finding_of_name(Text name) {
        for (unsigned kind = 1; kind < FINDING_KIND_END; kind++)
                if (kinds[kind].name && text_is(name, kinds[kind].name))
                        return (FindingKind) kind;
        return (FindingKind) 0;
}

const char *finding_meaning(FindingKind kind, Language language) {
        assert(finding_name(kind) && language < LANGUAGE_COUNT);
        return kinds[kind].meaning[language];
}

const char *finding_advice(FindingKind kind, Language language) {
        assert(finding_name(kind) && language < LANGUAGE_COUNT);
        return kinds[kind].advice[language];
}
