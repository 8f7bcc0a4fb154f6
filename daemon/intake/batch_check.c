#include "daemon/intake/batch_check.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "jobs/base/problem_list.h"
#include "jobs/report/answer.h"

#define LOOK_ORDERS  64
#define LOOK_BYTES   (64 * 1024)
#define POLICIES_MAX 64
#define DETAIL_SIZE  192

/* the public record and what stands behind it */
typedef struct Check {
        BatchCheck open;
        const Profile *profile;
        OrderFile *file;
        bool finished;
        bool mended;
        bool sum_differs;
        bool other_bytes;      /* the declared digest is another one */
        OrderTotals totals;    /* declared beside the file and in it */
        ProblemList *problems; /* of rows */
        BatchCheckJudge judge;
        void *judge_userdata;
        OrderZeros zeros;
        uint32_t total_line; /* of a row of totals that no good row follows; 0: none */
        Problem policies[POLICIES_MAX];
        char details[POLICIES_MAX][DETAIL_SIZE];
        size_t n_policies;
} Check;

static Check *check_of(BatchCheck *check) {
        return (Check *) check;
}

int batch_check_new(const Profile *profile, OrderFile *file, BatchCheck **ret_check) {
        Check *check;
        int r;

        assert(profile && file && ret_check);
        check = calloc(1, sizeof(*check));
        if (!check)
                return -ENOMEM;
        r = problem_list_new(&check->problems);
        if (r < 0) {
                free(check);
                return r;
        }
        check->profile = profile;
        check->file = file;
        order_totals_add_all(&check->totals, order_file_totals(file));
        *ret_check = &check->open;
        return 0;
}

BatchCheck *batch_check_free(BatchCheck *check) {
        if (!check)
                return NULL;
        (void) problem_list_free(check_of(check)->problems);
        free(check_of(check));
        return NULL;
}

static void sum_add(BatchSum *total, int64_t amount) {
        total->count++;
        total->sum = money_add(total->sum, amount);
}

static int add_problems(Check *check, const Order *order) {
        int r = 0;

        check->open.n_problems += (int64_t) order->n_problems;
        for (size_t i = 0; i < order->n_problems && r >= 0; i++)
                r = problem_list_add(check->problems, &order->problems[i]);
        return r;
}

static int count_instruction(Check *check, const Order *order) {
        check->open.instructions++;
        if (order->n_problems == 0)
                return 0;
        check->open.bad_instructions++;
        return add_problems(check, order);
}

/* A row of totals with nothing but rows that are no orders behind it was meant as the last one.
 * What came back in a corrected file is a row, whatever it says. */
static void look_for_total(Check *check, const Order *order) {
        if (order->n_problems == 0)
                check->total_line = 0;
        else if (order->problems[0].code == PROBLEM_ROW_TOTAL && order->checkout_line.size == 0)
                check->total_line = order->line;
}

static int count_read(Check *check, const Order *order) {
        BatchCheck *open = &check->open;

        assert(order->currency < CURRENCY_COUNT);
        open->lines += order->rows;
        look_for_total(check, order);
        if (order->action == ORDER_CANCEL)
                return count_instruction(check, order);
        open->orders++;
        open->reissues += order->action == ORDER_REISSUE && order->n_problems == 0;
        sum_add(&open->read[order->currency], order->amount);
        if (order->n_problems == 0) {
                sum_add(&open->good[order->currency], order->amount);
                return 0;
        }
        open->rejected++;
        sum_add(&open->bad[order->currency], order->amount);
        return add_problems(check, order);
}

static int count_order(Check *check, const Order *order) {
        Order judged;
        Problem problem;
        int r = 0;

        if (order->n_problems == 0 && check->judge)
                r = check->judge(check->judge_userdata, order, &problem);
        if (r < 0)
                return r;
        if (r == 0) {
                if (order->action != ORDER_CANCEL)
                        order_zeros_add(&check->zeros, order->line, order->text[FIELD_ORDER_ID]);
                return count_read(check, order);
        }
        judged = *order;
        judged.problems = &problem;
        judged.n_problems = 1;
        return count_read(check, &judged);
}

void batch_check_set_judge(BatchCheck *open, BatchCheckJudge judge, void *userdata) {
        Check *check = check_of(open);

        check->judge = judge;
        check->judge_userdata = userdata;
}

/* `problem` borrows from the file or from the check at most. */
static void refuse_by(Check *check, const Problem *problem) {
        assert(check->n_policies < POLICIES_MAX);
        check->policies[check->n_policies++] = *problem;
}

