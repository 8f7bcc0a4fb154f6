#include "daemon/intake/reference_sort.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "jobs/base/buffer.h"

#define RUN_ENTRIES 16384 /* sorted in about 5 ms */
#define RUNS_MAX    512   /* a page of memory for each while merging */
#define PAGE_SIZE   ((size_t) 4096)
#define TEXT_MAX    1024
#define SHRINK_BY   ((uint64_t) 16 * 1024 * 1024)

/* In memory while a run is gathered: where the text stands in `texts`. */
typedef struct Entry {
        size_t offset;
        uint32_t size;
        int64_t row;
} Entry;

/* On disk: this, then the text. */
typedef struct Head {
        int64_t row;
        uint32_t size;
} Head;

/* A sorted run while it is merged: its next entry, and what was read ahead. */
typedef struct Run {
        uint64_t offset, end; /* of what is still to be read from the file */
        size_t used, filled;
        Head head;
        char text[TEXT_MAX];
        char page[PAGE_SIZE];
} Run;

struct ReferenceSort {
        int fd;
        size_t run_entries;
        uint64_t written;
        Buffer texts;
        Buffer out;
        Entry *entries;
        size_t n_entries;
        uint64_t *ends; /* of the runs in the file */
        size_t n_runs;
        Run **heap; /* smallest first */
        size_t n_heap;
        Run *current; /* given out last; goes on before the next is given */
};

ReferenceSort *reference_sort_free(ReferenceSort *sort) {
        if (!sort)
                return NULL;
        close_fd_p(&sort->fd);
        buffer_done(&sort->texts);
        buffer_done(&sort->out);
        for (size_t i = 0; i < sort->n_heap; i++)
                free(sort->heap[i]);
        free(sort->current);
        free(sort->heap);
        free(sort->ends);
        free(sort->entries);
        free(sort);
        return NULL;
}

/* A file without a name; where the file system has none, one that loses its name at once. */
static int open_unnamed(int directory) {
        int fd = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

        if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
                return fd < 0 ? -errno : fd;
        (void) unlinkat(directory, ".references", 0);
        fd = openat(directory, ".references", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 || unlinkat(directory, ".references", 0) < 0)
                return -errno;
        return fd;
}

int reference_sort_new(int directory, uint64_t expected, ReferenceSort **ret_sort) {
        CLEANUP(reference_sort_free_p) ReferenceSort *sort = calloc(1, sizeof(*sort));

        if (!sort)
                return -ENOMEM;
        sort->fd = open_unnamed(directory);
        if (sort->fd < 0)
                return sort->fd;
        sort->run_entries = RUN_ENTRIES;
        if (expected / RUNS_MAX > RUN_ENTRIES)
                sort->run_entries = (size_t) (expected / RUNS_MAX);
        sort->entries = malloc(sort->run_entries * sizeof(*sort->entries));
        if (!sort->entries)
                return -ENOMEM;
        *ret_sort = TAKE(sort);
        return 0;
}

/* --- gathering ------------------------------------------------------------------------------ */

static int compare_texts(const char *a, size_t a_size, const char *b, size_t b_size) {
        int c = memcmp(a, b, a_size < b_size ? a_size : b_size);

        return c ? c : (a_size > b_size) - (a_size < b_size);
}

static int compare_entries(const void *a, const void *b, void *texts) {
        const Entry *x = a, *y = b;
        const char *base = texts;
        int c = compare_texts(base + x->offset, x->size, base + y->offset, y->size);

        return c ? c : (x->row > y->row) - (x->row < y->row);
}

static int write_all(ReferenceSort *sort) {
        size_t done = 0;

        while (done < sort->out.size) {
                ssize_t n = pwrite(sort->fd, sort->out.data + done, sort->out.size - done,
                                   (off_t) sort->written);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                done += (size_t) n;
                sort->written += (uint64_t) n;
        }
        buffer_clear(&sort->out);
        return 0;
}

static int write_run(ReferenceSort *sort) {
        uint64_t *ends;
        int r = 0;

        if (sort->n_entries == 0)
                return 0;
        qsort_r(sort->entries, sort->n_entries, sizeof(*sort->entries), compare_entries,
                sort->texts.data);
        for (size_t i = 0; r >= 0 && i < sort->n_entries; i++) {
                const Entry *entry = &sort->entries[i];
                Head head;

                memset(&head, 0, sizeof(head));
                head.row = entry->row;
                head.size = entry->size;
                r = buffer_append(&sort->out, &head, sizeof(head));
                if (r >= 0)
                        r = buffer_append(&sort->out, sort->texts.data + entry->offset,
                                          entry->size);
        }
        if (r >= 0)
                r = write_all(sort);
        if (r < 0)
                return r;
        ends = realloc(sort->ends, (sort->n_runs + 1) * sizeof(*ends));
        if (!ends)
                return -ENOMEM;
        sort->ends = ends;
        sort->ends[sort->n_runs++] = sort->written;
        sort->n_entries = 0;
        buffer_clear(&sort->texts);
        return 0;
}

