/* Corrected files: each order counts once, as what became of it last, whatever comes in and
 * moves. */
#include "tests/unit/ledger_fixture.h"

#include <sqlite3.h>

#include "jobs/base/cleanup.h"
#include "sql/queries.h"

static int64_t add_child(Fixture *f, const char *file, int64_t parent) {
        Batch batch = sample_batch(file);
        int64_t id = 0;

        batch.parent = parent;
        OK(ledger_batch_add(f->ledger, &batch, &id));
        return id;
}

static int64_t add_mending(Fixture *f, int64_t batch, uint32_t line, int64_t mends, int64_t amount,
                           Status status) {
        static const uint8_t content[16] = "";
        const NewRow row = { .id = row_id(batch, line),
                             .lines = 1,
                             .amount = amount,
                             .currency = CURRENCY_CLP,
                             .status = status,
                             .content = content,
                             .mends = mends };

        OK(ledger_row_add(f->ledger, &row));
        return row.id;
}

static void assert_family(Fixture *f, int64_t batch, const char *expected) {
        AUTO_FREE char *text = NULL;
        Seen seen = { .size = 0 };

        OK(ledger_family_totals(f->ledger, batch, see_total, &seen));
        assert_string_equal(seen.text, expected);
        assert_int_equal(ledger_check(f->ledger, &text), 0);
}

static void an_order_counts_once(void **state) {
        Fixture *f = *state;
        int64_t first, second, third, row, later;

        begin(f);
        first = add_batch(f, "a.csv");
        (void) add_row(f, first, 2, "A-1", 1000, STATUS_QUEUED);
        (void) add_row(f, first, 3, "A-2", 0, STATUS_REJECTED);
        loaded(f, first, 3);
        assert_family(f, first, "CLP rejected 1 0; CLP queued 1 1000; ");

        second = add_child(f, "b.csv", first);
        row = add_mending(f, second, 2, row_id(first, 3), 200, STATUS_QUEUED);
        (void) add_mending(f, second, 3, row_id(first, 99), 7, STATUS_QUEUED); /* of no such line */
        loaded(f, second, 3);
        assert_family(f, first, "CLP queued 3 1207; ");
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        move(f, row, STATUS_SENDING, STATUS_REFUSED);
        assert_family(f, first, "CLP queued 2 1007; CLP refused 1 200; ");

        /* corrected once more, in vain, and then well */
        third = add_child(f, "c.csv", second);
        (void) add_mending(f, third, 2, row, 0, STATUS_REJECTED);
        loaded(f, third, 2);
        assert_family(f, first, "CLP rejected 1 0; CLP queued 2 1007; ");
        third = add_child(f, "d.csv", second);
        later = add_mending(f, third, 2, row, 210, STATUS_QUEUED);
        loaded(f, third, 2);
        assert_family(f, first, "CLP queued 3 1217; ");
        assert_family(f, second, "CLP queued 2 217; ");
        move(f, later, STATUS_QUEUED, STATUS_SENDING);
        move(f, later, STATUS_SENDING, STATUS_OPEN);
        assert_family(f, first, "CLP queued 2 1007; CLP open 1 210; ");
        commit(f);
}

/* Dropped again as it was: what became of the order is what became of its first row. */
static void a_repeated_row_tells_nothing(void **state) {
        Fixture *f = *state;
        int64_t first, second, row, again;

        begin(f);
        first = add_batch(f, "a.csv");
        row = add_row(f, first, 2, "A-1", 1000, STATUS_QUEUED);
        loaded(f, first, 2);
        second = add_child(f, "b.csv", first);
        again = add_mending(f, second, 2, row, 1000, STATUS_QUEUED);
        loaded(f, second, 2);
        assert_family(f, first, "CLP queued 1 1000; ");
        move(f, again, STATUS_QUEUED, STATUS_DUPLICATE);
        move(f, row, STATUS_QUEUED, STATUS_SENDING);
        assert_family(f, first, "CLP sending 1 1000; ");
        move(f, row, STATUS_SENDING, STATUS_OPEN);
        move(f, row, STATUS_OPEN, STATUS_EXPIRED);
        assert_family(f, first, "CLP expired 1 1000; ");

        /* the next generation, which a person holds */
        second = add_child(f, "c.csv", first);
        again = add_mending(f, second, 2, row, 1100, STATUS_QUEUED);
        loaded(f, second, 2);
        OK(ledger_batch_set_hold(f->ledger, second, HOLD_OPERATOR));
        assert_family(f, first, "CLP held/operator 1 1100; ");
        commit(f);
}

