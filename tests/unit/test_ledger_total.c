/* Counters: as the rows say, whatever happened; holds are derived; hostile sums; a full disk. */
#include "tests/unit/ledger_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void assert_recount(Fixture *f, int64_t batch) {
        Seen counted = { .size = 0 }, kept = { .size = 0 };

        OK(ledger_recount(f->ledger, batch, see_total, &counted));
        OK(ledger_totals(f->ledger, batch, see_total, &kept));
        assert_string_equal(kept.text, counted.text);
}

static void assert_read(Fixture *f, int64_t batch, const char *expected) {
        Seen seen = { .size = 0 };

        OK(ledger_read_totals(f->ledger, batch, see_total, &seen));
        assert_string_equal(seen.text, expected);
}

static void add_in(Fixture *f, int64_t batch, uint32_t line, Currency currency, int64_t amount) {
        const NewRow row = { .id = row_id(batch, line),
                             .lines = 1,
                             .amount = amount,
                             .currency = currency,
                             .status = STATUS_REJECTED };

        OK(ledger_row_add(f->ledger, &row));
}

static void totals_are_by_currency_and_status(void **state) {
        Fixture *f = *state;
        int64_t batch, row, count = -1;

        begin(f);
        batch = add_batch(f, "a.csv");
        assert_totals(f, batch, "");
        assert_read(f, batch, "");
        add_row(f, batch, 2, "A-1", 1000, STATUS_QUEUED);
        row = add_row(f, batch, 3, "A-2", 200, STATUS_QUEUED);
        add_in(f, batch, 4, CURRENCY_MXN, 30);
        add_in(f, batch, 5, CURRENCY_XXX, 0);
        assert_totals(f, batch, "XXX rejected 1 0; CLP queued 2 1200; MXN rejected 1 30; ");
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        move(f, row, STATUS_SENDING, STATUS_OPEN);
        commit(f);
        assert_totals(f, batch,
                      "XXX rejected 1 0; CLP queued 1 1000; CLP open 1 200; MXN rejected 1 30; ");
        assert_read(f, batch, "XXX read 1 0; CLP read 2 1200; MXN read 1 30; ");
        assert_recount(f, batch);
        OK(ledger_batch_unsettled(f->ledger, batch, &count));
        assert_int_equal(count, 1);
        OK(ledger_batch_unsettled(f->ledger, batch + 1, &count));
        assert_int_equal(count, 0);
        assert_totals(f, batch + 1, "");
}

/* What the totals of the one batch say, without their currencies, holds and sums. */
static void assert_overall(Fixture *f, const char *totals) {
        int64_t counts[STATUS_COUNT];

        OK(ledger_overall(f->ledger, counts));
        for (int status = STATUS_REJECTED; status < STATUS_COUNT; status++) {
                const char *name = status_name((Status) status), *at = strstr(totals, name);
                int64_t expected = 0;

                if (at)
                        expected = strtoll(strchr(at, ' '), NULL, 10);
                if (counts[status] != expected)
                        fail_msg("%s: %lld in [%s]", name, (long long) counts[status], totals);
        }
}

/* Over several batches, in a transaction that is not ended yet, after a roll-back, and after
 * one. */
static void overall_follows_the_totals(void **state) {
        Fixture *f = *state;
        AUTO_FREE char *complaint = NULL;
        int64_t counts[STATUS_COUNT], row;

        begin(f);
        add_row(f, add_batch(f, "a.csv"), 2, "A-1", 10, STATUS_QUEUED);
        row = add_row(f, add_batch(f, "b.csv"), 2, "B-1", 10, STATUS_QUEUED);
        assert_overall(f, "queued 2 ");
        commit(f);
        assert_overall(f, "queued 2 ");
        begin(f);
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        assert_overall(f, "queued 1 sending 1 ");
        ledger_rollback(f->ledger);
        assert_overall(f, "queued 2 ");
        begin(f);
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        move(f, row, STATUS_SENDING, STATUS_OPEN);
        commit(f);
        assert_overall(f, "queued 1 open 1 ");
        f->ledger = ledger_free(f->ledger);
        fixture_open(f);
        OK(ledger_overall(f->ledger, counts));
        assert_int_equal(counts[STATUS_OPEN], 1);
        assert_int_equal(ledger_check(f->ledger, &complaint), 0);
}

