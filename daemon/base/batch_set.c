#include "daemon/base/batch_set.h"

#include <errno.h>
#include <stdlib.h>

int batch_set_add(BatchSet *set, int64_t batch) {
        for (size_t i = 0; i < set->n; i++)
                if (set->ids[i] == batch)
                        return 0;
        if (set->n == set->capacity) {
                size_t capacity = set->capacity > 0 ? 2 * set->capacity : 16;
                int64_t *ids = reallocarray(set->ids, capacity, sizeof(*ids));

                if (!ids)
                        return -ENOMEM;
                set->ids = ids;
                set->capacity = capacity;
        }
        set->ids[set->n++] = batch;
        return 0;
}

void batch_set_done(BatchSet *set) {
        free(set->ids);
        *set = (BatchSet){ .ids = NULL };
}
