/* Pages of the provider's list: ours among others, the cursor of the next page, what is no list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/session/session_list.h"

typedef struct Seen {
        unsigned n, ours;
        int64_t oldest;
} Seen;

static int see(void *userdata, const ListedSession *session) {
        Seen *seen = userdata;

        seen->n++;
        seen->oldest = session->created_at;
        if (session->checkoutd.size > 0) {
                assert_true(text_is(session->checkoutd, "abc"));
                assert_non_null(memmem(session->json.data, session->json.size, "\"cs_2\"", 6));
                seen->ours++;
        }
        return 0;
}

static void a_page_tells_ours_from_others(void **state) {
        Seen seen = { 0 };
        int64_t expected;

        (void) state;
        assert_int_equal(
                session_list_read(
                        TEXT("[{\"id\":\"cs_1\",\"metadata\":{},\"created_at\":\"2026-03-01T14:58:07Z\"},"
                             "{\"id\":\"cs_2\",\"metadata\":{\"checkoutd\":\"abc\"},"
                             "\"created_at\":\"2026-03-01T14:58:06.123Z\"},"
                             "{\"id\":\"cs_3\",\"metadata\":null,\"created_at\":\"2026-03-01T14:00:00Z\"}]"),
                        see, &seen),
                3);
        assert_int_equal(seen.n, 3);
        assert_int_equal(seen.ours, 1);
        assert_true(civil_time_parse(TEXT("2026-03-01T14:00:00Z"), &expected));
        assert_int_equal(seen.oldest, expected);
}

static void what_is_no_list_proves_nothing(void **state) {
        static const char *const bodies[] = { "",       "{}",  "[", "[{}]", "[{\"id\":5}]",
                                              "<html>", "null" };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(bodies); i++) {
                Seen seen = { 0 };

                assert_int_equal(session_list_read(text_of(bodies[i]), see, &seen), -EBADMSG);
        }
}

static void the_cursor_is_taken_and_the_host_is_not(void **state) {
        static const struct {
                const char *link, *cursor; /* NULL: the end */
        } cases[] = {
                { "", NULL },
                { "<https://evil.example/v2/x?limit=300&starting_after=cs_9Z>; rel=\"next\"",
                  "cs_9Z" },
                { "<https://a/?starting_after=cs_9&limit=3; rel=\"next\"", "cs_9" },
                { "<https://a/?page=1>; rel=\"first\", <https://a/?starting_after=cs_1>; rel=\"next\"",
                  "cs_1" },
                { "<https://a/?starting_after=cs_1>; rel=\"prev\"", NULL },
                { "<https://a/?starting_after=>; rel=\"next\"", NULL },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                AUTO_BUFFER cursor = BUFFER_EMPTY;
                int r = session_list_next(text_of(cases[i].link), &cursor);

                assert_int_equal(r, cases[i].cursor ? 1 : 0);
                if (cases[i].cursor)
                        assert_string_equal(cursor.data, cases[i].cursor);
        }
}

static void the_path_carries_the_cursor(void **state) {
        AUTO_BUFFER first = BUFFER_EMPTY, next = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(session_list_path(&first, 300, TEXT_NONE), 0);
        assert_string_equal(first.data, "/v2/checkout_sessions?limit=300");
        assert_int_equal(session_list_path(&next, 300, TEXT("cs_1")), 0);
        assert_string_equal(next.data, "/v2/checkout_sessions?limit=300&starting_after=cs_1");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_page_tells_ours_from_others),
                cmocka_unit_test(what_is_no_list_proves_nothing),
                cmocka_unit_test(the_cursor_is_taken_and_the_host_is_not),
                cmocka_unit_test(the_path_carries_the_cursor),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