static void held_is_what_nobody_may_send(void **state) {
        static const struct {
                BatchState state;
                Hold batch, daemon;
                const char *totals;
        } cases[] = {
                { BATCH_RUNNING, HOLD_NONE, HOLD_NONE,
                  "CLP rejected 1 7; CLP held 1 10; CLP queued 1 100; CLP sending 1 1000; " },
                { BATCH_RUNNING, HOLD_CANARY, HOLD_NONE,
                  "CLP rejected 1 7; CLP held/canary 2 110; CLP sending 1 1000; " },
                { BATCH_RUNNING, HOLD_NONE, HOLD_ACCOUNT,
                  "CLP rejected 1 7; CLP held/account 2 110; CLP sending 1 1000; " },
                { BATCH_RUNNING, HOLD_OPERATOR, HOLD_ACCOUNT,
                  "CLP rejected 1 7; CLP held/operator 2 110; CLP sending 1 1000; " },
                { BATCH_AWAITING_APPROVAL, HOLD_OPERATOR, HOLD_ACCOUNT,
                  "CLP rejected 1 7; CLP held/approval 2 110; CLP sending 1 1000; " },
        };
        Fixture *f = *state;
        int64_t batch;

        begin(f);
        batch = add_batch(f, "a.csv");
        add_in(f, batch, 2, CURRENCY_CLP, 7);
        move(f, add_row(f, batch, 3, "A-2", 10, STATUS_QUEUED), STATUS_QUEUED, STATUS_HELD);
        add_row(f, batch, 4, "A-3", 100, STATUS_QUEUED);
        move(f, add_row(f, batch, 5, "A-4", 1000, STATUS_QUEUED), STATUS_QUEUED, STATUS_SENDING);
        commit(f);
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                begin(f);
                OK(ledger_batch_set_state(f->ledger, batch, cases[i].state));
                OK(ledger_batch_set_hold(f->ledger, batch, cases[i].batch));
                OK(ledger_set_daemon_hold(f->ledger, cases[i].daemon));
                commit(f);
                assert_totals(f, batch, cases[i].totals);
                assert_overall(f, cases[i].totals);
        }
}

static void held_rows_of_two_currencies_stay_apart(void **state) {
        const uint8_t content[16] = "";
        const NewRow peso = { .id = row_id(1, 9),
                              .lines = 1,
                              .order_id = TEXT("B"),
                              .amount = 5,
                              .currency = CURRENCY_MXN,
                              .status = STATUS_QUEUED,
                              .content = content };
        Fixture *f = *state;
        int64_t batch;

        begin(f);
        batch = add_batch(f, "a.csv");
        add_row(f, batch, 2, "A", 10, STATUS_QUEUED);
        OK(ledger_row_add(f->ledger, &peso));
        OK(ledger_batch_set_hold(f->ledger, batch, HOLD_OPERATOR));
        commit(f);
        assert_totals(f, batch, "CLP held/operator 1 10; MXN held/operator 1 5; ");
}

static int stop(void *userdata, const Total *total) {
        (void) total;
        ++*(int *) userdata;
        return 42;
}

static void a_total_can_stop_the_list(void **state) {
        Fixture *f = *state;
        int64_t batch;
        int n = 0;

        begin(f);
        batch = add_batch(f, "a.csv");
        add_in(f, batch, 2, CURRENCY_CLP, 7);
        add_in(f, batch, 3, CURRENCY_MXN, 7);
        commit(f);
        assert_int_equal(ledger_totals(f->ledger, batch, stop, &n), 42);
        assert_int_equal(ledger_read_totals(f->ledger, batch, stop, &n), 42);
        assert_int_equal(ledger_recount(f->ledger, batch, stop, &n), 42);
        assert_int_equal(n, 3);
}

static void hostile_amounts_do_not_wrap(void **state) {
        Fixture *f = *state;
        int64_t batch;

        begin(f);
        batch = add_batch(f, "a.csv");
        for (uint32_t line = 2; line < 6; line++)
                add_in(f, batch, line, CURRENCY_CLP, INT64_MAX / 3);
        commit(f);
        assert_totals(f, batch, "CLP rejected 4 9223372036854775807; ");
        assert_recount(f, batch);
        begin(f);
        add_in(f, batch, 6, CURRENCY_CLP, 1);
        commit(f);
        assert_totals(f, batch, "CLP rejected 5 9223372036854775807; ");
        assert_recount(f, batch);
}

/* --- whatever happens ----------------------------------------------------------------------- */

#define ROWS 60

typedef struct World {
        Fixture *f;
        uint64_t random;
        int64_t batches[3];
        Status now[3][ROWS], committed[3][ROWS]; /* 0: not there yet */
} World;

static uint32_t choose(World *world, uint32_t n) {
        world->random = world->random * UINT64_C(6364136223846793005) + 1442695040888963407;
        return (uint32_t) (world->random >> 33) % n;
}

