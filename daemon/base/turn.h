/* Turn: the heartbeat of the daemon. All changes of the ledger happen in turns: one short
 * transaction each, never two at once, with at least a millisecond without the lock between them,
 * so that checkoutctl gets its word in (back-to-back transactions starved a second writer for
 * seconds). Whoever has something to record or to claim asks for a turn; asking twice is asking
 * once. A turn runs after all network events that are ready, so that it carries many outcomes.
 * There is one, too, whenever the wall clock was set: what waits for an instant of it looks
 * again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct sd_event sd_event;
typedef struct Turn Turn;

/* The work of a turn. Negative errno is logged and the turn is tried again after a second. */
typedef int (*TurnFunction)(void *userdata);

int turn_new(sd_event *event, TurnFunction function, void *userdata, Turn **ret_turn);
Turn *turn_free(Turn *turn);
void turn_ask(Turn *turn);
/* A turn not later than `at` (CLOCK_BOOTTIME microseconds). */
void turn_ask_at(Turn *turn, int64_t at);

/* When the next turn is armed for (INT64_MAX: it is not), and how many there were. */
int64_t turn_next(const Turn *turn);
uint64_t turn_runs(const Turn *turn);
bool turn_has_failed(const Turn *turn); /* the last one; it is tried again */

/* Within a turn: the store is free from here on. The gap to the next turn counts from now, so that
 * work which needs no lock fills it. */
void turn_store_free(Turn *turn);

/* CLOCK_BOOTTIME, microseconds: goes on in suspend, never jumps. */
int64_t turn_now(void);
/* CLOCK_MONOTONIC, microseconds: what systemd wants to know. */
int64_t turn_monotonic(void);
/* Wall clock, UTC microseconds. */
int64_t turn_wall(void);
/* Uniform over its type, for jitter only: never waits, also when the kernel has no randomness
 * yet. */
uint32_t turn_random(void);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Turn, turn_free)