int reference_sort_add(ReferenceSort *sort, Text reference, int64_t row) {
        int r;

        assert(!sort->heap && reference.size <= TEXT_MAX);
        if (sort->n_entries == sort->run_entries) {
                r = write_run(sort);
                if (r < 0)
                        return r;
        }
        sort->entries[sort->n_entries] =
                (Entry){ sort->texts.size, (uint32_t) reference.size, row };
        r = buffer_append(&sort->texts, reference.data, reference.size);
        if (r < 0)
                return r;
        sort->n_entries++;
        return 0;
}

/* --- merging -------------------------------------------------------------------------------- */

static int run_read(int fd, Run *run, void *bytes, size_t size) {
        char *to = bytes;

        while (size > 0) {
                size_t n = run->filled - run->used;

                if (n == 0) {
                        uint64_t left = run->end - run->offset;
                        ssize_t got =
                                pread(fd, run->page, left < PAGE_SIZE ? (size_t) left : PAGE_SIZE,
                                      (off_t) run->offset);

                        if (got < 0 && errno == EINTR)
                                continue;
                        if (got <= 0)
                                return got < 0 ? -errno : -EIO;
                        run->offset += (uint64_t) got;
                        run->used = 0;
                        run->filled = (size_t) got;
                        continue;
                }
                if (n > size)
                        n = size;
                memcpy(to, run->page + run->used, n);
                run->used += n;
                to += n;
                size -= n;
        }
        return 0;
}

/* The run's next entry: 1, or 0 at its end. */
static int run_next(int fd, Run *run) {
        int r;

        if (run->used == run->filled && run->offset == run->end)
                return 0;
        r = run_read(fd, run, &run->head, sizeof(run->head));
        if (r < 0)
                return r;
        if (run->head.size > TEXT_MAX)
                return -EIO;
        r = run_read(fd, run, run->text, run->head.size);
        return r < 0 ? r : 1;
}

static int compare_runs(const Run *a, const Run *b) {
        int c = compare_texts(a->text, a->head.size, b->text, b->head.size);

        return c ? c : (a->head.row > b->head.row) - (a->head.row < b->head.row);
}

static void heap_add(ReferenceSort *sort, Run *run) {
        size_t i = sort->n_heap++;

        for (; i > 0 && compare_runs(run, sort->heap[(i - 1) / 2]) < 0; i = (i - 1) / 2)
                sort->heap[i] = sort->heap[(i - 1) / 2];
        sort->heap[i] = run;
}

static Run *heap_take(ReferenceSort *sort) {
        Run *first = sort->heap[0], *last = sort->heap[--sort->n_heap];
        size_t i = 0;

        for (;;) {
                size_t child = 2 * i + 1;

                if (child >= sort->n_heap)
                        break;
                if (child + 1 < sort->n_heap &&
                    compare_runs(sort->heap[child + 1], sort->heap[child]) < 0)
                        child++;
                if (compare_runs(last, sort->heap[child]) <= 0)
                        break;
                sort->heap[i] = sort->heap[child];
                i = child;
        }
        sort->heap[i] = last;
        return first;
}

/* Puts the run back with its next entry, or drops it at its end. */
static int advance(ReferenceSort *sort, Run *run) {
        int r = run_next(sort->fd, run);

        if (r > 0)
                heap_add(sort, run);
        else
                free(run);
        return r < 0 ? r : 0;
}

int reference_sort_begin(ReferenceSort *sort) {
        int r = write_run(sort);

        if (r < 0)
                return r;
        free(TAKE(sort->entries));
        buffer_done(&sort->texts);
        buffer_done(&sort->out);
        sort->heap = calloc(sort->n_runs + 1, sizeof(*sort->heap));
        if (!sort->heap)
                return -ENOMEM;
        for (size_t i = 0; r >= 0 && i < sort->n_runs; i++) {
                Run *run = malloc(sizeof(*run));

                if (!run)
                        return -ENOMEM;
                run->offset = i == 0 ? 0 : sort->ends[i - 1];
                run->end = sort->ends[i];
                run->used = run->filled = 0;
                r = advance(sort, run);
        }
        return r;
}

int reference_sort_next(ReferenceSort *sort, Text *ret_reference, int64_t *ret_row) {
        assert(sort->heap);
        if (sort->current) {
                int r = advance(sort, TAKE(sort->current));

                if (r < 0)
                        return r;
        }
        if (sort->n_heap == 0)
                return 0;
        sort->current = heap_take(sort);
        *ret_reference = (Text){ sort->current->text, sort->current->head.size };
        *ret_row = sort->current->head.row;
        return 1;
}

int reference_sort_shrink(ReferenceSort *sort) {
        assert(sort->n_heap == 0);
        if (sort->written <= SHRINK_BY)
                return 0;
        sort->written -= SHRINK_BY;
        return ftruncate(sort->fd, (off_t) sort->written) == 0;
}
