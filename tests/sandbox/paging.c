#include "tests/sandbox/paging.h"

#include <assert.h>
#include <stdio.h>

#include "jobs/base/civil.h"
#include "tests/sandbox/put.h"

#define PAGE_DEFAULT 30
#define PAGE_MOST    300

static bool refuse(Call *call, const char *code, const char *param, const char *message) {
        answer_refuse_param(call->answer, code, param, message);
        return false;
}

static bool is_one_of(Text name, const char *const *names, size_t count) {
        for (size_t i = 0; i < count; i++)
                if (text_is(name, names[i]))
                        return true;
        return false;
}

static bool known_arguments(Call *call, const Listing *listing, const char *const *names,
                            size_t count) {
        static const char *const times[] = { "since", "until" };

        for (size_t i = 0; i < call->request->argument_count; i++) {
                Text name = call->request->arguments[i].name;
                char param[64];

                if (is_one_of(name, names, count) ||
                    (listing->by_time && is_one_of(name, times, ELEMENTS(times))) ||
                    (listing->by_status && text_is(name, "status")))
                        continue;
                (void) snprintf(param, sizeof(param), "%.*s", TEXT_ARG(name));
                return refuse(call, "invalid_params", param, "is not a known parameter");
        }
        return true;
}

/* A whole number from 1 to `most`, or `otherwise` when the argument is not there. */
static bool number_argument(Call *call, const char *name, uint32_t most, uint32_t otherwise,
                            uint32_t *ret) {
        Text value = request_argument(call->request, name);
        uint64_t number = 0;

        if (!value.data) {
                *ret = otherwise;
                return true;
        }
        for (size_t i = 0; i < value.size; i++) {
                if (value.data[i] < '0' || value.data[i] > '9' || number > most)
                        return refuse(call, "invalid_positive_integer", name, "is out of range");
                number = number * 10 + (uint64_t) (value.data[i] - '0');
        }
        if (number < 1 || number > most)
                return refuse(call, "invalid_positive_integer", name, "is out of range");
        *ret = (uint32_t) number;
        return true;
}

/* A date covers the whole day. */
static bool time_argument(Call *call, const char *name, const char *rest_of_day, int64_t *ret) {
        Text value = request_argument(call->request, name);
        CivilDate date;
        char text[CIVIL_TIME_SIZE];

        if (!value.data || civil_time_parse(value, ret))
                return true;
        if (!civil_date_parse(value, &date))
                return refuse(call, "invalid_date", name, "is neither a date nor a time");
        (void) snprintf(text, sizeof(text), "%.*s%s", TEXT_ARG(value), rest_of_day);
        return civil_time_parse(text_of(text), ret);
}

static bool read_filter(Call *call, Filter *ret_filter) {
        *ret_filter = (Filter){ INT64_MIN, INT64_MAX, request_argument(call->request, "status") };
        return time_argument(call, "since", "T00:00:00Z", &ret_filter->since) &&
               time_argument(call, "until", "T23:59:59.999999Z", &ret_filter->until);
}

static void put_encoded(Buffer *out, Text text) {
        for (size_t i = 0; i < text.size; i++) {
                unsigned char c = (unsigned char) text.data[i];
                char escape[4];

                (void) snprintf(escape, sizeof(escape), "%%%02X", c);
                if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                    strchr("-_.~:", c))
                        put_text(out, (Text){ text.data + i, 1 });
                else
                        put_string(out, escape);
        }
}

/* One link: the request's own URL with one argument put in the place of `without`. */
static void add_link(Call *call, const char *rel, const char *const *without, size_t count,
                     const char *name, Text value) {
        const Request *request = call->request;
        AUTO_BUFFER link = BUFFER_EMPTY;

        put_string(&link, call->answer->has_link && call->answer->link[0] ? ", <" : "<");
        put_string(&link, "http://");
        put_text(&link, call->fault == FAULT_FOREIGN_LINK ? TEXT("evil.example") : request->host);
        put_text(&link, request->path);
        put_string(&link, "?");
        for (size_t i = 0; i < request->argument_count; i++) {
                if (is_one_of(request->arguments[i].name, without, count))
                        continue;
                put_encoded(&link, request->arguments[i].name);
                put_string(&link, "=");
                put_encoded(&link, request->arguments[i].value);
                put_string(&link, "&");
        }
        put_string(&link, name);
        put_string(&link, "=");
        put_encoded(&link, value);
        put_string(&link, ">; rel=\"");
        put_string(&link, rel);
        put_string(&link, "\"");

        size_t used = strlen(call->answer->link);
        call->answer->has_link = true;
        if (used + link.size < sizeof(call->answer->link))
                memcpy(call->answer->link + used, link.data, link.size + 1);
}

typedef struct Page {
        uint32_t numbers[PAGE_MOST]; /* newest first */
        size_t count;
        bool more;
} Page;

