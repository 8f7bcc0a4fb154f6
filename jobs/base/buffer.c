#include "jobs/base/buffer.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST ((size_t) 64)

void buffer_done(Buffer *buffer) {
        free(buffer->data);
        *buffer = BUFFER_EMPTY;
}

void buffer_clear(Buffer *buffer) {
        buffer->size = 0;
        if (buffer->data)
                buffer->data[0] = '\0';
}

Buffer buffer_take(Buffer *buffer) {
        Buffer taken = *buffer;

        *buffer = BUFFER_EMPTY;
        return taken;
}

int buffer_reserve(Buffer *buffer, size_t more) {
        size_t capacity = buffer->capacity < CAPACITY_FIRST ? CAPACITY_FIRST : buffer->capacity;
        char *grown;

        assert(buffer->size == 0 || buffer->size < buffer->capacity);

        if (more >= SIZE_MAX / 2 - buffer->size)
                return -ENOMEM;
        if (buffer->size + more < buffer->capacity)
                return 0;

        while (capacity <= buffer->size + more)
                capacity *= 2;

        grown = realloc(buffer->data, capacity);
        if (!grown)
                return -ENOMEM;

        buffer->data = grown;
        buffer->capacity = capacity;
        buffer->data[buffer->size] = '\0';
        return 0;
}

int buffer_append(Buffer *buffer, const void *bytes, size_t size) {
        if (size >= buffer->capacity - buffer->size) {
                int r = buffer_reserve(buffer, size);
                if (r < 0)
                        return r;
        }

        if (size > 0)
                memcpy(buffer->data + buffer->size, bytes, size);
        buffer->size += size;
        buffer->data[buffer->size] = '\0';
        return 0;
}

int buffer_append_string(Buffer *buffer, const char *string) {
        return buffer_append(buffer, string, strlen(string));
}

int buffer_append_char(Buffer *buffer, char c) {
        return buffer_append(buffer, &c, 1);
}

int buffer_append_integer(Buffer *buffer, int64_t number) {
        char digits[20]; /* 19 digits and a sign */
        char *at = digits + sizeof(digits);
        uint64_t rest = number < 0 ? 0 - (uint64_t) number : (uint64_t) number;

        do {
                *--at = (char) ('0' + rest % 10);
                rest /= 10;
        } while (rest > 0);
        if (number < 0)
                *--at = '-';

        assert(at >= digits);
        return buffer_append(buffer, at, (size_t) (digits + sizeof(digits) - at));
}

__attribute__((format(printf, 2, 0))) static int
append_formatted(Buffer *buffer, const char *format, va_list arguments) {
        va_list again;
        int size;
        int r;

        va_copy(again, arguments);
        size = vsnprintf(NULL, 0, format, again);
        va_end(again);
        if (size < 0)
                return -ENOMEM;

        r = buffer_reserve(buffer, (size_t) size);
        if (r < 0)
                return r;

        (void) vsnprintf(buffer->data + buffer->size, (size_t) size + 1, format, arguments);
        buffer->size += (size_t) size;
        return 0;
}

int buffer_printf(Buffer *buffer, const char *format, ...) {
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = append_formatted(buffer, format, arguments);
        va_end(arguments);
        return r;
}
