/* Reading the rows of a batch for a report: the rules of its file, and which of its columns is
 * which of the report's. Batches of one profile mostly share both, so they are kept from one to the
 * next. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/report.h"

#define OWN_MOST    1000 /* columns of the report; those of further files are left out */
#define FOLDED_SIZE 256
#define NO_PLACE    SIZE_MAX

void report_reading_done(ReportReading *reading) {
        (void) order_view_free(reading->view);
        (void) settings_rules_free(reading->rules);
        free(reading->rules_text);
        free(reading->header);
        free(reading->place);
        *reading = (ReportReading){ .view = NULL };
}

int report_reading_rules(ReportReading *reading, const Batch *batch) {
        int r;

        if (reading->rules_text && strcmp(reading->rules_text, batch->rules) == 0)
                return 0;
        report_reading_done(reading);
        reading->rules_text = strdup(batch->rules);
        if (!reading->rules_text)
                return -ENOMEM;
        r = settings_rules_of(batch->rules, &reading->rules);
        return r < 0 ? r : 0;
}

/* --- the customer's own columns -------------------------------------------------------------- */

/* The name under which people know it; a column without one is called by its place. */
static char *name_of(Text header, size_t column, unsigned further) {
        char *name = NULL;
        int r;

        if (header.size == 0)
                r = asprintf(&name, "(%zu)", column + 1);
        else if (further > 0)
                r = asprintf(&name, "%.*s (%u)", TEXT_ARG(header), further + 1);
        else
                r = asprintf(&name, "%.*s", TEXT_ARG(header));
        return r < 0 ? NULL : name;
}

static int add_own(ReportJob *job, Text header, Text folded, size_t column, unsigned further) {
        ReportOwn *grown = reallocarray(job->own, job->n_own + 1, sizeof(*grown));
        ReportOwn own = { .further = further };

        if (!grown)
                return -ENOMEM;
        job->own = grown;
        own.name = name_of(header, column, further);
        own.folded = strndup(folded.size > 0 ? folded.data : "", folded.size);
        if (!own.name || !own.folded) {
                free(own.name);
                free(own.folded);
                return -ENOMEM;
        }
        grown[job->n_own++] = own;
        return 0;
}

static size_t find_own(const ReportJob *job, Text folded, unsigned further) {
        for (size_t i = 0; i < job->n_own; i++)
                if (job->own[i].further == further && text_is(folded, job->own[i].folded))
                        return i;
        return NO_PLACE;
}

static Text fold(const OrderView *view, size_t column, char out[static FOLDED_SIZE]) {
        Text folded = text_fold_header(order_view_name(view, column), out, FOLDED_SIZE);

        if (folded.size == 0) /* told apart by their place */
                folded = (Text){ out, (size_t) snprintf(out, FOLDED_SIZE, "(%zu)", column + 1) };
        return folded;
}

static int place_columns(ReportReading *reading, ReportJob *job, bool learn) {
        size_t n = order_view_n(reading->view);

        reading->place = calloc(n + 1, sizeof(*reading->place));
        if (!reading->place)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                char name[FOLDED_SIZE], earlier[FOLDED_SIZE];
                Text folded = fold(reading->view, i, name);
                unsigned further = 0;
                int r;

                for (size_t j = 0; j < i; j++)
                        further += text_equal(folded, fold(reading->view, j, earlier));
                reading->place[i] = find_own(job, folded, further);
                if (reading->place[i] != NO_PLACE || !learn || job->n_own == OWN_MOST)
                        continue;
                reading->place[i] = job->n_own;
                r = add_own(job, order_view_name(reading->view, i), folded, i, further);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* --- a batch -------------------------------------------------------------------------------- */

static bool is_same_header(const ReportReading *reading, const Batch *batch) {
        return reading->view && reading->delimiter == batch->delimiter &&
               text_equal((Text){ reading->header, reading->header_size }, batch->header);
}

int report_reading_begin(ReportReading *reading, ReportJob *job, const Batch *batch, bool learn) {
        int r = report_reading_rules(reading, batch);

        if (r < 0)
                return r;
        if (!civil_zone_use(reading->rules->timezone))
                return -EINVAL;
        if (is_same_header(reading, batch))
                return 0;
        reading->view = order_view_free(reading->view);
        free(TAKE(reading->place));
        free(TAKE(reading->header));
        reading->delimiter = batch->delimiter;
        reading->header_size = batch->header.size;
        reading->header = malloc(batch->header.size + 1);
        if (!reading->header)
                return -ENOMEM;
        if (batch->header.size > 0)
                memcpy(reading->header, batch->header.data, batch->header.size);
        r = order_view_new(reading->rules, batch->header, batch->delimiter, &reading->view);
        return r < 0 ? r : place_columns(reading, job, learn);
}

int report_reading_row(const ReportReading *reading, Text raw, Text *own, size_t n_own) {
        int r = order_view_read(reading->view, raw);

        if (r < 0)
                return r;
        for (size_t i = 0; i < n_own; i++)
                own[i] = TEXT_NONE;
        for (size_t i = 0; i < order_view_n(reading->view); i++)
                if (reading->place[i] < n_own) {
                        Text cell = order_view_cell(reading->view, i);

                        /* empty, but there */
                        own[reading->place[i]] = cell.data ? cell : (Text){ "", 0 };
                }
        return 0;
}
