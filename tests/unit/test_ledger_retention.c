/* Retention in a real ledger: that what is forgotten is in no byte of the
 * database and its log any more, while totals and references stay. */
#include "tests/unit/ledger_fixture.h"

#include "sql/ledger_instruction.h"
#include "sql/ledger_retention.h"

#define NOW INT64_C(1800000000000000)

/* --- bytes ------------------------------------------------------------------------------------ */

static size_t count_in(const char *path, const char *text) {
        FILE *file = fopen(path, "re");
        size_t size = 0, capacity = 64U << 20, n = 0;
        char *bytes = malloc(capacity);

        assert_non_null(bytes);
        if (file) {
                size = fread(bytes, 1, capacity, file);
                assert_true(size < capacity);
                (void) fclose(file);
        }
        for (const char *at = bytes;
             (at = memmem(at, size - (size_t) (at - bytes), text, strlen(text))); at++)
                n++;
        free(bytes);
        return n;
}

/* In the database and its log. */
static size_t bytes_with(const Fixture *f, const char *text) {
        char wal[128];

        (void) snprintf(wal, sizeof(wal), "%s-wal", f->path);
        return count_in(f->path, text) + count_in(wal, text);
}

/* --- rows that hold something ----------------------------------------------------------------- */

#define ROWS 400U

/* Row `line` of a batch, with an address in its cells, its request and its reason. */
static void add_person(Fixture *f, int64_t batch, uint32_t line, const char *who, size_t padding) {
        AUTO_BUFFER raw = BUFFER_EMPTY, body = BUFFER_EMPTY, reason = BUFFER_EMPTY;
        const uint8_t content[16] = "";
        char order_id[32];
        NewRow row = { .id = row_id(batch, line),
                       .lines = 1,
                       .amount = 1000,
                       .currency = CURRENCY_CLP,
                       .status = STATUS_QUEUED,
                       .content = content };
        Frozen frozen = { .key = "key", .api = 1, .boot = "boot" };

        (void) snprintf(order_id, sizeof(order_id), "%s-%u", who, line);
        OK(buffer_printf(&raw, "%s,%s.%u@persona.example,%*s\n", order_id, who, line, (int) padding,
                         "x"));
        OK(buffer_printf(&body, "{\"email\":\"%s.%u@persona.example\"}", who, line));
        OK(buffer_printf(&reason, "\"%s.%u@persona.example\": no", who, line));
        row.order_id = text_of(order_id);
        row.raw = (Text){ raw.data, raw.size };
        OK(ledger_row_add(f->ledger, &row));
        frozen.body = (Text){ body.data, body.size };
        OK(ledger_freeze(f->ledger, row.id, 1, &frozen));
        OK(ledger_row_remark(f->ledger, row.id, TEXT("E-EMAIL"),
                             (Text){ reason.data, reason.size }));
}

static void forget_all(Fixture *f, int64_t batch) {
        int64_t after = 0;
        int r;

        do {
                begin(f);
                r = OK(ledger_forget_rows(f->ledger, batch, after, 64, &after));
                commit(f);
        } while (r > 0);
        begin(f);
        OK(ledger_forget_note(f->ledger, batch));
        commit(f);
        OK(ledger_erase_log(f->ledger));
}

static int see_raw(void *userdata, const Row *row) {
        see(userdata, "%.*s|%.*s|%.*s|%.*s; ", TEXT_ARG(row->order_id), TEXT_ARG(row->raw),
            TEXT_ARG(row->code), TEXT_ARG(row->reason));
        return 0;
}

/* Two batches that came in at the same time, so that their rows lie among each other in the pages;
 * long rows, so that some lie in pages of their own. */