static void refuse(Check *check, ProblemCode code, const char *detail) {
        char *kept = check->details[check->n_policies];

        (void) snprintf(kept, DETAIL_SIZE, "%s", detail);
        refuse_by(check, &(Problem){ .code = code, .detail = text_of(kept) });
}

static int decide_sum(Check *check) {
        const SumLimit *limit = &check->profile->max_batch_sum;
        AUTO_BUFFER text = BUFFER_EMPTY;
        int r;

        if (limit->currency == CURRENCY_XXX ||
            check->open.good[limit->currency].sum <= limit->amount)
                return 0;
        r = money_append(&text, limit->amount, limit->currency);
        if (r < 0)
                return r;
        refuse(check, PROBLEM_FILE_SUM, text.data);
        return 0;
}

/* --- totals --------------------------------------------------------------------------------- */

void batch_check_declare(BatchCheck *open, const OrderTotals *totals,
                         const uint8_t sha256[static DIGEST_SIZE]) {
        Check *check = check_of(open);

        order_totals_add_all(&check->totals, totals);
        check->other_bytes = totals->has_sha256 && memcmp(totals->sha256, sha256, DIGEST_SIZE) != 0;
}

void batch_check_set_mended(BatchCheck *open) {
        check_of(open)->mended = true;
}

const OrderTotals *batch_check_totals(const BatchCheck *open) {
        return &((const Check *) open)->totals;
}

void batch_check_read_totals(const BatchCheck *open, TotalsRead ret_read[static CURRENCY_COUNT]) {
        for (Currency c = 0; c < CURRENCY_COUNT; c++)
                ret_read[c] = (TotalsRead){ open->read[c].count, open->read[c].sum };
}

static int append_totals(const Check *check, Buffer *text) {
        const BatchCheck *open = &check->open;
        Language language = check->profile->rules.language;
        TotalsRead read[CURRENCY_COUNT];
        Currency currency;
        int r = 0;

        batch_check_read_totals(open, read);
        for (size_t i = 0; i < check->totals.n && r >= 0; i++) {
                if (!order_total_fits(&check->totals.total[i], read, &currency))
                        continue;
                r = buffer_append_string(text, language == LANGUAGE_ES ? "Totales declarados: "
                                                                       : "Declared totals: ");
                if (r >= 0)
                        r = order_total_append(&check->totals.total[i], read, language, text);
                if (r >= 0)
                        r = buffer_append_string(text, ".\n");
        }
        if (r >= 0 && check->sum_differs && open->rejected > 0)
                r = answer_note_unread_amounts(text, language);
        return r;
}

int batch_check_append_notes(const BatchCheck *open, Buffer *text) {
        const Check *check = (const Check *) open;
        OrderZerosLost lost;
        int r = append_totals(check, text);

        if (r >= 0 && order_zeros_find(&check->zeros, &lost))
                r = answer_note_zeros(text, check->profile->rules.language, &lost);
        return r;
}

/* Then a row of totals further up is one of a part of them. */
static bool is_declared_by_row(const OrderTotals *totals) {
        for (size_t i = 0; i < totals->n; i++)
                if (totals->total[i].source == TOTALS_OF_ROW)
                        return true;
        return false;
}

/* What was declared and cannot be read was meant to be checked: without that nothing is sent. */
static void decide_unread(Check *check) {
        const OrderTotals *totals = &check->totals;
        size_t n;
        const Problem *cells = order_file_unread_totals(check->file, &n);

        for (size_t i = 0; i < n; i++)
                refuse_by(check, &cells[i]);
        if (n == 0 && check->total_line > 0 && !is_declared_by_row(totals))
                refuse_by(check, &(Problem){ .code = PROBLEM_FILE_TOTALS_LAST,
                                             .line = check->total_line });
        for (TotalsUnread where = TOTALS_UNREAD_NAME; where < TOTALS_UNREAD_COUNT; where++)
                if (totals->unread[where][0] != '\0')
                        refuse_by(check, &(Problem){ .code = order_totals_problem(where),
                                                     .detail = text_of(totals->unread[where]) });
}

