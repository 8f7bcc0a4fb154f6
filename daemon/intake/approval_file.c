#include "daemon/intake/approval_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/file_writer.h"
#include "daemon/spool/spool_candidate.h"

#define MODE           0640
#define NAME_GIVEN     MINUTE /* a file manager makes "New file" first, and renames it */
#define APPROVE_FOLDER "approve"

int approval_file_open_folder(int incoming, bool wanted, uid_t service) {
        struct stat st;
        int fd, error;

        if (wanted && mkdirat(incoming, APPROVE_FOLDER, 01770) == 0)
                (void) fsync(incoming);
        fd = openat(incoming, APPROVE_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        error = fstat(fd, &st) < 0 ? -errno : 0;
        if (error == 0 && (st.st_uid != service ||
                           ((st.st_mode & (S_IWGRP | S_IWOTH)) && !(st.st_mode & S_ISVTX))))
                error = -EPERM;
        if (error < 0) {
                (void) close(fd);
                return error;
        }
        return fd;
}

static int64_t instant_of(struct statx_timestamp time) {
        return time.tv_sec * SECOND + time.tv_nsec / 1000;
}

int approval_file_look(int folder, const char *name, int64_t settle, int64_t now,
                       ApprovalFile *ret_file) {
        ApprovalFile file = { .batch = 0 };
        struct statx st;
        int64_t age;
        bool named;

        if (candidate_is_ignored(name) ||
            statx(folder, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &st) < 0)
                return 0;
        if (!S_ISREG(st.stx_mode))
                return -EINVAL;
        named = approval_read_name(text_of(name), &file.batch, file.digits) > 0;
        age = now - instant_of(st.stx_ctime);
        file.is_wrong = true;
        if (st.stx_nlink != 1)
                file.wrong =
                        APPROVAL_LINKS; /* at once: it must not become one with a single link */
        else if (!named)
                file.wrong = APPROVAL_NAME;
        else if (st.stx_size > 0)
                file.wrong = APPROVAL_NOT_EMPTY;
        else
                file.is_wrong = false;
        if (file.is_wrong && file.wrong != APPROVAL_LINKS && age < (named ? settle : NAME_GIVEN))
                return 0;
        (void) snprintf(file.name, sizeof(file.name), "%s", name);
        file.uid = st.stx_uid;
        file.inode = st.stx_ino;
        file.made_at = st.stx_mask & STATX_BTIME ? instant_of(st.stx_btime) : 0;
        *ret_file = file;
        return 1;
}

/* `facturas.B000017.APPROVAL.txt`, or `approve.NAME.NACK.txt`; and whose results folder it is. */
static int name_answer(Ledger *ledger, const Settings *settings, ApprovalAnswer answer,
                       const ApprovalFacts *facts, Buffer *name, const Profile **ret_profile) {
        char id[ANSWER_BATCH_SIZE];
        const Batch *batch;
        int r = facts->batch > 0 ? ledger_batch_get(ledger, facts->batch, &batch) : 0;

        *ret_profile = &settings->profiles[0];
        if (r < 0)
                return r;
        /* What is said of a batch beside its ACK stays true: who approved it is not written
         * over. */
        if (r == 0 || (batch->state != BATCH_AWAITING_APPROVAL && !approval_is_given(answer) &&
                       answer != APPROVAL_ALREADY)) {
                r = buffer_append_string(name, "approve.");
                if (r >= 0)
                        r = answer_append_safe_name(name, facts->name);
                return r < 0 ? r : buffer_append_string(name, ".NACK.txt");
        }
        *ret_profile = settings_profile_or_default(settings, batch->profile);
        r = answer_append_stem(name, text_of(batch->file));
        return r < 0 ? r : buffer_printf(name, ".%s.APPROVAL.txt", answer_batch(facts->batch, id));
}

int approval_file_answer(Ledger *ledger, const Settings *settings, const Spool *spool,
                         ApprovalAnswer answer, const ApprovalFacts *facts) {
        AUTO_BUFFER name = BUFFER_EMPTY, text = BUFFER_EMPTY;
        const Profile *profile;
        int r = approval_append_file(&text, answer, facts);

        if (r >= 0)
                r = name_answer(ledger, settings, answer, facts, &name, &profile);
        return r < 0 ? r
                     : file_write(spool_results(spool, profile), name.data, MODE, text.data,
                                  text.size);
}

int approval_file_take(int folder, const Spool *spool, const ApprovalFile *file) {
        AUTO_FREE char *kept = NULL;
        int r = -EEXIST;

        if (file->is_wrong) {
                if (asprintf(&kept, "approve-%llu-%.200s", (unsigned long long) file->inode,
                             file->name) < 0)
                        return -ENOMEM;
                r = file_move(folder, file->name, spool_rejected(spool), kept);
        }
        if (r != -EEXIST) /* EEXIST: another link to what was moved before */
                return r;
        if (unlinkat(folder, file->name, 0) < 0)
                return -errno;
        return fsync(folder) < 0 ? -errno : 0;
}
