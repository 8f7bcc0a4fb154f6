#include "tests/sandbox/exchange.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "jobs/base/civil.h"
#include "tests/sandbox/draw.h"
#include "tests/sandbox/heap.h"
#include "tests/sandbox/memory.h"
#include "tests/sandbox/put.h"
#include "tests/sandbox/reply.h"

#define BODY_MAX          ((size_t) 4 << 20)
#define CONNECTION_MEMORY ((size_t) 8 << 10) /* the library clears it for every request */

typedef struct Exchange {
        Exchanges *all;
        struct MHD_Connection *connection;
        Request request;
        Buffer body; /* of the request */
        bool answered;
        bool dropped; /* no reply any more */
        bool parked;
        struct Exchange *next; /* in the pool, or among the parked */
        struct Exchange *before;
} Exchange;

typedef struct Peer {
        int fd;
        struct Peer *next;
        struct Peer *before;
} Peer;

struct Exchanges {
        Sandbox *sandbox;
        Heap delays;
        int hangups; /* epoll set of those that are never answered */
        Exchange *pool;
        Exchange *parked;
        Peer *peers;
        struct MHD_Connection *asked_to_cut;
};

Exchanges *exchanges_new(Sandbox *sandbox) {
        int hangups = epoll_create1(EPOLL_CLOEXEC);

        if (hangups < 0)
                return NULL;
        Exchanges *exchanges = memory_grow(NULL, 1, sizeof(*exchanges));
        *exchanges = (Exchanges){ .sandbox = sandbox, .hangups = hangups };
        return exchanges;
}

Exchanges *exchanges_free(Exchanges *exchanges) {
        if (!exchanges)
                return NULL;
        assert(!exchanges->parked);
        while (exchanges->pool) {
                Exchange *exchange = exchanges->pool;

                exchanges->pool = exchange->next;
                buffer_done(&exchange->body);
                buffer_done(&exchange->request.answer.body);
                free(exchange);
        }
        heap_done(&exchanges->delays);
        (void) close(exchanges->hangups);
        free(exchanges);
        return NULL;
}

static Exchange *exchange_take(Exchanges *exchanges, struct MHD_Connection *connection) {
        Exchange *exchange = exchanges->pool;

        if (exchange) {
                exchanges->pool = exchange->next;
        } else {
                exchange = memory_grow(NULL, 1, sizeof(*exchange));
                *exchange = (Exchange){ .all = exchanges };
        }
        exchange->connection = connection;
        exchange->next = NULL;
        exchange->answered = false;
        exchange->dropped = false;
        buffer_clear(&exchange->body);
        return exchange;
}

static int connection_fd(struct MHD_Connection *connection) {
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

        return info ? info->connect_fd : -1;
}

/* Disconnecting a connected TCP socket sends RST at once; closing it would send FIN first. */
static void reset_socket(int fd) {
        const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

        (void) connect(fd, &nowhere, sizeof(nowhere));
}

static void exchange_park(Exchange *exchange) {
        Exchanges *all = exchange->all;
        Answer *answer = &exchange->request.answer;

        exchange->parked = true;
        exchange->before = NULL;
        exchange->next = all->parked;
        if (all->parked)
                all->parked->before = exchange;
        all->parked = exchange;
        MHD_suspend_connection(exchange->connection);

        if (answer->delivery == DELIVER_NEVER) {
                struct epoll_event event = { .events = EPOLLRDHUP | EPOLLONESHOT,
                                             .data = { .ptr = exchange } };

                (void) epoll_ctl(all->hangups, EPOLL_CTL_ADD, connection_fd(exchange->connection),
                                 &event);
        } else {
                heap_push(&all->delays, clock_monotonic() + answer->delay,
                          (uint64_t) (uintptr_t) exchange);
        }
}

static void exchange_wake(Exchange *exchange) {
        Exchanges *all = exchange->all;

        assert(exchange->parked);
        if (exchange->before)
                exchange->before->next = exchange->next;
        else
                all->parked = exchange->next;
        if (exchange->next)
                exchange->next->before = exchange->before;
        exchange->parked = false;
        MHD_resume_connection(exchange->connection);
}

bool exchanges_wake_due(Exchanges *exchanges, int64_t now, int64_t *ret_next) {
        HeapItem item;
        bool woken = false;

        while (heap_pop_due(&exchanges->delays, now, &item)) {
                exchange_wake((Exchange *) (uintptr_t) item.what);
                woken = true;
        }
        *ret_next = exchanges->delays.count > 0 ? exchanges->delays.items[0].at : INT64_MAX;
        return woken;
}

int exchanges_hangup_fd(const Exchanges *exchanges) {
        return exchanges->hangups;
}

void exchanges_reap(Exchanges *exchanges) {
        struct epoll_event events[64];
        int count = epoll_wait(exchanges->hangups, events, (int) ELEMENTS(events), 0);

        for (int i = 0; i < count; i++) {
                Exchange *exchange = events[i].data.ptr;

                exchange->dropped = true;
                exchange_wake(exchange);
        }
}

void exchanges_drop(Exchanges *exchanges) {
        exchanges->delays.count = 0;
        while (exchanges->parked) {
                exchanges->parked->dropped = true;
                exchange_wake(exchanges->parked);
        }
}

