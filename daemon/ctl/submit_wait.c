#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "daemon/ctl/batches.h"
#include "daemon/ctl/interrupt.h"
#include "daemon/ctl/progress.h"
#include "daemon/ctl/submit.h"
#include "daemon/ctl/summary_file.h"
#include "daemon/ctl/table.h"
#include "daemon/ctl/terminal.h"
#include "daemon/ctl/wrap.h"
#include "jobs/base/civil.h"
#include "jobs/report/answer.h"

#define LOOK_EVERY     200 /* milliseconds */
#define NOBODY_AFTER   (20 * SECOND)
#define PATIENCE       (5 * SECOND)
#define ANSWER_LARGEST ((size_t) 1024 * 1024)

static const char *const kinds[] = { "ACK", "NACK", "DUP" };

/* --- names in results/ ---------------------------------------------------------------------- */

static int append_results_path(const Submission *submission, Buffer *path) {
        return buffer_printf(path, "%s/results%s%s", submission->settings->spool.directory,
                             *submission->profile->name ? "/" : "", submission->profile->name);
}

/* `invoices.B000017.ACK.txt` of this stem: its batch and kind. */
static bool parse_answer(const char *name, const char *stem, int64_t *ret_batch,
                         const char **ret_kind) {
        size_t size = strlen(stem);
        char id[ANSWER_BATCH_SIZE];
        const char *tail;

        *ret_batch = answer_batch_in_name(text_of(name));
        if (*ret_batch <= 0 || strncmp(name, stem, size) != 0 || name[size] != '.')
                return false;
        (void) answer_batch(*ret_batch, id);
        tail = name + size + 1;
        if (strncmp(tail, id, strlen(id)) != 0 || tail[strlen(id)] != '.')
                return false;
        tail += strlen(id) + 1;
        for (size_t i = 0; i < ELEMENTS(kinds); i++)
                if (strncmp(tail, kinds[i], strlen(kinds[i])) == 0 &&
                    strcmp(tail + strlen(kinds[i]), ".txt") == 0) {
                        *ret_kind = kinds[i];
                        return true;
                }
        return false;
}

/* Each answer for that file name: non-zero ends it and is its answer. */
typedef int (*AnswerFunction)(Submission *submission, int directory, const char *name,
                              int64_t batch, const char *kind);

static int each_answer(Submission *submission, AnswerFunction function) {
        AUTO_BUFFER path = BUFFER_EMPTY, stem = BUFFER_EMPTY;
        struct dirent *entry;
        const char *kind;
        int64_t batch;
        DIR *results;
        int r = append_results_path(submission, &path);

        if (r >= 0)
                r = answer_append_stem(&stem, text_of(submission->final_name));
        if (r < 0)
                return r;
        results = opendir(path.data);
        if (!results)
                return -errno;
        while (r == 0 && (entry = readdir(results)))
                if (parse_answer(entry->d_name, stem.data, &batch, &kind))
                        r = function(submission, dirfd(results), entry->d_name, batch, kind);
        (void) closedir(results);
        return r;
}

static int note_highest(Submission *submission, int directory, const char *name, int64_t batch,
                        const char *kind) {
        (void) directory;
        (void) name;
        (void) kind;
        if (batch > submission->batches_before)
                submission->batches_before = batch;
        return 0;
}

int submit_note_answers(Submission *submission) {
        submission->batches_before = 0;
        return each_answer(submission, note_highest);
}

/* --- the answer ----------------------------------------------------------------------------- */

static int read_whole(int directory, const char *name, Buffer *text) {
        AUTO_CLOSE int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        int64_t n = -1;

        if (fd < 0)
                return -errno;
        while (n != 0 && text->size < ANSWER_LARGEST) {
                int r = buffer_reserve(text, 4096);

                if (r < 0)
                        return r;
                n = ctl_read_file(&fd, text->size, text->data + text->size, 4096);
                if (n < 0)
                        return (int) n;
                text->size += (size_t) n;
                text->data[text->size] = '\0';
        }
        return 0;
}

/* A new answer to a file of that name, and with our bytes: others may drop the same name. A NACK
 * may be about a file that was never read. */
static int is_ours(Submission *submission, int directory, const char *name, int64_t batch,
                   const char *kind) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        int r;

        if (batch <= submission->batches_before)
                return 0;
        r = read_whole(directory, name, &text);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (strcmp(kind, "NACK") != 0 && (!text.data || !strstr(text.data, submission->sha256)))
                return 0;
        submission->batch = batch;
        (void) snprintf(submission->answer, sizeof(submission->answer), "%s", kind);
        buffer_done(&submission->answer_text);
        submission->answer_text = text;
        text = BUFFER_EMPTY;
        return 1;
}

/* --- the results ---------------------------------------------------------------------------- */

