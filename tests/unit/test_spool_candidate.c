/* Candidates: what is ignored, when a file is ready, what a change or a new name resets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "daemon/spool/spool_candidate.h"
#include "jobs/base/civil.h"

static const Profile profile = { .name = "" };

static void half_written_names_are_ignored(void **state) {
        static const char *const ignored[] = { ".a.csv",     "a.csv.part", "a.csv.filepart",
                                               "a.csv.PART", "a.tmp",      "a.csv~" };
        static const char *const seen[] = { "a.csv", "a.CSV", "part.csv", "a.xlsx", "tmp", "a" };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(ignored); i++)
                assert_true(candidate_is_ignored(ignored[i]));
        for (size_t i = 0; i < ELEMENTS(seen); i++)
                assert_false(candidate_is_ignored(seen[i]));
}

static void any_change_begins_the_waiting_anew(void **state) {
        CLEANUP(candidates_free_p) Candidates *set = NULL;
        struct stat st = { .st_size = 10, .st_ino = 7, .st_nlink = 1 };
        Candidate *candidate;

        (void) state;
        assert_int_equal(candidates_new(&set), 0);
        candidates_begin(set);
        candidate = candidates_see(set, &profile, "a.csv", &st, 100 * SECOND, false);
        assert_int_equal(candidate_ready_at(candidate, 10 * SECOND), 110 * SECOND);
        for (unsigned what = 0; what < 4; what++) {
                int64_t now = (200 + 10 * what) * SECOND;

                st.st_size += what == 0;
                st.st_mtim.tv_nsec += what == 1;
                st.st_ctim.tv_nsec += what == 2;
                st.st_ino += what == 3;
                candidate->renamed = true;
                candidate = candidates_see(set, &profile, "a.csv", &st, now, false);
                assert_false(candidate->renamed);
                assert_int_equal(candidate_ready_at(candidate, 10 * SECOND), now + 10 * SECOND);
                candidate = candidates_see(set, &profile, "a.csv", &st, now + SECOND, false);
                assert_int_equal(candidate_ready_at(candidate, 10 * SECOND), now + 10 * SECOND);
        }
}

static void a_renamed_file_is_ready_at_once_and_a_stray_one_after_a_minute(void **state) {
        CLEANUP(candidates_free_p) Candidates *set = NULL;
        struct stat st = { .st_size = 10, .st_ino = 7, .st_nlink = 1 };
        Candidate *candidate;

        (void) state;
        assert_int_equal(candidates_new(&set), 0);
        candidate = candidates_see(set, &profile, "a.csv", &st, SECOND, false);
        candidate->renamed = true;
        assert_int_equal(candidate_ready_at(candidate, 10 * SECOND), SECOND);
        candidate = candidates_see(set, &profile, "a.xlsx", &st, SECOND, false);
        candidate->renamed = true;
        assert_int_equal(candidate_ready_at(candidate, 10 * SECOND), 61 * SECOND);
}

/* A .ctl is never offered; a file that needs one waits ten minutes, or until it comes. */
static void files_wait_for_their_totals(void **state) {
        CLEANUP(candidates_free_p) Candidates *set = NULL;
        struct stat st = { .st_size = 10, .st_ino = 7, .st_nlink = 1, .st_mode = S_IFREG };
        const int64_t settle = 10 * SECOND;
        Candidate *candidate;
        int64_t at;

        (void) state;
        assert_int_equal(candidates_new(&set), 0);
        candidates_begin(set);
        (void) candidates_see(set, &profile, "b.csv.ctl", &st, 0, false);
        assert_null(candidates_first(set, settle, &at));
        assert_int_equal(candidates_pending(set), 0);

        candidate = candidates_see(set, &profile, "a.csv", &st, 0, false);
        candidate->taken = true;
        candidates_await_control(set, &profile, "a.csv");
        assert_ptr_equal(candidates_first(set, settle, &at), candidate);
        assert_int_equal(at, 10 * MINUTE);
        (void) candidates_see(set, &profile, "ab.csv.ctl", &st, SECOND, false);
        assert_int_equal(candidate_ready_at(candidate, settle), 10 * MINUTE);
        (void) candidates_see(set, &profile, "a.ctl", &st, SECOND, false);
        assert_int_equal(candidate_ready_at(candidate, settle), settle);

        /* one that is written anew begins anew */
        candidates_await_control(set, &profile, "a.csv");
        st.st_size++;
        candidate = candidates_see(set, &profile, "a.csv", &st, MINUTE, false);
        assert_int_equal(candidate_ready_at(candidate, settle), MINUTE + settle);
}

