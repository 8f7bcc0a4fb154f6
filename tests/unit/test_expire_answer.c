/* What an answer to an expire is worth: never a proof, only what is asked next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/base/cleanup.h"
#include "jobs/session/expire_answer.h"
#include "jobs/session/session_key.h"
#include "jobs/session/session_request.h"

static void every_answer(void **state) {
        static const struct {
                Transfer transfer;
                int status;
                ExpireAnswer answer;
        } cases[] = {
                { TRANSFER_COMPLETE, 200, EXPIRE_LOOK },
                { TRANSFER_COMPLETE, 201, EXPIRE_LOOK },
                { TRANSFER_COMPLETE, 400, EXPIRE_LOOK },
                { TRANSFER_COMPLETE, 404, EXPIRE_LOOK },
                { TRANSFER_COMPLETE, 409, EXPIRE_LOOK },
                { TRANSFER_COMPLETE, 500, EXPIRE_LOOK },
                { TRANSFER_COMPLETE, 502, EXPIRE_LOOK },
                { TRANSFER_COMPLETE, 401, EXPIRE_ACCOUNT },
                { TRANSFER_COMPLETE, 402, EXPIRE_ACCOUNT },
                { TRANSFER_COMPLETE, 403, EXPIRE_ACCOUNT },
                { TRANSFER_COMPLETE, 429, EXPIRE_AGAIN_NEW },
                { TRANSFER_NOT_SENT, 0, EXPIRE_AGAIN },
                { TRANSFER_BROKEN, 0, EXPIRE_LOOK_SAME },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTS(cases); i++)
                assert_int_equal(expire_answer(cases[i].transfer, cases[i].status),
                                 cases[i].answer);
}

/* Each request has a key of its own, and none is the one that made the session. */
static void keys_differ(void **state) {
        char keys[4][SESSION_KEY_SIZE];

        (void) state;
        assert_int_equal(
                session_key_make(TEXT("i"), false, TEXT("p"), TEXT("r"), TEXT("A-1"), 1, keys[0]),
                0);
        for (uint32_t i = 1; i < 4; i++)
                assert_int_equal(session_key_make_expire(TEXT("i"), false, TEXT("p"), TEXT("r"),
                                                         TEXT("A-1"), 1, i > 2 ? 2 : 1,
                                                         i > 2 ? 1 : i, keys[i]),
                                 0);
        for (size_t a = 0; a < 4; a++)
                for (size_t b = a + 1; b < 4; b++)
                        assert_string_not_equal(keys[a], keys[b]);
}

static void an_id_may_hold_anything(void **state) {
        AUTO_BUFFER path = BUFFER_EMPTY;

        (void) state;
        assert_int_equal(session_request_append_expire_path(&path, API_V2, TEXT("cs_a/../b?c d")),
                         0);
        assert_string_equal(path.data, "/v2/checkout_sessions/cs_a%2F..%2Fb%3Fc%20d/expire");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_answer),
                cmocka_unit_test(keys_differ),
                cmocka_unit_test(an_id_may_hold_anything),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
