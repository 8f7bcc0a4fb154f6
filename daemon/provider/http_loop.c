#include "daemon/provider/http_loop.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "jobs/base/buffer.h"
#include "jobs/base/civil.h"

#define REPLY_MAX     ((size_t) 1024 * 1024)
#define KEY_HEADER    "Idempotency-Key: "
#define KEY_MAX       64
#define PRIORITY_PUMP 1 /* after all sockets, before the turn */

/* An easy handle, used for one request after the other. */
typedef struct HttpSlot {
        HttpLoop *loop;
        CURL *easy;
        struct curl_slist *headers; /* the idempotency key's first: a GET goes without it */
        char *key;                  /* where the key stands within its header */
        HttpDone done;
        void *userdata;
        Buffer reply;
        size_t max_reply;
        bool too_long;
        bool busy;
} HttpSlot;

struct HttpLoop {
        sd_event *event;
        CURLM *multi;
        sd_event_source *timer;
        sd_event_source *pump;
        char *url;
        HttpDrained drained;
        void *userdata;
        unsigned n_slots;
        unsigned in_flight;
        HttpSlot *slots;
};

/* --- libcurl's sockets and timer on the event loop ------------------------------------------ */

static void wake_pump(HttpLoop *loop) {
        (void) sd_event_source_set_enabled(loop->pump, SD_EVENT_ONESHOT);
}

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        HttpLoop *loop = userdata;
        int running, action = 0;

        (void) source;
        if (events & EPOLLIN)
                action |= CURL_CSELECT_IN;
        if (events & EPOLLOUT)
                action |= CURL_CSELECT_OUT;
        if (events & (EPOLLERR | EPOLLHUP))
                action |= CURL_CSELECT_ERR;
        (void) curl_multi_socket_action(loop->multi, fd, action, &running);
        wake_pump(loop);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        HttpLoop *loop = userdata;
        int running;

        (void) source;
        (void) usec;
        (void) curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        wake_pump(loop);
        return 0;
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *userdata, void *socketp) {
        HttpLoop *loop = userdata;
        sd_event_source *source = socketp;
        uint32_t events = 0;

        (void) easy;
        if (what == CURL_POLL_REMOVE) {
                if (source)
                        (void) sd_event_source_disable_unref(source);
                (void) curl_multi_assign(loop->multi, fd, NULL);
                return 0;
        }
        if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
                events |= EPOLLIN;
        if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
                events |= EPOLLOUT;
        if (source)
                return sd_event_source_set_io_events(source, events) < 0 ? -1 : 0;
        if (sd_event_add_io(loop->event, &source, fd, events, on_socket, loop) < 0)
                return -1;
        if (curl_multi_assign(loop->multi, fd, source) != CURLM_OK) {
                (void) sd_event_source_disable_unref(source);
                return -1;
        }
        return 0;
}

