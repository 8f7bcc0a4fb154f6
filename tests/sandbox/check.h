/* Checks of request parameters. A table of fields says for one JSON object which members it may
 * have and how each is checked; the first thing wrong is kept as the refusal, with the path of the
 * parameter (`customer.tax_id.value`, `line_items[2].quantity`).
 *
 * Codes are those of the provider's own list where it has one (provider's ruby client).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/sandbox/request.h"

struct json_t;

#define CHECK_DEPTH 8

typedef struct Check {
        int generation;   /* 1 or 2 */
        bool lenient;     /* unknown parameters pass */
        int64_t now;      /* the sandbox's clock */
        const char *code; /* of the refusal */
        char param[160];
        char message[240];
        struct {
                const char *name; /* NULL: an index */
                size_t index;
        } path[CHECK_DEPTH];
        size_t depth;
} Check;

typedef bool Checker(Check *check, const struct json_t *value);

enum { IN_V1 = 1, IN_V2 = 2, IN_BOTH = 3 };

typedef struct CheckField {
        const char *name;
        int generations;
        bool required;
        Checker *checker;
} CheckField;

/* Keeps the refusal for the value under way and returns false. */
bool check_refuse(Check *check, const char *code, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* The same for a member of the value under way. */
bool check_refuse_member(Check *check, const char *member, const char *code, const char *message);

bool check_object(Check *check, const struct json_t *value, const CheckField *fields, size_t count);
bool check_member(Check *check, const char *name, const struct json_t *value, Checker *checker);

/* Every element; `what` names them in the message. */
bool check_array(Check *check, const struct json_t *value, Checker *checker);

Checker check_string;     /* not empty */
Checker check_email;      /* one address */
Checker check_url;        /* absolute, http or https */
Checker check_metadata;   /* 50 keys of 40 characters, values of 500 or numbers or booleans */
Checker check_any_object; /* its members are not looked at */
Checker check_positive;   /* an integer above 0 */
Checker check_tax_id;     /* {type, value}; check digit of cl_rut, shape of an RFC */
Checker check_business_tax_id;