/* What is left out of a held batch is held there too. */
static void queued_rows_of_a_held_batch(void **state) {
        Fixture *f = *state;
        int64_t first, second, row;

        begin(f);
        first = add_batch(f, "a.csv");
        (void) add_row(f, first, 2, "A-1", 0, STATUS_REJECTED);
        loaded(f, first, 2);
        second = add_child(f, "b.csv", first);
        row = add_mending(f, second, 2, row_id(first, 2), 30, STATUS_QUEUED);
        (void) add_mending(f, second, 3, row, 40, STATUS_QUEUED);
        loaded(f, second, 3);
        OK(ledger_batch_set_hold(f->ledger, second, HOLD_OPERATOR));
        assert_family(f, first, "CLP held/operator 1 40; ");
        commit(f);
}

/* --- anything ------------------------------------------------------------------------------- */

#define ROWS_MOST 400
#define BATCHES   4

typedef struct Model {
        int64_t id, root;
        int64_t amount;
        Status status;
} Model;

typedef struct World {
        Model rows[ROWS_MOST];
        size_t n;
        uint32_t lines[BATCHES + 1];
        uint64_t random;
} World;

static uint64_t draw(World *world, uint64_t below) {
        world->random = world->random * 6364136223846793005U + 1442695040888963407U;
        return (world->random >> 33) % below;
}

static void add_some_row(Fixture *f, World *world) {
        static const int64_t parents[BATCHES + 1] = { 0, 0, 1, 1, 2 };
        int64_t batch = 1 + (int64_t) draw(world, BATCHES);
        const Model *mended = world->n > 0 ? &world->rows[draw(world, world->n)] : NULL;
        Model *row = &world->rows[world->n++];

        if (mended && mended->id >> 32 != parents[batch])
                mended = NULL;
        row->status = draw(world, 3) == 0 ? STATUS_REJECTED : STATUS_QUEUED;
        row->amount = (int64_t) draw(world, 1000);
        row->id = add_mending(f, batch, ++world->lines[batch], mended ? mended->id : 0, row->amount,
                              row->status);
        row->root = mended ? mended->root : row->id;
}

static void move_some_row(Fixture *f, World *world) {
        Model *row = &world->rows[draw(world, world->n)];
        Status to = (Status) (1 + draw(world, STATUS_COUNT - 1));

        /* paid without a payment is what ledger_check() complains of */
        if (to == row->status || to == STATUS_PAID || !status_may_move(row->status, to))
                return;
        move(f, row->id, row->status, to);
        row->status = to;
}

static bool tells(const Model *row) {
        return row->status != STATUS_DUPLICATE && !status_is_mendable(row->status);
}

/* By the rule, from the rows. */
static void assert_model(Fixture *f, const World *world) {
        int64_t counts[STATUS_COUNT] = { 0 }, sums[STATUS_COUNT] = { 0 };
        Seen expected = { .size = 0 };

        for (size_t i = 0; i < world->n; i++) {
                const Model *counted = NULL;

                if (world->rows[i].root != world->rows[i].id)
                        continue;
                for (size_t j = 0; j < world->n; j++) {
                        const Model *row = &world->rows[j];

                        if (row->root == world->rows[i].id &&
                            (!counted || tells(row) > tells(counted) ||
                             (tells(row) == tells(counted) && row->id > counted->id)))
                                counted = row;
                }
                counts[counted->status]++;
                sums[counted->status] += counted->amount;
        }
        for (Status status = STATUS_REJECTED; status < STATUS_COUNT; status++)
                if (counts[status] > 0)
                        see(&expected, "CLP %s %lld %lld; ", status_name(status),
                            (long long) counts[status], (long long) sums[status]);
        assert_family(f, 1, expected.text);
}

static void run_raw(sqlite3 *handle, const char *sql) {
        char *error = NULL;

        if (sqlite3_exec(handle, sql, NULL, NULL, &error) != SQLITE_OK)
                fail_msg("%s: %s", sql, error);
}

