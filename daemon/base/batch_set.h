/* BatchSet: the batches that a transaction has changed, each once. Whoever changes rows notes them
 * here; when it is committed, those who watch the batches are told, when it is rolled back, nobody
 * is. Few at a time: a turn works on some rows. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct BatchSet {
        int64_t *ids; /* owned */
        size_t n, capacity;
} BatchSet;

/* Zeroed is empty. 0 or -ENOMEM. */
int batch_set_add(BatchSet *set, int64_t batch);
void batch_set_done(BatchSet *set);
