/* Ownership in three macros: what a scope owns it gives back when it ends, whichever way it ends.
 *
 *   AUTO_FREE char *name = strdup(...);            freed at the end of the scope
 *   CLEANUP(order_file_free_p) OrderFile *file;    its destructor is called
 *   *ret_name = TAKE(name);                        the one line that hands ownership out
 *
 * Every destructor `x_free` accepts NULL and returns NULL; DEFINE_CLEANUP(Type, x_free) makes the
 * `x_free_p` that CLEANUP needs.
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(f) __attribute__((cleanup(f)))
#define TAKE(p)    ((__typeof__(p)) take_pointer(&(p)))

static inline void *take_pointer(void *address) {
        void **slot = address;
        void *taken = *slot;

        *slot = NULL;
        return taken;
}

static inline void free_p(void *address) {
        free(take_pointer(address));
}
#define AUTO_FREE CLEANUP(free_p)

static inline void close_fd_p(const int *fd) {
        if (*fd >= 0)
                (void) close(*fd);
}
#define AUTO_CLOSE CLEANUP(close_fd_p)

static inline int take_fd(int *fd) {
        int taken = *fd;

        *fd = -1;
        return taken;
}

#define DEFINE_CLEANUP(Type, destructor)                                                           \
        static inline void destructor##_p(Type **object) {                                         \
                if (*object)                                                                       \
                        *object = destructor(*object);                                             \
        }

#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