static void no_byte_is_left(void **state) {
        Fixture *f = *state;
        const Frozen *frozen;
        Seen seen = { .size = 0 };
        int64_t a, b;
        char *text = NULL;

        begin(f);
        a = add_batch(f, "a.csv");
        b = add_batch(f, "b.csv");
        commit(f);
        for (uint32_t line = 2; line < ROWS; line++) {
                begin(f);
                add_person(f, a, line, "ana", line % 7 == 0 ? 20000 : 10);
                add_person(f, b, line, "berta", line % 5 == 0 ? 9000 : 300);
                commit(f);
        }
        assert_true(bytes_with(f, "@persona.example") > 0);
        forget_all(f, a);
        for (uint32_t line = 2; line < ROWS; line += 57) {
                char who[64];

                (void) snprintf(who, sizeof(who), "ana.%u@persona.example", line);
                assert_int_equal(bytes_with(f, who), 0);
        }
        assert_int_equal(bytes_with(f, "ana."), 0);
        assert_true(bytes_with(f, "berta.2@persona.example") > 0);

        /* what counts is as it was */
        assert_totals(f, a, "CLP queued 398 398000; ");
        OK(ledger_rows(f->ledger, a, 0, 2, see_raw, &seen));
        assert_string_equal(seen.text, "ana-2||E-EMAIL|; ana-3||E-EMAIL|; ");
        assert_int_equal(ledger_frozen(f->ledger, row_id(a, 2), 1, &frozen), 1);
        assert_string_equal(frozen->key, "key");
        assert_int_equal(frozen->body.size, 0);
        assert_int_equal(ledger_check(f->ledger, &text), 0);
        free(text);
        seen.size = 0;
        OK(ledger_rows(f->ledger, b, 0, 1, see_raw, &seen));
        assert_non_null(strstr(seen.text, "berta.2@persona.example"));
}

/* Rows that ask for the end of a link are no rows of the totals; they hold a person's cells all the
 * same, also behind the last row, and in a file of nothing else. */
static void instructions_too(void **state) {
        Fixture *f = *state;
        NewInstruction cancel = { .lines = 1,
                                  .order_id = TEXT("A-9"),
                                  .action = ORDER_CANCEL,
                                  .bad = true,
                                  .raw = TEXT("A-9,cancel,dora@persona.example\n"),
                                  .code = TEXT("E-EMAIL"),
                                  .reason = TEXT("\"dora@persona.example\": no") };
        int64_t a, b;

        begin(f);
        a = add_batch(f, "a.csv");
        b = add_batch(f, "b.csv");
        add_person(f, a, 2, "ana", 10);
        cancel.id = row_id(a, 3);
        OK(ledger_instruction_add(f->ledger, &cancel));
        cancel.id = row_id(b, 2);
        OK(ledger_instruction_add(f->ledger, &cancel));
        commit(f);
        assert_true(bytes_with(f, "dora@") > 0);
        forget_all(f, a);
        forget_all(f, b);
        assert_int_equal(bytes_with(f, "dora@"), 0);
        assert_int_equal(bytes_with(f, "ana.2@"), 0);
}

static void one_row(void **state) {
        Fixture *f = *state;
        Seen seen = { .size = 0 };
        int64_t a;

        begin(f);
        a = add_batch(f, "a.csv");
        for (uint32_t line = 2; line < 5; line++)
                add_person(f, a, line, "ana", 10);
        commit(f);
        begin(f);
        OK(ledger_forget_row(f->ledger, row_id(a, 3), TEXT("ana-3,,\n")));
        commit(f);
        OK(ledger_erase_log(f->ledger));
        assert_int_equal(bytes_with(f, "ana.3@"), 0);
        assert_true(bytes_with(f, "ana.2@") > 0);
        assert_true(bytes_with(f, "ana.4@") > 0);
        OK(ledger_rows(f->ledger, a, row_id(a, 2), 1, see_raw, &seen));
        assert_string_equal(seen.text, "ana-3|ana-3,,\n|E-EMAIL|; ");
}

static void the_note_of_a_refused_file(void **state) {
        Fixture *f = *state;
        const Batch *batch;
        Batch noted;
        int64_t a;

        begin(f);
        a = add_batch(f, "a.csv");
        noted = sample_batch("a.csv");
        noted.id = a;
        noted.note = "NACK\n\"carla@persona.example\": no\n";
        OK(ledger_batch_checked(f->ledger, &noted));
        commit(f);
        assert_true(bytes_with(f, "carla@") > 0);
        forget_all(f, a);
        assert_int_equal(bytes_with(f, "carla@"), 0);
        assert_int_equal(ledger_batch_get(f->ledger, a, &batch), 1);
        assert_string_equal(batch->note, "");
        assert_int_equal(batch->header.size, noted.header.size);
}