typedef struct Wait {
        Submission *submission;
        Ledger *ledger; /* NULL: not ours to read */
        Progress progress;
        bool quiet;
        int64_t began_at;
        int64_t over_since; /* 0: the files do not say so yet */
        bool said_nobody;
        Hold said_hold;
        Table *table;
        int64_t n_queued, n_sending;
} Wait;

static int on_total(void *userdata, const Total *total) {
        Wait *wait = userdata;
        Submission *submission = wait->submission;
        AUTO_BUFFER money = BUFFER_EMPTY;
        int r = money_append(&money, total->sum, total->currency);

        if (r < 0)
                return r;
        wait->n_queued += total->status == STATUS_QUEUED ? total->count : 0;
        wait->n_sending += total->status == STATUS_SENDING ? total->count : 0;
        if (!status_is_settled(total->status))
                submission->n_unsettled += total->count;
        if (status_is_mendable(total->status))
                submission->n_mendable += total->count;
        table_row(wait->table);
        table_string(wait->table, 0, status_name(total->status));
        table_integer(wait->table, 1, total->count);
        table_text(wait->table, 2, (Text){ money.data, money.size });
        return 0;
}

/* the people who read files read Spanish or English; names of statuses are the same everywhere */
static const char *const table_heads[LANGUAGE_COUNT][3] = {
        [LANGUAGE_ES] = { "ESTADO", "ÓRDENES", "SUMA" },
        [LANGUAGE_EN] = { "STATUS", "ORDERS", "SUM" },
};

/* Reads the summary, if it is there: 1; 0 it is not (yet). */
static int read_summary(Wait *wait) {
        Submission *submission = wait->submission;
        const char *const *heads = table_heads[submission->profile->rules.language];
        const TableColumn columns[] = { { heads[0], TABLE_LEFT },
                                        { heads[1], TABLE_RIGHT },
                                        { heads[2], TABLE_RIGHT } };
        AUTO_BUFFER path = BUFFER_EMPTY, json = BUFFER_EMPTY;
        char id[ANSWER_BATCH_SIZE];
        int r = append_results_path(submission, &path);

        if (r >= 0)
                r = buffer_append_char(&path, '/');
        if (r >= 0)
                r = answer_append_stem(&path, text_of(submission->final_name));
        if (r >= 0)
                r = buffer_printf(&path, ".%s.summary.json", answer_batch(submission->batch, id));
        if (r >= 0)
                r = read_whole(AT_FDCWD, path.data, &json);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        wait->table = table_free(wait->table);
        r = table_new(columns, ELEMENTS(columns), &wait->table);
        if (r < 0)
                return r;
        submission->n_unsettled = submission->n_mendable = 0;
        wait->n_queued = wait->n_sending = 0;
        r = summary_file_totals((Text){ json.data, json.size }, on_total, wait);
        return r < 0 ? r : 1;
}

/* The files come first, the store is told a moment later: who asks for the status next is to see
 * the same. */
static bool store_agrees(Wait *wait) {
        int64_t now = terminal_now();
        const Batch *batch;

        if (wait->over_since == 0)
                wait->over_since = now;
        if (!wait->ledger || wait->submission->n_unsettled > 0 || now - wait->over_since > PATIENCE)
                return true;
        return ledger_batch_get(wait->ledger, wait->submission->batch, &batch) <= 0 ||
               batch->state != BATCH_RUNNING;
}

/* A summary is also written while a batch goes on. It is the last one we wait for when nothing is
 * on the wire and what is queued is for later, which only the store knows. */
static int is_over(Wait *wait) {
        int64_t later = 0;
        int r = 0;

        if (wait->n_queued > 0 && wait->ledger)
                r = ledger_batch_later(wait->ledger, wait->submission->batch, ctl_wall_clock(),
                                       &later);
        if (r < 0)
                return r;
        if (wait->n_sending > 0 || wait->n_queued > later)
                return 0;
        wait->submission->n_unsettled -= later;
        return store_agrees(wait) ? 1 : 0;
}

/* --- meanwhile ------------------------------------------------------------------------------ */

static void show_progress(Wait *wait) {
        __attribute__((cleanup(batch_list_done))) BatchList list = BATCH_LIST_EMPTY;
        const BatchFacts *batch;

        if (!wait->ledger || batch_list_read(wait->ledger, wait->submission->batch, 0, &list) < 0 ||
            list.n == 0)
                return;
        batch = &list.batches[0];
        if (!wait->progress.on)
                progress_begin(&wait->progress,
                               wait->submission->profile->rules.language == LANGUAGE_ES ? "enviando"
                                                                                        : "sending",
                               PROGRESS_ROWS, batch_facts_settled(batch));
        progress_draw(&wait->progress, batch_facts_settled(batch), batch_facts_orders(batch));
        if (batch->hold != HOLD_NONE && batch->hold != wait->said_hold) {
                progress_end(&wait->progress);
                ctl_complain("sending is held: %s; Ctrl-C ends the waiting only",
                             hold_name(batch->hold));
        }
        wait->said_hold = batch->hold;
}

