#include <ctype.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "jobs/base/cleanup.h"
#include "tests/sandbox/check.h"

#define METADATA_KEYS  50
#define METADATA_KEY   40
#define METADATA_VALUE 500

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c) {
        return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static size_t digits(const char *text) {
        size_t count = 0;

        while (is_digit(text[count]))
                count++;
        return count;
}

static Text string_text(const json_t *value) {
        return (Text){ json_string_value(value), json_string_length(value) };
}

bool check_string(Check *check, const json_t *value) {
        if (!json_is_string(value))
                return check_refuse(check, "invalid_string", "must be a string");
        if (json_string_length(value) == 0)
                return check_refuse(check, "empty_string", "must not be empty");
        return true;
}

/* Labels of letters, digits and inner hyphens, at least two of them. */
static bool is_domain(const char *domain) {
        size_t labels = 0;

        for (const char *label = domain;; labels++) {
                size_t size = 0;

                while (is_alphanumeric(label[size]) || label[size] == '-')
                        size++;
                if (size == 0 || size > 63 || label[0] == '-' || label[size - 1] == '-')
                        return false;
                if (label[size] == '\0')
                        return labels > 0;
                if (label[size] != '.')
                        return false;
                label += size + 1;
        }
}

static bool is_email(const char *address) {
        const char *at = strchr(address, '@');
        size_t local = at ? (size_t) (at - address) : 0;

        if (local == 0 || local > 64 || strlen(address) > 254)
                return false;
        /* The unquoted form of RFC 5322 and 6531: atoms between single dots. */
        if (strcspn(address, " \t\r\n\"(),:;<>[\\]") < local || address[0] == '.' ||
            at[-1] == '.' || memmem(address, local, "..", 2))
                return false;
        return is_domain(at + 1);
}

bool check_email(Check *check, const json_t *value) {
        if (!check_string(check, value))
                return false;
        return is_email(json_string_value(value)) ||
               check_refuse(check, "invalid_string", "is not an e-mail address");
}

static bool is_url(const char *url) {
        size_t scheme = strncasecmp(url, "https://", 8) == 0  ? 8
                        : strncasecmp(url, "http://", 7) == 0 ? 7
                                                              : 0;

        if (scheme == 0 || !is_alphanumeric(url[scheme]))
                return false;
        for (const char *c = url; *c; c++)
                if ((unsigned char) *c <= ' ' || *c == 0x7f)
                        return false;
        return strcspn(url, "<>\"{}|\\^`") == strlen(url);
}

bool check_url(Check *check, const json_t *value) {
        if (!check_string(check, value))
                return false;
        return is_url(json_string_value(value)) ||
               check_refuse(check, "invalid_string", "is not an absolute URL");
}

static bool check_metadata_value(Check *check, const json_t *value) {
        if (json_is_string(value))
                return text_characters(string_text(value)) <= METADATA_VALUE ||
                       check_refuse(check, "invalid_string_size", "is longer than %d characters",
                                    METADATA_VALUE);
        return json_is_number(value) || json_is_boolean(value) ||
               check_refuse(check, "invalid_string", "must be a string, a number or a boolean");
}

bool check_metadata(Check *check, const json_t *value) {
        if (!json_is_object(value))
                return check_refuse(check, "invalid_hash", "must be an object");
        if (json_object_size(value) > METADATA_KEYS)
                return check_refuse(check, "invalid_params", "has more than %d keys",
                                    METADATA_KEYS);

        json_t *object = (json_t *) (uintptr_t) value;
        for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
                const char *name = json_object_iter_key(i);

                if (text_characters(text_of(name)) > METADATA_KEY)
                        return check_refuse(check, "invalid_string_size",
                                            "has a key longer than %d characters", METADATA_KEY);
                if (!check_member(check, name, json_object_iter_value(i), check_metadata_value))
                        return false;
        }
        return true;
}

bool check_any_object(Check *check, const json_t *value) {
        return json_is_object(value) || check_refuse(check, "invalid_hash", "must be an object");
}

bool check_positive(Check *check, const json_t *value) {
        if (!json_is_integer(value))
                return check_refuse(check, "invalid_integer", "must be an integer");
        return json_integer_value(value) > 0 ||
               check_refuse(check, "invalid_positive_integer", "must be greater than 0");
}

/* Body and check digit (modulo 11, weights 2 to 7 from the right), without dots and hyphen. */
static bool is_rut(const char *rut) {
        size_t body = strlen(rut) - 1;
        int sum = 0;

        if (body < 6 || body > 8 || digits(rut) < body)
                return false;
        for (size_t i = 0; i < body; i++)
                sum += (rut[body - 1 - i] - '0') * (int) (2 + i % 6);

        int digit = (11 - sum % 11) % 11;
        return toupper((unsigned char) rut[body]) == (digit == 10 ? 'K' : '0' + digit);
}

/* Three letters for a company, four for a person, a date and three more. */
static bool is_rfc(const char *rfc) {
        size_t size = 0;

        /* Ñ is two bytes of UTF-8 and one letter. */
        for (const char *c = rfc; *c; c++)
                size += ((unsigned char) *c & 0xc0) != 0x80;
        if (size != 12 && size != 13)
                return false;

        const char *date = rfc + strlen(rfc) - 9;
        return digits(date) >= 6 && is_alphanumeric(date[6]) && is_alphanumeric(date[7]) &&
               is_alphanumeric(date[8]) && strcspn(rfc, "0123456789 ") == (size_t) (date - rfc);
}

bool check_tax_id(Check *check, const json_t *value) {
        static const CheckField fields[] = {
                { "type", IN_BOTH, true, check_string },
                { "value", IN_BOTH, true, check_string },
        };

        if (!check_object(check, value, fields, ELEMENTS(fields)))
                return false;

        const char *type = json_string_value(json_object_get(value, "type"));
        const char *number = json_string_value(json_object_get(value, "value"));
        if (strcmp(type, "cl_rut") == 0)
                return is_rut(number) || check_refuse_member(check, "value", "invalid_holder_id",
                                                             "is not a RUT with its check digit");
        /* How the provider calls the Mexican one is not known: anything that says so passes. */
        if (strncmp(type, "mx_", 3) == 0)
                return is_rfc(number) ||
                       check_refuse_member(check, "value", "invalid_holder_id", "is not an RFC");
        return check_refuse_member(check, "type", "invalid_enum", "is not a known type of tax id");
}

bool check_business_tax_id(Check *check, const json_t *value) {
        if (!check_string(check, value))
                return false;

        const char *number = json_string_value(value);
        return is_rut(number) || is_rfc(number) ||
               check_refuse(check, "invalid_business_profile_tax_id",
                            "is neither a RUT nor an RFC without separators");
}
