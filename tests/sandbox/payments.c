#include "tests/sandbox/payments.h"

#include "tests/sandbox/paging.h"
#include "tests/sandbox/render.h"

static void payments_render(Buffer *out, const Call *call, uint32_t number) {
        render_intent(out, call->sandbox->store, call->generation, number);
}

static bool payments_wanted(const Store *store, uint32_t number, const Filter *filter) {
        const Intent *intent = store_intent(store, number);

        return intent->created_at >= filter->since && intent->created_at <= filter->until &&
               (!filter->status.data ||
                text_is(filter->status, intent_status_name((IntentStatus) intent->status)));
}

static Listing payments_listing(const Call *call) {
        return (Listing){ .count = store_intent_count(call->sandbox->store),
                          .by_time = true,
                          .by_status = call->generation == 1,
                          .by_id = store_intent_by_id,
                          .id = store_intent_id,
                          .wanted = payments_wanted,
                          .render = payments_render };
}

void payments_get(Call *call) {
        uint32_t number = store_intent_by_id(call->sandbox->store, call->id);

        if (number == STORE_NONE) {
                call_missing(call);
                return;
        }
        call->answer->status = 200;
        payments_render(&call->answer->body, call, number);
}

void payments_list_pages(Call *call) {
        const Listing listing = payments_listing(call);

        paging_pages(call, &listing);
}

void payments_list_cursor(Call *call) {
        const Listing listing = payments_listing(call);

        paging_cursor(call, &listing);
}