void exchanges_cut(Exchanges *exchanges) {
        int spared = exchanges->asked_to_cut ? connection_fd(exchanges->asked_to_cut) : -1;

        for (const Peer *peer = exchanges->peers; peer; peer = peer->next)
                if (peer->fd != spared)
                        reset_socket(peer->fd);
}

static Text header(struct MHD_Connection *connection, const char *name) {
        const char *value = NULL;
        size_t size = 0;

        if (MHD_lookup_connection_value_n(connection, MHD_HEADER_KIND, name, strlen(name), &value,
                                          &size) != MHD_YES)
                return TEXT_NONE;
        return (Text){ value ? value : "", value ? size : 0 };
}

static enum MHD_Result take_argument(void *context, enum MHD_ValueKind kind, const char *name,
                                     const char *value) {
        Request *request = context;

        (void) kind;
        if (request->argument_count == REQUEST_ARGUMENTS)
                return MHD_NO;
        request->arguments[request->argument_count++] =
                (Argument){ text_of(name), text_of(value ? value : "") };
        return MHD_YES;
}

static Method method_of(const char *name) {
        return strcmp(name, "POST") == 0  ? METHOD_POST
               : strcmp(name, "GET") == 0 ? METHOD_GET
                                          : METHOD_OTHER;
}

static void exchange_read(Exchange *exchange, const char *url, const char *method) {
        struct MHD_Connection *connection = exchange->connection;
        Request *request = &exchange->request;

        request->method = method_of(method);
        request->method_name = text_of(method);
        request->path = text_of(url);
        request->host = header(connection, "Host");
        request->authorization = header(connection, "Authorization");
        request->fintoc_version = header(connection, "Fintoc-Version");
        request->content_type = header(connection, "Content-Type");
        request->idempotency_key = header(connection, "Idempotency-Key");
        request->body = (Text){ exchange->body.data, exchange->body.size };
        request->argument_count = 0;
        if (request->method != METHOD_POST)
                (void) MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_argument,
                                                 request);
}

static enum MHD_Result exchange_reply(Exchange *exchange) {
        Answer *answer = &exchange->request.answer;

        if (exchange->dropped)
                return MHD_NO;
        if (answer->delivery == DELIVER_RESET) {
                reset_socket(connection_fd(exchange->connection));
                return MHD_NO;
        }
        return reply_queue(exchange->connection, answer, clock_date(&exchange->all->sandbox->clock))
                       ? MHD_YES
                       : MHD_NO;
}

static enum MHD_Result exchange_body(Exchange *exchange, const char *bytes, size_t *size) {
        if (exchange->body.size + *size > BODY_MAX)
                return MHD_NO;
        put_text(&exchange->body, (Text){ bytes, *size });
        *size = 0;
        return MHD_YES;
}

/* Called when the headers are there, for each piece of the body, at its end, and again after a
 * parked connection was woken. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *bytes,
                                  size_t *size, void **ret_exchange) {
        Exchange *exchange = *ret_exchange;

        (void) version;
        if (!exchange) {
                *ret_exchange = exchange_take(context, connection);
                return MHD_YES;
        }
        if (*size > 0)
                return exchange_body(exchange, bytes, size);
        if (exchange->answered)
                return exchange_reply(exchange);

        Exchanges *all = exchange->all;
        exchange->answered = true;
        exchange_read(exchange, url, method);
        sandbox_answer(all->sandbox, &exchange->request);
        if (all->sandbox->down_for > 0)
                all->asked_to_cut = connection;
        if (exchange->request.answer.delay > 0 ||
            exchange->request.answer.delivery == DELIVER_NEVER) {
                exchange_park(exchange);
                return MHD_YES;
        }
        return exchange_reply(exchange);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **exchange_slot,
                         enum MHD_RequestTerminationCode code) {
        Exchanges *exchanges = context;
        Exchange *exchange = *exchange_slot;

        (void) connection;
        (void) code;
        if (!exchange)
                return;
        exchange->next = exchanges->pool;
        exchanges->pool = exchange;
        *exchange_slot = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **peer_slot,
                          enum MHD_ConnectionNotificationCode code) {
        Exchanges *exchanges = context;
        Peer *peer = *peer_slot;

        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                peer = memory_grow(NULL, 1, sizeof(*peer));
                *peer = (Peer){ connection_fd(connection), exchanges->peers, NULL };
                if (peer->next)
                        peer->next->before = peer;
                exchanges->peers = peer;
                *peer_slot = peer;
                return;
        }
        if (exchanges->asked_to_cut == connection)
                exchanges->asked_to_cut = NULL;
        if (peer->before)
                peer->before->next = peer->next;
        else
                exchanges->peers = peer->next;
        if (peer->next)
                peer->next->before = peer->before;
        free(peer);
        *peer_slot = NULL;
}

struct MHD_Daemon *exchanges_start(Exchanges *exchanges, uint32_t keep_alive_seconds) {
        return MHD_start_daemon(
                MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
                        MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_TURBO,
                0, NULL, NULL, on_request, exchanges, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
                exchanges, MHD_OPTION_NOTIFY_CONNECTION, on_connection, exchanges,
                MHD_OPTION_CONNECTION_TIMEOUT, (unsigned) keep_alive_seconds,
                MHD_OPTION_CONNECTION_LIMIT, 16384U, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                CONNECTION_MEMORY, MHD_OPTION_END);
}