static void do_something(World *world) {
        uint32_t b = choose(world, 3), line = choose(world, ROWS);
        Status *status = &world->now[b][line];
        Status to = (Status) (1 + choose(world, STATUS_COUNT - 1));

        if (*status == 0) {
                *status = choose(world, 5) == 0 ? STATUS_REJECTED : STATUS_QUEUED;
                add_row(world->f, world->batches[b], line, "A", 1 + line * line, *status);
        } else if (status_may_move(*status, to)) {
                move(world->f, row_id(world->batches[b], line), *status, to);
                *status = to;
        }
}

static void counters_are_what_the_rows_say_whatever_happens(void **state) {
        Fixture *f = *state;
        World world = { .f = f, .random = 20261101 };

        begin(f);
        for (int i = 0; i < 3; i++)
                world.batches[i] = add_batch(f, "a.csv");
        commit(f);
        for (int round = 0; round < 300; round++) {
                begin(f);
                for (uint32_t i = choose(&world, 30); i > 0; i--)
                        do_something(&world);
                if (choose(&world, 4) == 0)
                        assert_recount(f, world.batches[0]); /* in the middle, too */
                if (choose(&world, 4) == 0) {
                        ledger_rollback(f->ledger);
                        memcpy(world.now, world.committed, sizeof(world.now));
                } else {
                        commit(f);
                        memcpy(world.committed, world.now, sizeof(world.now));
                }
                if (choose(&world, 50) == 0) {
                        f->ledger = ledger_free(f->ledger);
                        fixture_open(f);
                }
                for (int i = 0; i < 3; i++)
                        assert_recount(f, world.batches[i]);
        }
}

static void limit_files(rlim_t size) {
        struct rlimit limit;

        assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
        limit.rlim_cur = size == 0 ? limit.rlim_max : size;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int add_slice(Fixture *f, int64_t batch, uint32_t from, Text raw) {
        const uint8_t content[16] = "";
        int r = ledger_begin(f->ledger);

        for (uint32_t line = from; r == 0 && line < from + 20; line++) {
                const NewRow row = { .id = row_id(batch, line),
                                     .lines = 1,
                                     .order_id = TEXT("A"),
                                     .amount = 1,
                                     .currency = CURRENCY_CLP,
                                     .status = STATUS_QUEUED,
                                     .content = content,
                                     .raw = raw };

                r = ledger_row_add(f->ledger, &row);
        }
        return r < 0 ? r : ledger_commit(f->ledger);
}

/* Of the log of a store that was just made: all of its migrations are in it. */
static rlim_t log_kib(const Fixture *f) {
        char path[128];
        struct stat st;

        (void) snprintf(path, sizeof(path), "%s-wal", f->path);
        assert_int_equal(stat(path, &st), 0);
        return (rlim_t) st.st_size >> 10;
}

static void a_full_disk_leaves_the_ledger_whole_and_usable(void **state) {
        AUTO_FREE char *raw = calloc(1, 5000);
        Fixture *f = *state;
        char expected[64];
        uint32_t line = 2;
        int64_t batch;
        rlim_t first;

        (void) signal(SIGXFSZ, SIG_IGN);
        begin(f);
        batch = add_batch(f, "a.csv");
        commit(f);
        first = log_kib(f);
        for (rlim_t size = first; size < first + 400; size += 37) {
                AUTO_FREE char *complaint = NULL;
                int r;

                limit_files(size << 10);
                while ((r = add_slice(f, batch, line, (Text){ raw, 5000 })) == 0)
                        line += 20;
                ledger_rollback(f->ledger);
                limit_files(0);
                assert_int_equal(r, -ENOSPC);
                assert_string_not_equal(ledger_error_text(f->ledger), "");
                (void) snprintf(expected, sizeof(expected), "CLP queued %u %u; ", line - 2,
                                line - 2);
                assert_totals(f, batch, line > 2 ? expected : "");
                assert_recount(f, batch);
                assert_int_equal(ledger_check(f->ledger, &complaint), 0);
        }
        assert_true(line > 2);
        assert_int_equal(add_slice(f, batch, line, (Text){ raw, 5000 }), 0);
        assert_recount(f, batch);
        (void) signal(SIGXFSZ, SIG_DFL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(totals_are_by_currency_and_status),
                LEDGER_TEST(held_is_what_nobody_may_send),
                LEDGER_TEST(overall_follows_the_totals),
                LEDGER_TEST(held_rows_of_two_currencies_stay_apart),
                LEDGER_TEST(a_total_can_stop_the_list),
                LEDGER_TEST(hostile_amounts_do_not_wrap),
                LEDGER_TEST(counters_are_what_the_rows_say_whatever_happens),
                LEDGER_TEST(a_full_disk_leaves_the_ledger_whole_and_usable),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