static int timer_wanted(CURLM *multi, long timeout_ms, void *userdata) {
        HttpLoop *loop = userdata;

        (void) multi;
        if (timeout_ms < 0)
                return sd_event_source_set_enabled(loop->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
        if (sd_event_source_set_time_relative(loop->timer, (uint64_t) timeout_ms * 1000) < 0)
                return -1;
        return sd_event_source_set_enabled(loop->timer, SD_EVENT_ONESHOT) < 0 ? -1 : 0;
}

/* --- one request ---------------------------------------------------------------------------- */

static size_t take_reply(char *bytes, size_t size, size_t n, void *userdata) {
        HttpSlot *slot = userdata;

        size *= n;
        if (size > slot->max_reply - slot->reply.size) {
                slot->too_long = true;
                return 0;
        }
        return buffer_append(&slot->reply, bytes, size) < 0 ? 0 : size;
}

/* Did no byte of the request leave? Only if libcurl failed before the request and none of its own
 * silent repetitions sent anything either: request_size counts those too. */
static bool was_not_sent(CURL *easy, CURLcode code) {
        long sent = 1;

        switch (code) {
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ENGINE_INITFAILED:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_URL_MALFORMAT:
        case CURLE_FAILED_INIT:
        case CURLE_OUT_OF_MEMORY:
        case CURLE_PROXY:
        case CURLE_OPERATION_TIMEDOUT:
                (void) curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
                return sent == 0;
        default: /* libcurl's list is open: all else may have been sent */
                return false;
        }
}

static Text header_of(CURL *easy, const char *name) {
        struct curl_header *header;

        if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
                return TEXT_NONE;
        return text_of(header->value);
}

static void finish(HttpLoop *loop, HttpSlot *slot, CURLcode code) {
        long status = 0;
        curl_off_t duration = 0;
        HttpReply reply = { .transfer = TRANSFER_COMPLETE };

        (void) curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
        (void) curl_easy_getinfo(slot->easy, CURLINFO_TOTAL_TIME_T, &duration);
        if (code != CURLE_OK)
                reply.transfer =
                        was_not_sent(slot->easy, code) ? TRANSFER_NOT_SENT : TRANSFER_BROKEN;
        reply.status = (int) status;
        reply.duration = duration;
        reply.body = (Text){ slot->reply.data, slot->reply.size };
        reply.retry_after = header_of(slot->easy, "Retry-After");
        reply.date = header_of(slot->easy, "Date");
        reply.link = header_of(slot->easy, "Link");
        reply.too_long = slot->too_long;
        reply.failure = code == CURLE_OK ? ""
                        : slot->too_long ? "the reply is too long"
                                         : curl_easy_strerror(code);
        /* Taken off the multi handle before the callback, which may use the slot again. */
        (void) curl_multi_remove_handle(loop->multi, slot->easy);
        assert(slot->busy && loop->in_flight > 0);
        slot->busy = false;
        loop->in_flight--;
        slot->done(slot->userdata, &reply);
        if (!slot->busy && slot->reply.capacity > REPLY_MAX) /* a page: the next is no page */
                buffer_done(&slot->reply);
}

/* All of them: with one message a wake-up, completions were lost. */
static int on_pump(sd_event_source *source, void *userdata) {
        HttpLoop *loop = userdata;
        CURLMsg *message;
        int left, n = 0;

        (void) source;
        while ((message = curl_multi_info_read(loop->multi, &left))) {
                CURL *easy = message->easy_handle;
                CURLcode code = message->data.result; /* the message dies with the handle */
                char *slot = NULL;

                if (message->msg != CURLMSG_DONE)
                        continue;
                (void) curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
                finish(loop, (HttpSlot *) (void *) slot, code);
                n++;
        }
        if (n > 0)
                loop->drained(loop->userdata);
        return 0;
}

static HttpSlot *find_free(HttpLoop *loop) {
        for (unsigned i = 0; i < loop->n_slots; i++)
                if (!loop->slots[i].busy)
                        return &loop->slots[i];
        return NULL;
}

static int fill_slot(HttpSlot *slot, const HttpRequest *request) {
        AUTO_FREE char *url = NULL;
        CURL *easy = slot->easy;
        CURLcode c;

        if (asprintf(&url, "%s%s", slot->loop->url, request->path) < 0)
                return -ENOMEM;
        c = curl_easy_setopt(easy, CURLOPT_URL, url);
        if (request->idempotency_key) {
                assert(strlen(request->idempotency_key) <= KEY_MAX);
                (void) stpcpy(slot->key, request->idempotency_key);
                c = c ? c : curl_easy_setopt(easy, CURLOPT_POST, 1L);
                c = c ? c : curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.data);
                c = c ? c
                      : curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                         (curl_off_t) request->body.size);
                c = c ? c : curl_easy_setopt(easy, CURLOPT_HTTPHEADER, slot->headers);
        } else {
                c = c ? c : curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
                c = c ? c : curl_easy_setopt(easy, CURLOPT_HTTPHEADER, slot->headers->next);
        }
        return c == CURLE_OK ? 0 : -ENOMEM;
}

int http_loop_send(HttpLoop *loop, const HttpRequest *request) {
        HttpSlot *slot = find_free(loop);
        int r;

        if (!slot)
                return -EBUSY;
        r = fill_slot(slot, request);
        if (r < 0)
                return r;
        buffer_clear(&slot->reply);
        slot->too_long = false;
        slot->max_reply = request->max_reply > 0 ? request->max_reply : REPLY_MAX;
        slot->done = request->done;
        slot->userdata = request->userdata;
        if (curl_multi_add_handle(loop->multi, slot->easy) != CURLM_OK)
                return -ENOMEM;
        slot->busy = true;
        loop->in_flight++;
        return 0;
}

unsigned http_loop_in_flight(const HttpLoop *loop) {
        return loop->in_flight;
}

/* --- set up and tear down ------------------------------------------------------------------- */

static int add_header(HttpSlot *slot, const char *name, const char *value) {
        AUTO_FREE char *line = NULL;
        struct curl_slist *longer;

        if (asprintf(&line, "%s%s", name, value) < 0)
                return -ENOMEM;
        longer = curl_slist_append(slot->headers, line);
        if (!longer)
                return -ENOMEM;
        slot->headers = longer;
        return 0;
}

static int make_headers(HttpSlot *slot, const HttpOptions *options) {
        static const char room[KEY_MAX + 1] =
                "0000000000000000000000000000000000000000000000000000000000000000";
        int r = add_header(slot, KEY_HEADER, room);

        if (r < 0)
                return r;
        slot->key = slot->headers->data + strlen(KEY_HEADER);
        r = add_header(slot, "Authorization: ", options->api_key);
        if (r >= 0)
                r = add_header(slot, "Content-Type: application/json", "");
        if (r >= 0)
                r = add_header(slot, "Accept: application/json", "");
        if (r >= 0)
                r = add_header(slot, "Expect:", ""); /* no 100-continue: it costs a round trip */
        if (r >= 0 && options->version[0] != '\0')
                r = add_header(slot, "Fintoc-Version: ", options->version);
        return r;
}

