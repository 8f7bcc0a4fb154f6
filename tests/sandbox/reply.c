#include "tests/sandbox/reply.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "jobs/base/civil.h"
#include "jobs/base/cleanup.h"
#include "tests/sandbox/draw.h"
#include "tests/sandbox/memory.h"

#define STREAM_BLOCK ((size_t) 64 << 10)

typedef struct Stream {
        AnswerStream *next;
        void *context;
        Buffer piece;
        size_t sent;
} Stream;

static ssize_t stream_read(void *context, uint64_t position, char *out, size_t most) {
        Stream *stream = context;

        (void) position;
        if (stream->sent == stream->piece.size) {
                buffer_clear(&stream->piece);
                stream->sent = 0;
                if (!stream->next(stream->context, &stream->piece))
                        return MHD_CONTENT_READER_END_OF_STREAM;
        }
        size_t size = stream->piece.size - stream->sent;
        if (size > most)
                size = most;
        memcpy(out, stream->piece.data + stream->sent, size);
        stream->sent += size;
        return (ssize_t) size;
}

static void stream_free(void *context) {
        Stream *stream = context;

        buffer_done(&stream->piece);
        free(stream->context);
        free(stream);
}

/* Half of the body, then the end of the connection. */
static ssize_t truncated_read(void *context, uint64_t position, char *out, size_t most) {
        const Answer *answer = context;
        size_t end = answer->body.size / 2;
        size_t size = end > position ? end - (size_t) position : 0;

        if (size == 0)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        if (size > most)
                size = most;
        memcpy(out, answer->body.data + position, size);
        return (ssize_t) size;
}

static struct MHD_Response *response_of(Answer *answer) {
        if (answer->stream) {
                Stream *stream = memory_grow(NULL, 1, sizeof(*stream));

                *stream = (Stream){ .next = answer->stream, .context = answer->stream_context };
                return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK,
                                                         stream_read, stream, stream_free);
        }
        if (answer->delivery == DELIVER_TRUNCATED)
                return MHD_create_response_from_callback(answer->body.size, STREAM_BLOCK,
                                                         truncated_read, answer, NULL);
        return MHD_create_response_from_buffer(answer->body.size, answer->body.data,
                                               MHD_RESPMEM_PERSISTENT);
}

/* Written once a second: a date costs more than the rest of a reply's headers together. */
static const char *date_text(int64_t date) {
        static int64_t written = INT64_MIN;
        static char text[40];
        time_t second = (time_t) (date / SECOND);
        struct tm parts;

        if (written != (int64_t) second) {
                (void) strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT",
                                gmtime_r(&second, &parts));
                written = (int64_t) second;
        }
        return text;
}

/* A version 4 UUID. */
static const char *request_id(void) {
        static const char shape[] = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
        static uint64_t count;
        static char text[sizeof(shape)];
        uint64_t drawn = draw_mix(6, ++count);

        for (size_t i = 0; i < sizeof(shape); i++) {
                text[i] = shape[i] == 'x' ? "0123456789abcdef"[drawn & 0xf] : shape[i];
                drawn = i == 18 ? draw_mix(7, count) : drawn >> 4;
        }
        return text;
}

bool reply_queue(struct MHD_Connection *connection, Answer *answer, int64_t date) {
        struct MHD_Response *response = response_of(answer);

        if (!response)
                memory_out();
        (void) MHD_add_response_header(response, "Date", date_text(date));
        (void) MHD_add_response_header(response, "Content-Type", answer->content_type);
        (void) MHD_add_response_header(response, "X-Request-Id", request_id());
        /* The library takes no empty value; a blank is one to every reader. */
        if (answer->has_link)
                (void) MHD_add_response_header(response, "Link",
                                               answer->link[0] ? answer->link : " ");
        if (answer->location)
                (void) MHD_add_response_header(response, "Location", answer->location);
        if (answer->retry_after)
                (void) MHD_add_response_header(response, "Retry-After", answer->retry_after);
        if (answer->total_count >= 0) {
                char count[24];

                (void) snprintf(count, sizeof(count), "%lld", (long long) answer->total_count);
                (void) MHD_add_response_header(response, "X-Total-Count", count);
        }

        bool queued =
                MHD_queue_response(connection, (unsigned) answer->status, response) == MHD_YES;
        MHD_destroy_response(response);
        return queued;
}
