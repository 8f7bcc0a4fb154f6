/* The log in memory, and the requests in it. */
#include "tests/flow/proof_log.h"

#include <curl/curl.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/flow/harness.h"

#define REQUEST_MAX ((size_t) 64 * 1024)

/* --- reading ---------------------------------------------------------------------------------- */

void proof_log_done(ProofLog *log) {
        free(log->bytes);
        free(log->names);
        free(log->events);
        *log = (ProofLog){ 0 };
}

static bool read_bytes(ProofPlace *place, ProofLog *log, size_t *ret_size) {
        char path[PATH_MAX];
        CLEANUP(close_file_p) FILE *in = NULL;
        struct stat facts;

        (void) snprintf(path, sizeof(path), "%s/log", place->folder);
        in = fopen(path, "re");
        if (!in || fstat(fileno(in), &facts) < 0)
                return proof_wrong(place, "cannot read %s", path);
        *ret_size = (size_t) facts.st_size;
        log->bytes = malloc(*ret_size + 1);
        log->names = malloc(*ret_size + 1); /* a record's head is longer than its two NULs */
        log->events = calloc(*ret_size / sizeof(ShimRecord) + 1, sizeof(ProofEvent));
        if (!log->bytes || !log->names || !log->events ||
            fread(log->bytes, 1, *ret_size, in) != *ret_size)
                return proof_wrong(place, "cannot read %s", path);
        return true;
}

static const char *keep_name(char **names, const char *bytes, size_t size) {
        char *name = *names;

        (void) memcpy(name, bytes, size);
        name[size] = '\0';
        *names += size + 1;
        return name;
}

bool proof_log_read(ProofPlace *place, ProofLog *ret_log) {
        CLEANUP(proof_log_done) ProofLog log = { 0 };
        size_t size = 0, at = 0;
        char *names;

        if (!read_bytes(place, &log, &size))
                return false;
        names = log.names;
        while (at + sizeof(ShimRecord) <= size) {
                ProofEvent *event = &log.events[log.n++];
                ShimRecord head;

                (void) memcpy(&head, log.bytes + at, sizeof(head));
                at += sizeof(head);
                if (head.size > size || at + head.path_size + head.to_size + head.size > size)
                        return proof_wrong(place, "the log is cut");
                event->kind = (ShimKind) head.kind;
                event->inode = head.inode;
                event->offset = head.offset;
                event->path = keep_name(&names, log.bytes + at, head.path_size);
                event->to = keep_name(&names, log.bytes + at + head.path_size, head.to_size);
                at += head.path_size + head.to_size;
                event->data = log.bytes + at;
                event->size = head.size;
                at += head.size;
        }
        *ret_log = log;
        log = (ProofLog){ 0 };
        return true;
}

/* --- requests --------------------------------------------------------------------------------- */

static const char *const not_repeated[] = { "Host:", "Content-Length:", "Connection:" };

static bool is_repeated(const char *line) {
        for (size_t i = 0; i < ELEMENTS(not_repeated); i++)
                if (strncasecmp(line, not_repeated[i], strlen(not_repeated[i])) == 0)
                        return false;
        return true;
}

static size_t discard(char *bytes, size_t size, size_t n, void *userdata) {
        (void) bytes;
        (void) userdata;
        return size * n;
}

/* `head` is the request's, without its last blank line. */
static bool post(ProofPlace *place, char *head, const char *body, size_t size) {
        char url[512], path[256], *line, *rest = NULL;
        static CURL *curl; /* kept for its connection, as long as the process */
        struct curl_slist *headers = NULL;
        CURLcode answer;

        line = strtok_r(head, "\r\n", &rest);
        if (!curl)
                curl = curl_easy_init();
        if (!curl || !line || strncmp(line, "POST ", 5) != 0)
                return proof_wrong(place, "not a request: %.100s", line ? line : "");
        (void) snprintf(path, sizeof(path), "%.*s", (int) strcspn(line + 5, " "), line + 5);
        (void) snprintf(url, sizeof(url), "%s%s", place->url, path);
        while ((line = strtok_r(NULL, "\r\n", &rest)))
                if (is_repeated(line))
                        headers = curl_slist_append(headers, line);
        (void) curl_easy_setopt(curl, CURLOPT_URL, url);
        (void) curl_easy_setopt(curl, CURLOPT_PROXY, "");
        (void) curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        (void) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
        (void) curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long) size);
        (void) curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
        answer = curl_easy_perform(curl);
        curl_slist_free_all(headers);
        return answer == CURLE_OK || proof_wrong(place, "replay: %s", curl_easy_strerror(answer));
}

/* Sends the first whole request in the stream; gives its size, 0 when there is none. */
static size_t post_first(ProofPlace *place, const char *stream, size_t size) {
        static const char length_header[] = "Content-Length:";
        const char *end = memmem(stream, size, "\r\n\r\n", 4);
        AUTO_FREE char *head = end ? strndup(stream, (size_t) (end - stream)) : NULL;
        const char *length = head ? strcasestr(head, length_header) : NULL;
        size_t body = length ? strtoull(length + strlen(length_header), NULL, 10) : 0;
        size_t whole = end ? (size_t) (end - stream) + 4 + body : 0;

        if (!end || whole > size)
                return 0;
        return post(place, head, end + 4, body) ? whole : 0;
}

static bool is_first(const ProofLog *log, size_t at) {
        for (size_t i = 0; i < at; i++)
                if (log->events[i].kind == SHIM_SEND &&
                    log->events[i].inode == log->events[at].inode)
                        return false;
        return true;
}

bool proof_log_replay(ProofPlace *place, const ProofLog *log, size_t end) {
        AUTO_FREE char *stream = malloc(REQUEST_MAX);

        for (size_t first = 0; stream && first < end; first++) {
                size_t filled = 0, used;

                if (log->events[first].kind != SHIM_SEND || !is_first(log, first))
                        continue;
                for (size_t i = first; i < end; i++) {
                        const ProofEvent *event = &log->events[i];

                        if (event->kind != SHIM_SEND || event->inode != log->events[first].inode)
                                continue;
                        if (event->size > REQUEST_MAX - filled)
                                return proof_wrong(place, "a long request");
                        (void) memcpy(stream + filled, event->data, event->size);
                        filled += event->size;
                        while ((used = post_first(place, stream, filled)) > 0) {
                                (void) memmove(stream, stream + used, filled - used);
                                filled -= used;
                        }
                }
        }
        return place->wrong[0] == '\0';
}
