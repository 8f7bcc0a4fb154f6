/* Buffer: bytes that grow. Owns its memory; always one NUL behind the last byte, so that `data` is
 * a string once something was appended. Appending gives 0 or -ENOMEM and leaves the buffer as it
 * was on failure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct Buffer {
        char *data;
        size_t size;
        size_t capacity;
} Buffer;

#define BUFFER_EMPTY ((Buffer){ NULL, 0, 0 })

void buffer_done(Buffer *buffer);   /* frees the bytes, empty again */
void buffer_clear(Buffer *buffer);  /* keeps the memory for the next use */
Buffer buffer_take(Buffer *buffer); /* gives the bytes away, empty again */
int buffer_reserve(Buffer *buffer, size_t more);
int buffer_append(Buffer *buffer, const void *bytes, size_t size);
int buffer_append_string(Buffer *buffer, const char *string);
int buffer_append_char(Buffer *buffer, char c);
int buffer_append_integer(Buffer *buffer, int64_t number);
int buffer_printf(Buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define AUTO_BUFFER __attribute__((cleanup(buffer_done))) Buffer