static void say_nobody(Wait *wait) {
        if (wait->said_nobody || wait->submission->batch > 0 ||
            terminal_now() - wait->began_at < NOBODY_AFTER)
                return;
        wait->said_nobody = true;
        ctl_complain("%s: not taken yet; is checkoutd running?", wait->submission->final_name);
}

/* --- waiting -------------------------------------------------------------------------------- */

static int print_answer(const Submission *submission) {
        AUTO_BUFFER out = BUFFER_EMPTY;
        int r = wrap_append_lines(
                &out, (Text){ submission->answer_text.data, submission->answer_text.size },
                STDOUT_FILENO);

        if (r < 0)
                return r;
        return ctl_print(&out) == EXIT_GOOD ? 0 : -EPIPE;
}

/* One look: 1 when there is no more to wait for, 0, negative errno. */
static int look(Wait *wait) {
        Submission *submission = wait->submission;
        int r;

        if (submission->batch == 0) {
                r = each_answer(submission, is_ours);
                if (r <= 0)
                        return r;
                if (!wait->quiet && (r = print_answer(submission)) < 0)
                        return r;
        }
        if (strcmp(submission->answer, "ACK") != 0)
                return 1;
        r = read_summary(wait);
        if (r <= 0)
                return r;
        r = is_over(wait);
        submission->has_results = r > 0;
        return r;
}

static int wait_for(Wait *wait) {
        int r;

        for (;;) {
                r = look(wait);
                if (r != 0)
                        return r;
                say_nobody(wait);
                if (wait->submission->batch > 0)
                        show_progress(wait);
                if (interrupt_came())
                        return 0;
                interrupt_pause(LOOK_EVERY);
        }
}

static int append_files(const Submission *submission, Buffer *out) {
        static const char *const endings[] = { "results.csv", "rejects.csv", "summary.json" };
        AUTO_BUFFER path = BUFFER_EMPTY;
        char id[ANSWER_BATCH_SIZE];
        int r = 0;

        for (size_t i = 0; i < ELEMENTS(endings) && r >= 0; i++) {
                buffer_clear(&path);
                r = append_results_path(submission, &path);
                if (r >= 0)
                        r = buffer_append_char(&path, '/');
                if (r >= 0)
                        r = answer_append_stem(&path, text_of(submission->final_name));
                if (r >= 0)
                        r = buffer_printf(&path, ".%s.%s", answer_batch(submission->batch, id),
                                          endings[i]);
                if (r >= 0 && access(path.data, F_OK) == 0)
                        r = buffer_printf(out, "%s\n", path.data);
        }
        return r;
}

static int show_results(Wait *wait) {
        AUTO_BUFFER out = BUFFER_EMPTY;
        int r = buffer_append_char(&out, '\n');

        if (r >= 0)
                r = table_append(wait->table, STDOUT_FILENO, &out);
        if (r >= 0)
                r = buffer_append_char(&out, '\n');
        if (r >= 0)
                r = append_files(wait->submission, &out);
        return r < 0 ? ctl_failed("submit", r) : ctl_print(&out);
}

static int answer_of(const Submission *submission) {
        if (strcmp(submission->answer, "NACK") == 0)
                return EXIT_SOME;
        if (strcmp(submission->answer, "DUP") == 0)
                return EXIT_GOOD;
        if (submission->n_unsettled > 0)
                return EXIT_BAD;
        return submission->n_mendable > 0 ? EXIT_SOME : EXIT_GOOD;
}

int submit_wait(Submission *submission, bool quiet) {
        Wait wait = { .submission = submission, .quiet = quiet, .began_at = terminal_now() };
        const char *store = submission->settings->store.database;
        int r;

        /* only for the progress: who may not read it waits all the same */
        if (access(store, R_OK | W_OK) == 0 && ledger_open(store, LEDGER_READ, &wait.ledger) < 0)
                wait.ledger = NULL;
        if (!quiet && !wait.ledger)
                ctl_complain("waiting for the results of %s", submission->final_name);
        r = wait_for(&wait);
        progress_end(&wait.progress);
        if (r > 0 && submission->has_results && !quiet && show_results(&wait) != EXIT_GOOD)
                r = -EPIPE;
        (void) table_free(wait.table);
        (void) ledger_free(wait.ledger);
        if (r > 0)
                return answer_of(submission);
        if (r == 0)
                return EXIT_BAD; /* interrupted */
        if (r == -EACCES) {
                ctl_complain("you have no right to read the results of %s", submission->final_name);
                return EX_NOPERM;
        }
        return r == -EPIPE ? EX_IOERR : ctl_failed(submission->final_name, r);
}
