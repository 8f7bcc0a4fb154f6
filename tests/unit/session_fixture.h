/* What the tests of request bodies share: an order and what it borrows from. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "jobs/session/session_request.h"

#define KEY        "d8ef4694e0866bdaeddbd68f3381dd67c8ac7fdab4f9db5e0f1b3282404d24de"
#define NOW        (INT64_C(1796137200) * SECOND) /* 2026-12-01T15:00:00Z */
#define META(more) "\"metadata\":{\"order\":\"FAC-117\",\"checkoutd\":\"" KEY "\"" more "}"

typedef struct Fixture {
        Order order;
        OrderRules rules;
        OrderEntry entries[8];
        OrderItem items[4];
} Fixture;

static inline int set_up(void **state) {
        static Fixture fixture;

        fixture = (Fixture){ 0 };
        fixture.rules = (OrderRules){ .api = API_V1, .timezone = "America/Santiago" };
        fixture.order = (Order){ .line = 2, .rows = 1, .amount = 45990, .currency = CURRENCY_CLP };
        fixture.order.text[FIELD_ORDER_ID] = TEXT("FAC-117");
        fixture.order.entries = fixture.entries;
        fixture.order.items = fixture.items;
        *state = &fixture;
        return 0;
}

static inline int tear_down(void **state) {
        Fixture *fixture = *state;

        for (size_t i = 0; i < FIELD_COUNT; i++)
                json_decref(fixture->order.json[i]);
        return 0;
}

static inline void set_json(Fixture *fixture, OrderField field, const char *text) {
        fixture->order.json[field] = json_loads(text, 0, NULL);
        assert_non_null(fixture->order.json[field]);
}

static inline void add_entry(Fixture *fixture, OrderField field, const char *key,
                             const char *value) {
        assert_true(fixture->order.n_entries < ELEMENTS(fixture->entries));
        fixture->entries[fixture->order.n_entries++] =
                (OrderEntry){ field, text_of(key), text_of(value) };
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