/* A reader keeps the log: it is told, and works when he is gone. */
static void a_reader_is_in_the_way(void **state) {
        Fixture *f = *state;
        Ledger *reader = NULL;
        int64_t a;

        begin(f);
        a = add_batch(f, "a.csv");
        add_person(f, a, 2, "ana", 10);
        commit(f);
        assert_int_equal(ledger_open(f->path, LEDGER_READ, &reader), 0);
        OK(ledger_begin(reader));
        assert_totals(&(Fixture){ .ledger = reader }, a, "CLP queued 1 1000; ");
        begin(f);
        OK(ledger_forget_row(f->ledger, row_id(a, 2), TEXT_NONE));
        commit(f);
        assert_int_equal(ledger_erase_log(f->ledger), -EBUSY);
        OK(ledger_commit(reader));
        reader = ledger_free(reader);
        OK(ledger_erase_log(f->ledger));
        assert_int_equal(bytes_with(f, "ana.2@"), 0);
}

/* --- which batches ---------------------------------------------------------------------------- */

static int64_t settled(Fixture *f, const char *name, Status status) {
        int64_t batch = add_batch(f, name);

        (void) add_row(f, batch, 2, name, 1000, status == STATUS_REJECTED ? status : STATUS_QUEUED);
        if (status != STATUS_REJECTED && status != STATUS_QUEUED)
                move(f, row_id(batch, 2), STATUS_QUEUED, status);
        loaded(f, batch, 2);
        OK(ledger_batch_set_state(f->ledger, batch, BATCH_SETTLED));
        return batch;
}

static int next_quiet(Fixture *f, int64_t before, int64_t *ret_batch) {
        const QuietBatch first = { 0 };
        QuietBatch found = { 0 };
        int r = ledger_next_to_forget(f->ledger, before, &first, &found);

        *ret_batch = r > 0 ? found.id : 0;
        return r;
}

static void what_is_old_and_closed(void **state) {
        Fixture *f = *state;
        int64_t a, next = 0;
        Forgotten forgotten;

        ledger_set_now(f->ledger, NOW);
        begin(f);
        a = settled(f, "a.csv", STATUS_CANCELLED);
        commit(f);
        assert_int_equal(next_quiet(f, NOW + 1, &next), 0); /* not closed */
        begin(f);
        OK(ledger_batch_set_state(f->ledger, a, BATCH_CLOSED));
        commit(f);
        assert_int_equal(next_quiet(f, NOW + 1, &next), 0); /* not filed */
        begin(f);
        OK(ledger_batch_archived(f->ledger, a));
        commit(f);
        assert_int_equal(next_quiet(f, NOW, &next), 0); /* changed too late */
        assert_int_equal(next_quiet(f, NOW + 1, &next), 1);
        assert_int_equal(next, a);

        begin(f); /* an order of it was forgotten: the batch still is to be */
        OK(ledger_forget_begin(f->ledger, a, FORGOTTEN_ORDERS, NOW));
        commit(f);
        assert_int_equal(ledger_next_pending(f->ledger, 0, &next), 1);
        assert_int_equal(next_quiet(f, NOW + 1, &next), 1);
        begin(f);
        OK(ledger_forget_done(f->ledger, a));
        OK(ledger_forget_begin(f->ledger, a, FORGOTTEN_BATCH, NOW + 2));
        OK(ledger_forget_begin(f->ledger, a, FORGOTTEN_ORDERS, NOW + 3)); /* no less than before */
        commit(f);
        OK(ledger_forgotten(f->ledger, a, &forgotten));
        assert_int_equal(forgotten.what, FORGOTTEN_BATCH);
        assert_int_equal(forgotten.at, NOW + 3);
        assert_true(forgotten.pending);
        assert_int_equal(next_quiet(f, NOW + 1, &next), 0);
        begin(f);
        OK(ledger_forget_done(f->ledger, a));
        commit(f);
        assert_int_equal(ledger_next_pending(f->ledger, 0, &next), 0);
        OK(ledger_forgotten(f->ledger, a + 1, &forgotten));
        assert_int_equal(forgotten.what, FORGOTTEN_NOTHING);
}

