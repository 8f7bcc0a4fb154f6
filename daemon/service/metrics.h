/* Metrics: the figures as a Prometheus textfile, for the textfile collector of node_exporter;
 * written beside its place and renamed, never synced: what a crash takes is written anew.
 *
 * Every line is labelled with the installation ([provider] instance), so that several instances of
 * checkoutd on one machine do not collide. Gauges of rows are those of the store and outlive a
 * restart, as does the time of the last success; counters (*_total, the histogram) begin at 0 with
 * the process or a reload, as Prometheus expects of counters.
 *
 * A file that cannot be written stops nothing: it is said once, and once more when it works again.
 */
#pragma once

#include "daemon/service/figures.h"

typedef struct Metrics Metrics;

/* The path is borrowed; "": nothing is written. */
int metrics_new(const char *path, Metrics **ret_metrics);
Metrics *metrics_free(Metrics *metrics);
/* Writes when it is time, by the boot clock, or when the state has changed. */
void metrics_look(Metrics *metrics, const Figures *figures, int64_t now);
void metrics_write(Metrics *metrics, const Figures *figures);
/* The whole text. */
int metrics_append(Buffer *text, const Figures *figures);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Metrics, metrics_free)