static int make_slot(HttpLoop *loop, HttpSlot *slot, const HttpOptions *options) {
        bool plain = strncasecmp(options->url, "http://", 7) == 0;
        CURL *easy = slot->easy = curl_easy_init();
        CURLcode c = CURLE_OK;

        slot->loop = loop;
        if (!easy || make_headers(slot, options) < 0)
                return -ENOMEM;
#define SET(option, value) (c = c ? c : curl_easy_setopt(easy, option, value))
        SET(CURLOPT_PRIVATE, slot);
        SET(CURLOPT_USERAGENT, "checkoutd/" CHECKOUTD_VERSION);
        SET(CURLOPT_WRITEFUNCTION, take_reply);
        SET(CURLOPT_WRITEDATA, slot);
        SET(CURLOPT_NOSIGNAL, 1L);
        SET(CURLOPT_FOLLOWLOCATION, 0L);
        SET(CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
        SET(CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_2TLS);
        /* Without TLS nothing tells before the first reply whether connections can be shared: all
         * would wait for a silent one. */
        SET(CURLOPT_PIPEWAIT, plain ? 0L : 1L);
        SET(CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
        SET(CURLOPT_SSL_VERIFYPEER, 1L);
        SET(CURLOPT_SSL_VERIFYHOST, 2L);
        SET(CURLOPT_PROXY, options->proxy); /* "" also keeps the environment's out */
        SET(CURLOPT_CONNECTTIMEOUT_MS, (long) (options->connect_timeout / 1000));
        SET(CURLOPT_TIMEOUT_MS, (long) (options->timeout / 1000));
        if (options->ca_file[0] != '\0')
                SET(CURLOPT_CAINFO, options->ca_file);
#undef SET
        return c == CURLE_OK ? 0 : c == CURLE_OUT_OF_MEMORY ? -ENOMEM : -EINVAL;
}

HttpLoop *http_loop_free(HttpLoop *loop) {
        if (!loop)
                return NULL;
        for (unsigned i = 0; i < loop->n_slots; i++) {
                HttpSlot *slot = &loop->slots[i];

                if (slot->busy)
                        (void) curl_multi_remove_handle(loop->multi, slot->easy);
                curl_easy_cleanup(slot->easy);
                curl_slist_free_all(slot->headers);
                buffer_done(&slot->reply);
        }
        (void) curl_multi_cleanup(loop->multi);
        (void) sd_event_source_disable_unref(loop->timer);
        (void) sd_event_source_disable_unref(loop->pump);
        (void) sd_event_unref(loop->event);
        free(loop->slots);
        free(loop->url);
        free(loop);
        return NULL;
}

static int make_multi(HttpLoop *loop, unsigned max_in_flight) {
        CURLMcode c = CURLM_OK;

        loop->multi = curl_multi_init();
        if (!loop->multi)
                return -ENOMEM;
#define SET(option, value) (c = c ? c : curl_multi_setopt(loop->multi, option, value))
        SET(CURLMOPT_SOCKETFUNCTION, socket_wanted);
        SET(CURLMOPT_SOCKETDATA, loop);
        SET(CURLMOPT_TIMERFUNCTION, timer_wanted);
        SET(CURLMOPT_TIMERDATA, loop);
        SET(CURLMOPT_PIPELINING, (long) CURLPIPE_MULTIPLEX);
        SET(CURLMOPT_MAXCONNECTS, (long) max_in_flight + 4);
#undef SET
        return c == CURLM_OK ? 0 : -EINVAL;
}

int http_loop_new(sd_event *event, const HttpOptions *options, HttpDrained drained, void *userdata,
                  HttpLoop **ret_loop) {
        CLEANUP(http_loop_free_p) HttpLoop *loop = calloc(1, sizeof(*loop));
        int r;

        if (!loop)
                return -ENOMEM;
        loop->event = sd_event_ref(event);
        loop->drained = drained;
        loop->userdata = userdata;
        loop->url = strdup(options->url);
        loop->slots = calloc(options->max_in_flight, sizeof(*loop->slots));
        if (!loop->url || !loop->slots)
                return -ENOMEM;
        r = sd_event_add_time_relative(event, &loop->timer, CLOCK_MONOTONIC, UINT64_MAX / 4, 1,
                                       on_timer, loop);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(loop->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = sd_event_add_defer(event, &loop->pump, on_pump, loop);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(loop->pump, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(loop->pump, PRIORITY_PUMP);
        if (r < 0)
                return r;
        r = make_multi(loop, options->max_in_flight);
        if (r < 0)
                return r;
        for (; loop->n_slots < options->max_in_flight; loop->n_slots++) {
                r = make_slot(loop, &loop->slots[loop->n_slots], options);
                if (r < 0) {
                        loop->n_slots++; /* so that its part is freed too */
                        return r;
                }
        }
        *ret_loop = TAKE(loop);
        return 0;
}
