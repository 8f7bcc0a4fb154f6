#include "tests/sandbox/check.h"

#include <assert.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

static void check_write_path(const Check *check, const char *member, Buffer *out) {
        for (size_t i = 0; i < check->depth; i++) {
                if (!check->path[i].name)
                        (void) buffer_printf(out, "[%zu]", check->path[i].index);
                else
                        (void) buffer_printf(out, "%s%s", i > 0 ? "." : "", check->path[i].name);
        }
        if (member)
                (void) buffer_printf(out, "%s%s", check->depth > 0 ? "." : "", member);
}

static void check_keep(Check *check, const char *member, const char *code, const char *message) {
        AUTO_BUFFER path = BUFFER_EMPTY;

        check_write_path(check, member, &path);
        check->code = code;
        (void) snprintf(check->param, sizeof(check->param), "%s", path.data ? path.data : "");
        (void) snprintf(check->message, sizeof(check->message), "%s%s%s", check->param,
                        check->param[0] ? " " : "", message);
}

bool check_refuse(Check *check, const char *code, const char *format, ...) {
        char message[160];
        va_list arguments;

        va_start(arguments, format);
        (void) vsnprintf(message, sizeof(message), format, arguments);
        va_end(arguments);
        check_keep(check, NULL, code, message);
        return false;
}

bool check_refuse_member(Check *check, const char *member, const char *code, const char *message) {
        check_keep(check, member, code, message);
        return false;
}

bool check_member(Check *check, const char *name, const json_t *value, Checker *checker) {
        assert(check->depth < CHECK_DEPTH);
        check->path[check->depth++].name = name;

        bool good = checker(check, value);
        check->depth--;
        return good;
}

bool check_array(Check *check, const json_t *value, Checker *checker) {
        if (!json_is_array(value) || json_array_size(value) == 0)
                return check_refuse(check, "invalid_array", "must be an array that is not empty");
        assert(check->depth < CHECK_DEPTH);

        bool good = true;
        size_t depth = check->depth++;
        check->path[depth].name = NULL;
        for (size_t i = 0; good && i < json_array_size(value); i++) {
                check->path[depth].index = i;
                good = checker(check, json_array_get(value, i));
        }
        check->depth--;
        return good;
}

static const CheckField *check_field(const Check *check, const CheckField *fields, size_t count,
                                     const char *name) {
        for (size_t i = 0; i < count; i++)
                if ((fields[i].generations & check->generation) != 0 &&
                    strcmp(fields[i].name, name) == 0)
                        return &fields[i];
        return NULL;
}

bool check_object(Check *check, const json_t *value, const CheckField *fields, size_t count) {
        if (!json_is_object(value))
                return check_refuse(check, "invalid_hash", "must be an object");

        /* jansson iterates only over what it may change; nothing is changed here. */
        json_t *object = (json_t *) (uintptr_t) value;
        for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
                const char *name = json_object_iter_key(i);
                const CheckField *field = check_field(check, fields, count, name);

                if (!field && !check->lenient)
                        return check_refuse_member(check, name, "invalid_params",
                                                   "is not a known parameter");
                if (field && !check_member(check, name, json_object_iter_value(i), field->checker))
                        return false;
        }
        for (size_t i = 0; i < count; i++)
                if (fields[i].required && (fields[i].generations & check->generation) != 0 &&
                    !json_object_get(value, fields[i].name))
                        return check_refuse_member(check, fields[i].name, "missing_parameter",
                                                   "is required");
        return true;
}
