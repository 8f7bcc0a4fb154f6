/* What a report says about itself: which rows it is about, by whose clock. */
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/report.h"
#include "jobs/report/answer.h"
#include "jobs/report/report_tie.h"
#include "jobs/report/report_word.h"

/* Adds a fact whose text stands in fact_texts from `begin` on; texts are found again at the end,
 * for the buffer moves while it grows. */
static void add(ReportJob *job, ReportWord name, size_t begin) {
        job->facts[job->report.n_facts++] = (ReportFact){ report_word(name, job->report.language),
                                                          { NULL, job->fact_texts.size - begin } };
}

static void settle(ReportJob *job) {
        size_t at = 0;

        for (size_t i = 0; i < job->report.n_facts; i++) {
                job->facts[i].value.data = job->fact_texts.data + at;
                at += job->facts[i].value.size;
        }
        job->report.facts = job->facts;
}

static int add_days(ReportJob *job) {
        static const ReportWord names[] = { [BY_PAID] = WORD_PERIOD_PAID,
                                            [BY_CREATED] = WORD_PERIOD_CREATED,
                                            [BY_EXPIRES] = WORD_PERIOD_EXPIRES,
                                            [BY_DUE] = WORD_PERIOD_DUE };
        const ReportWish *wish = job->wish;
        char from[CIVIL_TIME_SIZE], to[CIVIL_TIME_SIZE];
        size_t begin = job->fact_texts.size;
        ReportWord template = wish->to.year == 0     ? WORD_DAYS_FROM
                              : wish->from.year == 0 ? WORD_DAYS_TO
                                                     : WORD_DAYS;
        const char *values[] = { civil_date_format(wish->from, from),
                                 civil_date_format(wish->to, to) };
        int r;

        if (wish->from.year == 0)
                values[0] = to;
        r = report_has_days(wish)
                    ? report_append_filled(&job->fact_texts,
                                           report_word(template, job->report.language), values)
                    : buffer_append_string(&job->fact_texts,
                                           report_word(WORD_ANY_DAY, job->report.language));
        if (r == 0)
                add(job, report_has_days(wish) ? names[wish->by] : WORD_PERIOD, begin);
        return r;
}

static int add_zone(ReportJob *job) {
        size_t begin = job->fact_texts.size;
        int r = 0;

        for (size_t i = 0; i < job->n_zones && r == 0; i++) {
                if (i > 0)
                        r = buffer_append_string(&job->fact_texts, ", ");
                if (r == 0)
                        r = buffer_append_string(&job->fact_texts, job->zones[i]);
        }
        if (r == 0 && job->n_zones == 0)
                r = buffer_append_string(&job->fact_texts, job->report.zone);
        if (r == 0 && job->n_zones > 1)
                r = buffer_printf(&job->fact_texts, " (%s)",
                                  report_word(WORD_OWN_ZONE, job->report.language));
        if (r == 0)
                add(job, WORD_ZONE, begin);
        return r;
}

static int add_batch(ReportJob *job) {
        size_t begin = job->fact_texts.size;
        char id[ANSWER_BATCH_SIZE];
        int r;

        if (job->wish->batch == 0)
                return 0;
        r = buffer_append_string(&job->fact_texts, answer_batch(job->wish->batch, id));
        if (r == 0 && job->n_sources > 1)
                r = buffer_printf(&job->fact_texts, ", %s",
                                  report_word(WORD_WITH_CORRECTIONS, job->report.language));
        if (r == 0)
                add(job, WORD_BATCH, begin);
        return r;
}

static int add_text(ReportJob *job, ReportWord name, const char *text) {
        size_t begin = job->fact_texts.size;
        int r = buffer_append_string(&job->fact_texts, text);

        if (r == 0)
                add(job, name, begin);
        return r;
}

static int add_profile(ReportJob *job) {
        const char *profile = job->wish->profile;

        if (!profile)
                return 0;
        return add_text(job, WORD_PROFILE,
                        *profile ? profile : report_word(WORD_PROFILE_MAIN, job->report.language));
}

static int add_statuses(ReportJob *job) {
        size_t begin = job->fact_texts.size;
        int r = 0;

        for (Status status = STATUS_REJECTED; status < STATUS_COUNT && r == 0; status++) {
                if ((job->wish->statuses >> status & 1) == 0)
                        continue;
                if (job->fact_texts.size > begin)
                        r = buffer_append_string(&job->fact_texts, ", ");
                if (r == 0)
                        r = buffer_append_string(&job->fact_texts,
                                                 report_status_word(status, job->report.language));
        }
        if (r == 0 && job->wish->statuses != 0)
                add(job, WORD_STATUSES, begin);
        return r;
}

/* Batches of the provider's test mode that were left out of a report about real money. */
static int add_mode(ReportJob *job) {
        char count[24];
        size_t begin = job->fact_texts.size;
        int r;

        if (job->n_left_out == 0)
                return 0;
        (void) snprintf(count, sizeof(count), "%zu", job->n_left_out);
        r = report_append_filled(&job->fact_texts,
                                 report_word(WORD_TEST_LEFT_OUT, job->report.language),
                                 (const char *const[]){ count });
        if (r == 0)
                add(job, WORD_MODE, begin);
        return r;
}

int report_facts(ReportJob *job) {
        int r = add_days(job);

        if (r == 0)
                r = add_zone(job);
        if (r == 0)
                r = add_batch(job);
        if (r == 0)
                r = add_profile(job);
        if (r == 0 && job->wish->run)
                r = add_text(job, WORD_RUN, job->wish->run);
        if (r == 0)
                r = add_statuses(job);
        if (r == 0)
                r = add_mode(job);
        if (r == 0)
                settle(job);
        return r;
}