static void only_the_first_look_finds_files_at_start(void **state) {
        CLEANUP(candidates_free_p) Candidates *set = NULL;
        struct stat st = { .st_size = 10, .st_ino = 7, .st_nlink = 1 };

        (void) state;
        assert_int_equal(candidates_new(&set), 0);
        assert_true(candidates_see(set, &profile, "a.csv", &st, 0, true)->at_start);
        assert_true(candidates_see(set, &profile, "a.csv", &st, 1, false)->at_start);
        st.st_size++; /* written to while we watch: it is complete or cut like any other */
        assert_false(candidates_see(set, &profile, "a.csv", &st, 2, false)->at_start);
        assert_false(candidates_see(set, &profile, "b.csv", &st, 2, false)->at_start);
}

static void what_is_gone_is_forgotten_but_not_while_it_is_taken(void **state) {
        CLEANUP(candidates_free_p) Candidates *set = NULL;
        struct stat st = { .st_size = 10, .st_ino = 7, .st_nlink = 1 };
        Candidate *candidate;

        (void) state;
        assert_int_equal(candidates_new(&set), 0);
        candidates_begin(set);
        candidate = candidates_see(set, &profile, "a.csv", &st, 5, true);
        candidate->taken = true;
        candidates_begin(set);
        candidates_drop_unseen(set);
        assert_ptr_equal(candidates_see(set, &profile, "a.csv", &st, 6, false), candidate);
        candidates_done(set, &profile, "a.csv", true);
        candidates_begin(set);
        candidates_drop_unseen(set);
        candidate = candidates_see(set, &profile, "a.csv", &st, 7, false);
        assert_int_equal(candidate->first_seen, 7);
        assert_false(candidate->taken);
}

/* It went between the scan and its turn: nobody has to mend anything. */
static void what_is_gone_when_it_is_opened_is_not_stuck(void **state) {
        CLEANUP(candidates_free_p) Candidates *set = NULL;
        const SpoolLimits limits = { .settle = 1, .max_file_size = 100 };
        struct stat st = { .st_size = 10, .st_ino = 7, .st_nlink = 1, .st_mode = S_IFREG };
        AUTO_CLOSE int folder = open("/", O_PATH | O_CLOEXEC);
        SpoolFile file = { .fd = -1 };
        Candidate *candidate;

        (void) state;
        assert_true(folder >= 0);
        assert_int_equal(candidates_new(&set), 0);
        candidates_begin(set);
        candidate = candidates_see(set, &profile, "there-is-no-such-file.csv", &st, 5, true);
        assert_false(candidate_open(candidate, folder, &limits, 9, &file));
        assert_false(candidate->stuck);
        assert_int_equal(candidates_pending(set), 0);
        assert_int_equal(candidates_report_stuck(set), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(half_written_names_are_ignored),
                cmocka_unit_test(any_change_begins_the_waiting_anew),
                cmocka_unit_test(a_renamed_file_is_ready_at_once_and_a_stray_one_after_a_minute),
                cmocka_unit_test(files_wait_for_their_totals),
                cmocka_unit_test(only_the_first_look_finds_files_at_start),
                cmocka_unit_test(what_is_gone_is_forgotten_but_not_while_it_is_taken),
                cmocka_unit_test(what_is_gone_when_it_is_opened_is_not_stuck),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
