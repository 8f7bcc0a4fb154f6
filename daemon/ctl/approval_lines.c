#include "daemon/ctl/approval_lines.h"

#include <pwd.h>
#include <unistd.h>

#include "daemon/ctl/wrap.h"
#include "jobs/base/civil.h"
#include "jobs/base/digest.h"
#include "jobs/report/approval_text.h"

static const char *name_of(int64_t uid) {
        const struct passwd *entry = getpwuid((uid_t) uid);

        return entry ? entry->pw_name : NULL;
}

int approval_lines_person(Buffer *out, int64_t uid) {
        const char *name = name_of(uid);

        if (!name)
                return buffer_append_integer(out, uid);
        return buffer_printf(out, "%s (%lld)", name, (long long) uid);
}

void approval_lines_json(Json *json, const char *key, const Approval *approval) {
        char digest[DIGEST_HEX_SIZE];

        if (approval->at == 0) {
                json_null(json, key);
                return;
        }
        digest_hex(approval->sha256, DIGEST_SIZE, digest);
        json_object(json, key);
        json_integer(json, "uid", approval->uid);
        json_string(json, "name", name_of(approval->uid));
        json_instant(json, "at", approval->at);
        json_string(json, "sha256", digest);
        json_string(json, "by", approval->way == APPROVAL_BY_FILE ? "file" : "command");
        json_end_object(json);
}

int approval_lines_who(Buffer *out, const Approval *approval) {
        char at[CIVIL_TIME_SIZE];
        int r = approval_lines_person(out, approval->uid);

        return r < 0 ? r : buffer_printf(out, " %s", civil_local_format(approval->at, at));
}

static int append_waiting(Buffer *text, Language language, const BatchFacts *batch) {
        static const char *const before[LANGUAGE_COUNT] = {
                "Espera que lo apruebe una persona distinta de ",
                "Waits to be approved by a person other than ",
        };
        int r = buffer_append_string(text, before[language]);

        if (r >= 0)
                r = approval_lines_person(text, batch->maker_uid);
        if (r >= 0)
                r = buffer_append_string(text, ": checkoutctl approve ");
        return r < 0 ? r : approval_append_name(text, batch->id, batch->sha256);
}

static int append_approved(Buffer *text, Language language, const BatchFacts *batch) {
        static const char *const before[LANGUAGE_COUNT] = { "Aprobado por ", "Approved by " };
        char digest[DIGEST_HEX_SIZE];
        int r = buffer_append_string(text, before[language]);

        if (r >= 0)
                r = approval_lines_who(text, &batch->approval);
        digest_hex(batch->approval.sha256, DIGEST_SIZE, digest);
        return r < 0 ? r : buffer_printf(text, ", SHA-256 %s", digest);
}

int approval_lines_append(Buffer *out, Language language, const BatchFacts *batch) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        int r = 0;

        if (batch->state == BATCH_AWAITING_APPROVAL)
                r = append_waiting(&text, language, batch);
        else if (batch->approval.at != 0)
                r = append_approved(&text, language, batch);
        if (r < 0 || text.size == 0)
                return r;
        r = buffer_append_char(&text, '\n');
        if (r >= 0)
                r = buffer_append_char(out, '\n');
        return r < 0 ? r : wrap_append_lines(out, (Text){ text.data, text.size }, STDOUT_FILENO);
}
