/* The names of answers: made of the dropped file's, safe for everybody who reads them. */
#include "jobs/report/answer.h"

#define NAME_CHARACTERS 100
#define NAME_BYTES      180

static bool is_safe(unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.' || c == ' ' || c == '+' || c == '@' || c == ',' ||
               c == '(' || c == ')';
}

static size_t sequence_size(unsigned char first) {
        return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static int append_safe(Buffer *out, Text name) {
        size_t begin = out->size, characters = 0;
        int r = 0;

        while (r >= 0 && name.size > 0 && characters < NAME_CHARACTERS &&
               out->size - begin < NAME_BYTES) {
                size_t n = sequence_size((unsigned char) name.data[0]);
                Text character = { name.data, n };
                bool good = n <= name.size && text_is_utf8(character, NULL) &&
                            (n > 1 ? !text_has_control(character)
                                   : is_safe((unsigned char) name.data[0]));

                if (!good)
                        character = (Text){ "_", n = 1 };
                if (characters == 0 && character.data[0] == '.') /* hidden from its reader */
                        character = (Text){ "_", 1 };
                r = buffer_append(out, character.data, character.size);
                name = (Text){ name.data + n, name.size - n };
                characters++;
        }
        return r;
}

static Text without_csv(Text name) {
        Text ending = { name.data + name.size - 4, 4 };

        if (name.size > 4 && text_equal_ignoring_case(ending, TEXT(".csv")))
                name.size -= 4;
        return name;
}

int answer_append_stem(Buffer *stem, Text file_name) {
        return append_safe(stem, without_csv(file_name));
}

int answer_append_safe_name(Buffer *name, Text file_name) {
        Text stem = without_csv(file_name);
        int r = append_safe(name, stem);

        if (r >= 0 && stem.size < file_name.size)
                r = buffer_append_string(name, ".csv");
        return r;
}

int64_t answer_batch_in_name(Text file_name) {
        int64_t found = 0;

        for (size_t i = 0; i + 8 < file_name.size; i++) {
                const char *at = file_name.data + i;
                size_t digits = 0;
                int64_t number = 0;

                if (at[0] != '.' || at[1] != 'B')
                        continue;
                while (i + 2 + digits < file_name.size && digits < 15 && at[2 + digits] >= '0' &&
                       at[2 + digits] <= '9')
                        number = 10 * number + (at[2 + digits++] - '0');
                if (digits >= 6 && i + 2 + digits < file_name.size && at[2 + digits] == '.')
                        found = number; /* the last one: a correction of a correction */
        }
        return found;
}