static bool page_wants(const Call *call, const Listing *listing, const Filter *filter,
                       uint32_t number) {
        return !listing->wanted || listing->wanted(call->sandbox->store, number, filter);
}

/* Those below `end`, newest first. */
static void page_older(const Call *call, const Listing *listing, const Filter *filter, uint32_t end,
                       size_t limit, Page *page) {
        assert(limit <= PAGE_MOST);
        for (uint32_t number = end; number-- > 0 && !page->more;) {
                if (!page_wants(call, listing, filter, number))
                        continue;
                page->more = page->count == limit;
                if (!page->more)
                        page->numbers[page->count++] = number;
        }
}

/* Those next above `number`, newest first. */
static void page_newer(const Call *call, const Listing *listing, const Filter *filter,
                       uint32_t number, size_t limit, Page *page) {
        while (++number < listing->count && !page->more) {
                if (!page_wants(call, listing, filter, number))
                        continue;
                page->more = page->count == limit;
                if (!page->more)
                        page->numbers[page->count++] = number;
        }
        for (size_t i = 0; i < page->count / 2; i++) {
                uint32_t kept = page->numbers[i];

                page->numbers[i] = page->numbers[page->count - 1 - i];
                page->numbers[page->count - 1 - i] = kept;
        }
}

static void page_render(Call *call, const Listing *listing, const Page *page) {
        Buffer *body = &call->answer->body;

        call->answer->status = 200;
        put_string(body, "[");
        for (size_t i = 0; i < page->count; i++) {
                if (i > 0)
                        put_string(body, ",");
                listing->render(body, call, page->numbers[i]);
        }
        put_string(body, "]");
}

/* The record a cursor names; refuses one that there is not. */
static bool read_cursor(Call *call, const Listing *listing, const char *name, uint32_t otherwise,
                        uint32_t *ret) {
        Text id = request_argument(call->request, name);

        *ret = id.data ? listing->by_id(call->sandbox->store, id) : otherwise;
        return !id.data || *ret != STORE_NONE ||
               refuse(call, "missing_cursor", name, "is no object of this list");
}

void paging_cursor(Call *call, const Listing *listing) {
        static const char *const names[] = { "limit", "starting_after", "ending_before" };
        bool backwards = request_argument(call->request, "ending_before").data != NULL;
        uint32_t limit = 0;
        uint32_t after = 0;
        uint32_t before = 0;
        Filter filter;
        Page page = { .count = 0 };
        char id[ID_SIZE];

        if (!known_arguments(call, listing, names, ELEMENTS(names)) ||
            !number_argument(call, "limit", PAGE_MOST, PAGE_DEFAULT, &limit) ||
            !read_filter(call, &filter) ||
            !read_cursor(call, listing, "starting_after", listing->count, &after) ||
            !read_cursor(call, listing, "ending_before", 0, &before))
                return;
        if (backwards && request_argument(call->request, "starting_after").data) {
                (void) refuse(call, "invalid_params", "ending_before",
                              "must not be sent together with starting_after");
                return;
        }

        if (backwards)
                page_newer(call, listing, &filter, before, limit, &page);
        else
                page_older(call, listing, &filter, after, limit, &page);
        page_render(call, listing, &page);
        call->answer->has_link = true; /* empty at the end, as recorded from the provider */
        if (page.more) {
                uint32_t edge = page.numbers[backwards ? 0 : page.count - 1];

                add_link(call, "next", names + 1, 2, backwards ? "ending_before" : "starting_after",
                         listing->id(call->sandbox->store, edge, id));
        }
}

static void add_page_link(Call *call, const char *rel, uint32_t page) {
        static const char *const names[] = { "page" };
        char text[16];

        (void) snprintf(text, sizeof(text), "%u", page);
        add_link(call, rel, names, ELEMENTS(names), "page", text_of(text));
}

void paging_pages(Call *call, const Listing *listing) {
        static const char *const names[] = { "page", "per_page" };
        uint32_t page_number = 0;
        uint32_t per_page = 0;
        uint32_t total = 0;
        Filter filter;
        Page page = { .count = 0 };

        if (!known_arguments(call, listing, names, ELEMENTS(names)) ||
            !number_argument(call, "page", 1000000, 1, &page_number) ||
            !number_argument(call, "per_page", PAGE_MOST, PAGE_DEFAULT, &per_page) ||
            !read_filter(call, &filter))
                return;
        for (uint32_t number = listing->count; number-- > 0;) {
                if (!page_wants(call, listing, &filter, number))
                        continue;
                if (total / per_page == page_number - 1)
                        page.numbers[page.count++] = number;
                total++;
        }

        uint32_t last = total == 0 ? 1 : (total + per_page - 1) / per_page;
        page_render(call, listing, &page);
        call->answer->total_count = total;
        add_page_link(call, "first", 1);
        if (page_number > 1)
                add_page_link(call, "prev", page_number - 1);
        if (page_number < last)
                add_page_link(call, "next", page_number + 1);
        add_page_link(call, "last", last);
}