/* The longest quiet first; what was forgotten is not found again, whatever becomes of it. */
static void the_longest_quiet_first(void **state) {
        Fixture *f = *state;
        int64_t batches[3], next = 0;

        for (int i = 0; i < 3; i++) {
                ledger_set_now(f->ledger, NOW - i);
                begin(f);
                batches[i] = settled(f, "a.csv", STATUS_REJECTED);
                OK(ledger_batch_set_state(f->ledger, batches[i], BATCH_CLOSED));
                OK(ledger_batch_archived(f->ledger, batches[i]));
                commit(f);
        }
        for (int i = 2; i >= 0; i--) {
                assert_int_equal(next_quiet(f, NOW + 1, &next), 1);
                assert_int_equal(next, batches[i]);
                begin(f);
                OK(ledger_forget_begin(f->ledger, next, FORGOTTEN_BATCH, NOW));
                OK(ledger_forget_done(f->ledger, next));
                OK(ledger_batch_set_state(f->ledger, next, BATCH_SETTLED)); /* a late fact */
                OK(ledger_batch_set_state(f->ledger, next, BATCH_CLOSED));
                commit(f);
        }
        assert_int_equal(next_quiet(f, NOW + 1, &next), 0);
}

/* One that cannot be begun now is passed over: also one that closed at the same moment follows. */
static void the_one_behind(void **state) {
        Fixture *f = *state;
        QuietBatch at = { 0 }, found = { 0 };
        int64_t batches[3];

        for (int i = 0; i < 3; i++) {
                ledger_set_now(f->ledger, i < 2 ? NOW : NOW - 1);
                begin(f);
                batches[i] = settled(f, "a.csv", STATUS_REJECTED);
                OK(ledger_batch_set_state(f->ledger, batches[i], BATCH_CLOSED));
                OK(ledger_batch_archived(f->ledger, batches[i]));
                commit(f);
        }
        for (int i = 0; i < 3; i++) {
                assert_int_equal(ledger_next_to_forget(f->ledger, NOW + 1, &at, &found), 1);
                assert_int_equal(found.id, batches[(i + 2) % 3]);
                assert_int_equal(found.since, i == 0 ? NOW - 1 : NOW);
                at = found;
        }
        assert_int_equal(ledger_next_to_forget(f->ledger, NOW + 1, &at, &found), 0);
}

/* Files that stay keep no other batch waiting; one more order of the batch makes it pending
 * anew. */
static void what_remains_is_apart(void **state) {
        Fixture *f = *state;
        Forgotten forgotten;
        int64_t a, b, next = 0;

        begin(f);
        a = add_batch(f, "a.csv");
        b = add_batch(f, "b.csv");
        OK(ledger_forget_begin(f->ledger, a, FORGOTTEN_ORDERS, NOW));
        OK(ledger_forget_begin(f->ledger, b, FORGOTTEN_ORDERS, NOW));
        assert_int_equal(ledger_next_remaining(f->ledger, 0, &next), 0);
        OK(ledger_forget_remains(f->ledger, a));
        commit(f);
        assert_int_equal(ledger_next_pending(f->ledger, 0, &next), 1);
        assert_int_equal(next, b);
        assert_int_equal(ledger_next_remaining(f->ledger, 0, &next), 1);
        assert_int_equal(next, a);
        assert_int_equal(ledger_next_remaining(f->ledger, a, &next), 0);
        OK(ledger_forgotten(f->ledger, a, &forgotten));
        assert_true(forgotten.pending && forgotten.remains);
        begin(f);
        OK(ledger_forget_begin(f->ledger, a, FORGOTTEN_ORDERS, NOW));
        commit(f);
        assert_int_equal(ledger_next_pending(f->ledger, 0, &next), 1);
        assert_int_equal(next, a);
        begin(f);
        OK(ledger_forget_remains(f->ledger, a));
        OK(ledger_forget_done(f->ledger, a));
        OK(ledger_forget_done(f->ledger, b));
        commit(f);
        assert_int_equal(ledger_next_remaining(f->ledger, 0, &next), 0);
        assert_int_equal(ledger_next_pending(f->ledger, 0, &next), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(no_byte_is_left),
                LEDGER_TEST(instructions_too),
                LEDGER_TEST(one_row),
                LEDGER_TEST(the_note_of_a_refused_file),
                LEDGER_TEST(a_reader_is_in_the_way),
                LEDGER_TEST(what_is_old_and_closed),
                LEDGER_TEST(the_longest_quiet_first),
                LEDGER_TEST(the_one_behind),
                LEDGER_TEST(what_remains_is_apart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