static int decide_totals(Check *check) {
        const OrderTotals *totals = &check->totals;
        Language language = check->profile->rules.language;
        TotalsRead read[CURRENCY_COUNT];
        Currency currency;

        batch_check_read_totals(&check->open, read);
        for (size_t i = 0; i < totals->n; i++) {
                AUTO_BUFFER line = BUFFER_EMPTY;

                if (order_total_fits(&totals->total[i], read, &currency) ||
                    order_total_is_year(totals, &totals->total[i], read))
                        continue;
                if (order_total_append(&totals->total[i], read, language, &line) < 0)
                        return -ENOMEM;
                refuse(check, PROBLEM_FILE_TOTALS, line.data);
                check->sum_differs = check->sum_differs || totals->total[i].is_sum;
        }
        if (check->other_bytes)
                refuse(check, PROBLEM_FILE_TOTALS, "SHA-256 (.ctl)");
        decide_unread(check);
        if (check->profile->require_totals && !check->mended && check->total_line == 0 &&
            !order_totals_are_given(totals))
                refuse(check, PROBLEM_FILE_TOTALS_MISSING, "");
        return 0;
}

/* --- policies ------------------------------------------------------------------------------- */

static void decide_policies(Check *check) {
        const Profile *profile = check->profile;
        const BatchCheck *open = &check->open;
        char limit[DETAIL_SIZE];

        if (profile->rules.policy == POLICY_STRICT && open->rejected + open->bad_instructions > 0)
                refuse(check, PROBLEM_FILE_STRICT, "");
        if (profile->max_rejected >= 0 &&
            (double) open->rejected > profile->max_rejected * (double) open->orders) {
                (void) snprintf(limit, sizeof(limit), "%g%%", profile->max_rejected * 100);
                refuse(check, PROBLEM_FILE_REJECTED_SHARE, limit);
        }
        if (profile->max_rows > 0 && open->orders > profile->max_rows) {
                (void) snprintf(limit, sizeof(limit), "%" PRId64, profile->max_rows);
                refuse(check, PROBLEM_FILE_ROWS, limit);
        }
}

/* What the whole file says. A header that cannot be read has said enough, and a file of which no
 * row is good needs no policy. */
static int decide(Check *check) {
        size_t n_header;
        int r;

        (void) order_file_problems(check->file, &n_header);
        if (n_header > 0)
                return 0;
        r = decide_totals(check);
        if (r < 0)
                return r;
        if (check->open.orders + check->open.instructions == 0) {
                refuse(check, PROBLEM_FILE_NO_ROWS, "");
                return 0;
        }
        if (check->open.rejected == check->open.orders &&
            check->open.bad_instructions == check->open.instructions) {
                refuse(check, PROBLEM_FILE_NO_GOOD_ROW, "");
                return 0;
        }
        decide_policies(check);
        return decide_sum(check);
}

static int finish(Check *check) {
        int r;

        if (check->finished)
                return 0;
        r = decide(check);
        if (r < 0)
                return r;
        check->finished = true;
        return 0;
}

int batch_check_slice(BatchCheck *open, BatchCheckEnough enough, BatchCheckEach each,
                      void *userdata) {
        Check *check = check_of(open);
        uint64_t looked_at = order_file_offset(check->file);
        unsigned orders = 0;
        const Order *order;
        int r;

        if (check->finished)
                return 0;
        for (;;) {
                r = order_file_next(check->file, &order);
                if (r < 0)
                        return r;
                if (r == 0)
                        return finish(check);
                r = count_order(check, order);
                if (r < 0)
                        return r;
                if (each) {
                        r = each(userdata, order);
                        if (r != 0)
                                return r;
                }
                orders++;
                if (!enough || (orders < LOOK_ORDERS &&
                                order_file_offset(check->file) - looked_at < LOOK_BYTES))
                        continue;
                if (enough(userdata))
                        return 1;
                orders = 0;
                looked_at = order_file_offset(check->file);
        }
}

const Problem *batch_check_refusals(const BatchCheck *open, size_t *ret_n) {
        const Check *check = (const Check *) open;
        const Problem *problems = order_file_problems(check->file, ret_n);

        if (*ret_n > 0)
                return problems;
        *ret_n = check->n_policies;
        return check->policies;
}

int batch_check_append_problems(const BatchCheck *open, Buffer *text) {
        const Check *check = (const Check *) open;
        Language language = check->profile->rules.language;
        const Problem *refusals;
        size_t n;
        int r;

        refusals = batch_check_refusals(open, &n);
        for (size_t i = 0; i < n; i++) {
                r = problem_append_line(text, &refusals[i], language);
                if (r >= 0)
                        r = buffer_append_char(text, '\n');
                if (r < 0)
                        return r;
        }
        return problem_list_append(check->problems, language, text);
}