/* As a store that was made before there were these counters is brought up to date. */
static void count_anew(Fixture *f) {
        sqlite3 *handle = NULL;
        size_t i = 0;

        f->ledger = ledger_free(f->ledger);
        assert_int_equal(sqlite3_open(f->path, &handle), SQLITE_OK);
        run_raw(handle, "DROP TABLE mend_counted; DROP TABLE uncounted_total;");
        while (!strstr(sql_migrations[i].name, "mended_totals"))
                assert_true(++i < MIGRATION_COUNT);
        run_raw(handle, sql_migrations[i].text);
        assert_int_equal(sqlite3_close(handle), SQLITE_OK);
        fixture_open(f);
}

static void whatever_comes_and_moves(void **state) {
        Fixture *f = *state;
        World world = { .random = 20261126 };

        begin(f);
        assert_int_equal(add_batch(f, "a.csv"), 1);
        assert_int_equal(add_child(f, "b.csv", 1), 2);
        assert_int_equal(add_child(f, "c.csv", 1), 3);
        assert_int_equal(add_child(f, "d.csv", 2), 4);
        while (world.n < ROWS_MOST) {
                add_some_row(f, &world);
                for (int i = 0; i < 10; i++)
                        move_some_row(f, &world);
                if (world.n % 20 == 0)
                        assert_model(f, &world);
        }
        commit(f);

        count_anew(f);
        assert_model(f, &world);
        begin(f);
        for (int i = 0; i < 2000; i++)
                move_some_row(f, &world);
        commit(f);
        assert_model(f, &world);
}

/* Sums of what stands in a hostile file stop at the ends of the type, also when an old store is
 * brought up to date. */
static void hostile_sums(void **state) {
        Fixture *f = *state;

        begin(f);
        assert_int_equal(add_batch(f, "a.csv"), 1);
        assert_int_equal(add_child(f, "b.csv", 1), 2);
        for (uint32_t line = 2; line < 5; line++) {
                (void) add_mending(f, 1, line, 0, INT64_MAX - line, STATUS_REJECTED);
                (void) add_mending(f, 2, line, row_id(1, line), 5, STATUS_QUEUED);
        }
        loaded(f, 1, 4);
        loaded(f, 2, 4);
        assert_family(f, 1, "CLP queued 3 15; ");
        commit(f);
        count_anew(f);
        assert_family(f, 1, "CLP queued 3 15; ");
}

static void damage(Fixture *f, const char *sql) {
        sqlite3 *handle = NULL;

        assert_int_equal(sqlite3_open(f->path, &handle), SQLITE_OK);
        run_raw(handle, sql);
        assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

/* A counter that was changed, emptied or lost, and the wrong row that counts. */
static void what_is_counted_wrong_is_found(void **state) {
        static const char uncounted[] =
                "the rows of batch 1 that others stand for are counted wrong";
        static const char wrong_one[] =
                "of the rows that stand for row 4294967298 the wrong one counts";
        static const struct {
                const char *damage;
                const char *complaint;
        } cases[] = {
                { "UPDATE uncounted_total SET n = 2", uncounted },
                { "UPDATE uncounted_total SET n = 0", uncounted },
                { "UPDATE uncounted_total SET amount = amount - 1", uncounted },
                { "DELETE FROM uncounted_total", uncounted },
                { "UPDATE mend_counted SET id = root", wrong_one },
                { "DELETE FROM mend_counted", wrong_one },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_FREE char *text = NULL;
                int64_t row;

                begin(f);
                assert_int_equal(add_batch(f, "a.csv"), 1);
                row = add_row(f, 1, 2, "A-1", 1000, STATUS_QUEUED);
                move(f, row, STATUS_QUEUED, STATUS_SENDING);
                move(f, row, STATUS_SENDING, STATUS_REFUSED);
                assert_int_equal(add_child(f, "b.csv", 1), 2);
                (void) add_mending(f, 2, 2, row, 1100, STATUS_QUEUED);
                commit(f);
                assert_int_equal(ledger_check(f->ledger, &text), 0);
                damage(f, cases[i].damage);
                assert_int_equal(ledger_check(f->ledger, &text), 1);
                assert_string_equal(text, cases[i].complaint);
                f->ledger = ledger_free(f->ledger);
                assert_int_equal(unlink(f->path), 0);
                fixture_open(f);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                LEDGER_TEST(an_order_counts_once),
                LEDGER_TEST(a_repeated_row_tells_nothing),
                LEDGER_TEST(queued_rows_of_a_held_batch),
                LEDGER_TEST(whatever_comes_and_moves),
                LEDGER_TEST(hostile_sums),
                LEDGER_TEST(what_is_counted_wrong_is_found),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
