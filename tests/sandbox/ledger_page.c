#include "tests/sandbox/ledger_page.h"

#include <inttypes.h>

#include "tests/sandbox/memory.h"
#include "tests/sandbox/put.h"

#define SESSIONS_AT_ONCE 200U

typedef struct LedgerStream {
        const Store *store;
        const Clock *clock;
        uint32_t next;
        uint32_t end; /* sessions there were when it was asked for */
        bool begun;
        bool ended;
} LedgerStream;

static void put_session(Buffer *out, const Store *store, uint32_t number, int64_t now) {
        const Session *session = store_session(store, number);
        char id[ID_SIZE];

        put_text(out, TEXT("{\"order\":"));
        put_quoted(out, session->order);
        put_text(out, TEXT(",\"key\":"));
        put_quoted(out, session->key);
        put_text(out, TEXT(",\"id\":\""));
        put_text(out, store_session_id(store, number, id));
        put_text(out, TEXT("\",\"amount\":"));
        put_integer(out, session->amount);
        put_text(out, TEXT(",\"currency\":\""));
        put_string(out, currency_name((Currency) session->currency));
        put_text(out, TEXT("\",\"status\":\""));
        put_string(out, session_status_name(store_session_status(session, now)));
        put_text(out, TEXT("\",\"created_at\":"));
        put_time(out, session->created_at, true);
        put_text(out, TEXT(",\"metadata_checkoutd\":"));
        put_quoted(out, session->checkoutd);
        put_text(out, TEXT(",\"api\":\"v"));
        put_integer(out, session->generation);
        put_text(out, TEXT("\"}"));
}

static bool ledger_next(void *context, Buffer *out) {
        LedgerStream *stream = context;
        int64_t now = clock_now(stream->clock);

        if (stream->ended)
                return false;
        if (!stream->begun)
                put_text(out, TEXT("{\"sessions\":["));
        stream->begun = true;
        for (uint32_t i = 0; i < SESSIONS_AT_ONCE && stream->next < stream->end; i++) {
                put_text(out, stream->next > 0 ? TEXT(",\n") : TEXT("\n"));
                put_session(out, stream->store, stream->next++, now);
        }
        stream->ended = stream->next == stream->end;
        if (stream->ended)
                put_text(out, TEXT("]}\n"));
        return true;
}

static void put_summary(const Sandbox *sandbox, Buffer *out) {
        StoreSummary summary = store_summary(sandbox->store);

        if (buffer_printf(out,
                          "{\"sessions\":%u,\"orders\":%u,\"duplicates\":%u,"
                          "\"duplicate_keys\":%u,\"without_checkoutd\":%u,\"intents\":%u,"
                          "\"refunds\":%u,\"requests\":%" PRIu64 "}\n",
                          summary.sessions, summary.orders, summary.duplicates,
                          summary.duplicate_keys, summary.without_checkoutd,
                          store_intent_count(sandbox->store), store_refund_count(sandbox->store),
                          sandbox->requests) < 0)
                memory_out();
}

/* Newest first are they chained; oldest first are they told. */
static void put_order(const Sandbox *sandbox, Text order, Buffer *out) {
        uint32_t newest = store_session_by_order(sandbox->store, order);
        uint32_t *numbers = NULL;
        size_t count = 0;

        for (uint32_t i = newest; i != STORE_NONE;
             i = store_session(sandbox->store, i)->same_order) {
                numbers = memory_grow(numbers, count + 1, sizeof(*numbers));
                numbers[count++] = i;
        }
        put_string(out, "{\"sessions\":[");
        for (size_t i = count; i-- > 0;) {
                put_session(out, sandbox->store, numbers[i], clock_now(&sandbox->clock));
                if (i > 0)
                        put_string(out, ",\n");
        }
        put_string(out, "]}\n");
        free(numbers);
}

void ledger_page_answer(Sandbox *sandbox, Request *request) {
        Answer *answer = &request->answer;
        Text order = request_argument(request, "order");

        answer->status = 200;
        if (request_argument(request, "summary").data) {
                put_summary(sandbox, &answer->body);
        } else if (order.data) {
                put_order(sandbox, order, &answer->body);
        } else {
                LedgerStream *stream = memory_grow(NULL, 1, sizeof(*stream));

                *stream = (LedgerStream){ .store = sandbox->store,
                                          .clock = &sandbox->clock,
                                          .end = store_session_count(sandbox->store) };
                answer->stream = ledger_next;
                answer->stream_context = stream;
        }
}
