/* From the dropped file to a recorded copy of our own: copy, record, remove. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/intake/intake_batch.h"
#include "daemon/spool/store_mark.h"
#include "jobs/base/civil.h"

#define BLOCK      ((size_t) 256 * 1024)
#define SYNC_EVERY ((size_t) 4 * 1024 * 1024)

static int begin_copy(IntakeBatch *batch) {
        int work = spool_work(batch->intake->spool);
        int r;

        if (unlinkat(work, batch->copy_name, 0) < 0 && errno != ENOENT)
                return -errno;
        batch->copy = openat(work, batch->copy_name,
                             O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (batch->copy < 0)
                return -errno;
        batch->copied = 0;
        batch->unsynced = 0;
        if (!batch->digest) {
                r = digest_new(&batch->digest);
                if (r < 0)
                        return r;
        }
        batch->scan = dialect_scan_free(batch->scan);
        return dialect_scan_new(batch->profile->rules.encoding, &batch->scan);
}

static int write_block(IntakeBatch *batch, const char *bytes, size_t size) {
        for (size_t done = 0; done < size;) {
                ssize_t n = pwrite(batch->copy, bytes + done, size - done,
                                   (off_t) (batch->copied + done));

                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n > 0)
                        done += (size_t) n;
        }
        batch->copied += size;
        batch->unsynced += size;
        if (batch->unsynced < SYNC_EVERY)
                return 0;
        if (fdatasync(batch->copy) < 0)
                return -errno;
        batch->unsynced = 0;
        /* Else all of it is given back when the source is closed: a gigabyte takes 0.1 s. */
        (void) posix_fadvise(batch->source.fd, 0, (off_t) batch->copied, POSIX_FADV_DONTNEED);
        return 0;
}

static int copy_blocks(IntakeBatch *batch) {
        static char block[BLOCK];

        do {
                ssize_t n = pread(batch->source.fd, block, sizeof(block), (off_t) batch->copied);
                int r;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : 1;
                if (batch->copied + (uint64_t) n > (uint64_t) batch->source.stat.st_size) {
                        batch->changed = true; /* it grows while we copy */
                        return 1;
                }
                /* Only what is in the copy is hashed and looked at. */
                dialect_scan_add(batch->scan, block, (size_t) n);
                r = digest_add(batch->digest, block, (size_t) n);
                if (r >= 0)
                        r = write_block(batch, block, (size_t) n);
                if (r < 0)
                        return r;
        } while (!intake_enough(batch));
        return 0;
}

static bool source_is_same(const IntakeBatch *batch) {
        char identity[SPOOL_IDENTITY_SIZE];
        struct stat st;

        if (fstat(batch->source.fd, &st) < 0)
                return false;
        spool_identify(&st, identity);
        return strcmp(identity, batch->source.identity) == 0 &&
               spool_is_same(batch->intake->spool, &batch->source);
}

void intake_discard_copy(IntakeBatch *batch) {
        if (batch->copy >= 0)
                (void) close(take_fd(&batch->copy));
        (void) unlinkat(spool_work(batch->intake->spool), batch->copy_name, 0);
}

void intake_give_up(IntakeBatch *batch) {
        intake_discard_copy(batch);
        if (batch->offered)
                spool_done(batch->intake->spool, batch->profile, batch->name, false);
        batch->offered = false;
        batch->step = batch->next = INTAKE_DONE;
}

static int end_copy(IntakeBatch *batch) {
        int r = digest_end(batch->digest, batch->sha256);

        if (r < 0)
                return r;
        dialect_scan_end(batch->scan, &batch->facts);
        /* What it is says more than what its name or its last byte is. */
        if (batch->refused == PROBLEM_NONE ||
            (batch->facts.refused != PROBLEM_NONE &&
             (batch->refused == PROBLEM_FILE_NAME || batch->refused == PROBLEM_FILE_CUT)))
                batch->refused = batch->facts.refused;
        if (fdatasync(batch->copy) < 0 || fsync(spool_work(batch->intake->spool)) < 0)
                return -errno;
        return 0;
}

/* A copy that failed half-way is made again from the beginning. */
static int begin_again(IntakeBatch *batch, int error) {
        uint8_t unused[DIGEST_SIZE];

        if (batch->digest)
                (void) digest_end(batch->digest, unused);
        intake_discard_copy(batch);
        return error;
}

static int name_safely(IntakeBatch *batch) {
        AUTO_BUFFER name = BUFFER_EMPTY;
        int r = answer_append_safe_name(&name, text_of(batch->name));

        if (r < 0)
                return r;
        free(batch->safe_name);
        batch->safe_name = TAKE(name.data);
        return 0;
}

static int read_rules(IntakeBatch *batch) {
        int r;

        r = name_safely(batch);
        if (r < 0 || batch->rules)
                return r;
        r = settings_profile_snapshot(batch->profile, &batch->snapshot);
        if (r >= 0)
                r = intake_is_payout(batch)
                            ? settings_payout_rules_of(batch->snapshot.data, &batch->rules)
                            : settings_rules_of(batch->snapshot.data, &batch->rules);
        if (r >= 0 && batch->refused == PROBLEM_NONE && !intake_is_payout(batch))
                r = intake_open_orders(batch);
        return r;
}

int intake_copy(IntakeBatch *batch) {
        int r = 0;

        batch->next = INTAKE_RECORD;
        /* Too large to be copied: it is moved as it is. */
        if (batch->refused == PROBLEM_FILE_SIZE)
                return read_rules(batch) < 0 ? -ENOMEM : 1;
        if (batch->copy < 0)
                r = begin_copy(batch);
        if (r >= 0)
                r = copy_blocks(batch);
        if (r < 0)
                return begin_again(batch, r);
        if (r == 0)
                return 0;
        if (batch->changed || !source_is_same(batch)) {
                intake_give_up(batch);
                return 1;
        }
        r = end_copy(batch);
        if (r >= 0)
                r = read_rules(batch);
        if (r >= 0 && intake_control_must_wait(batch)) {
                intake_discard_copy(batch);
                spool_await_control(batch->intake->spool, batch->profile, batch->name);
                batch->next = INTAKE_DONE;
                return 1;
        }
        return r < 0 ? begin_again(batch, r) : 1;
}

/* --- record --------------------------------------------------------------------------------- */

/* When it was put into the folder: renaming it sets its ctime, and nobody can set that back. A file
 * that has waited for us over the end of a period belongs to the one in which it was dropped. */
static int64_t dropped_at(const IntakeBatch *batch) {
        const struct timespec *changed = &batch->source.stat.st_ctim;
        int64_t at = changed->tv_sec * SECOND + changed->tv_nsec / 1000;

        return at < batch->received_at ? at : batch->received_at;
}

static int find_run(IntakeBatch *batch) {
        AUTO_BUFFER run = BUFFER_EMPTY;
        int r = settings_profile_run(batch->profile, dropped_at(batch), &run);

        if (r < 0)
                return r;
        free(batch->run);
        batch->run = run.data ? TAKE(run.data) : strdup("");
        return batch->run ? intake_find_parent(batch) : -ENOMEM;
}

int intake_record(IntakeBatch *batch) {
        Ledger *ledger = batch->intake->options.ledger;
        AUTO_BUFFER declared = BUFFER_EMPTY, control = BUFFER_EMPTY;
        int r = find_run(batch);
        const Batch *added;
        Batch stored;

        if (r >= 0)
                r = order_totals_append(&batch->declared, &declared);
        if (r >= 0)
                r = intake_control_append(batch, &control);
        if (r < 0)
                return r;
        batch->maker_uid = batch->source.stat.st_uid;
        stored = (Batch){
                .profile = batch->profile->name,
                .run = batch->run,
                .live = batch->intake->options.live,
                .parent = batch->parent,
                .file = batch->safe_name,
                .maker_uid = batch->maker_uid,
                .source = batch->source.identity,
                .size = (uint64_t) batch->source.stat.st_size,
                .received_at = batch->received_at,
                .state = BATCH_RECEIVED,
                .api = batch->rules->api,
                .rules = batch->snapshot.data,
                .encoding = batch->facts.dialect.encoding,
                .bom = batch->facts.dialect.bom,
                .declared = declared.data,
                .control = control.data,
                /* What the spool found out is not in the copy: it is kept until the file is
                 * refused. */
                .note = batch->refused != PROBLEM_NONE ? problem_name(batch->refused)
                        : batch->source.waited         ? INTAKE_WAITED
                                                       : "",
        };
        memcpy(stored.sha256, batch->sha256, sizeof(stored.sha256));
        batch->next = INTAKE_REMOVE;
        r = ledger_batch_add(ledger, &stored, &batch->id);
        if (r >= 0)
                r = ledger_batch_get(ledger, batch->id, &added);
        if (r <= 0)
                return r < 0 ? r : -EIO;
        batch->scope = added->scope;
        intake_say(batch, MESSAGE_BATCH_TAKEN, "was taken in");
        return 1;
}

/* --- remove --------------------------------------------------------------------------------- */

/* Not while the store is held for being another one than the spool's: that would hide it. */
static int mark_store(const IntakeBatch *batch) {
        const Intake *intake = batch->intake;
        Hold hold;
        int r = ledger_daemon_hold(intake->options.ledger, &hold);

        if (r < 0 || hold == HOLD_STORE)
                return r;
        return store_mark_write(intake->spool, intake->options.ledger);
}

/* Another file had the name; and perhaps a third one has it by now. */
static int put_back(const IntakeBatch *batch, int work, const char *taken, int incoming) {
        AUTO_FREE char *other = NULL;

        if (renameat2(work, taken, incoming, batch->name, RENAME_NOREPLACE) == 0)
                return 1;
        if (errno != EEXIST || asprintf(&other, "returned-%.200s", batch->name) < 0)
                return -errno;
        return renameat2(work, taken, incoming, other, RENAME_NOREPLACE) < 0 ? -errno : 1;
}

/* Looking and then unlinking would lose a file that is renamed over the name in between. So it is
 * first taken out of people's reach, then looked at, and put back if it is another one. */
static int take_away(IntakeBatch *batch, const char *taken) {
        Spool *spool = batch->intake->spool;

        if (!spool_is_same(spool, &batch->source)) {
                batch->changed = true;
                return 0;
        }
        if (renameat(spool_incoming(spool, batch->profile), batch->name, spool_work(spool), taken) <
            0)
                return -errno;
        batch->taken_away = true;
        return 0;
}

static bool is_source(const IntakeBatch *batch, const struct stat *st) {
        const struct stat *source = &batch->source.stat;

        return st->st_ino == source->st_ino && st->st_size == source->st_size &&
               st->st_mtim.tv_sec == source->st_mtim.tv_sec &&
               st->st_mtim.tv_nsec == source->st_mtim.tv_nsec;
}

/* May be called again after any failure: what was renamed stays renamed. */
int intake_remove(IntakeBatch *batch) {
        Spool *spool = batch->intake->spool;
        int incoming = spool_incoming(spool, batch->profile), work = spool_work(spool);
        bool keep = batch->refused == PROBLEM_FILE_SIZE;
        AUTO_FREE char *taken = NULL;
        struct stat st;
        int r = mark_store(batch);

        batch->next = INTAKE_GONE;
        if (r < 0)
                return r;
        if (keep ? !(taken = strdup(batch->copy_name))
                 : asprintf(&taken, "%s.taken", batch->source.identity) < 0)
                return -ENOMEM;
        if (!batch->taken_away && !keep && !intake_has_copy(batch))
                batch->changed = true; /* it stays, and is taken again */
        r = batch->taken_away || batch->changed ? 0 : take_away(batch, taken);
        if (r < 0 || batch->changed)
                return r < 0 ? r : 1;
        r = fstatat(work, taken, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
        if (r < 0 && r != -ENOENT) /* ENOENT: unlinked already */
                return r;
        if (r == 0 && !is_source(batch, &st)) {
                batch->changed = true;
                return put_back(batch, work, taken, incoming);
        }
        r = intake_control_remove(batch);
        if (r < 0)
                return r;
        if (!keep && unlinkat(work, taken, 0) < 0 && errno != ENOENT)
                return -errno;
        return fsync(incoming) < 0 || fsync(work) < 0 ? -errno : 1;
}

int intake_gone(IntakeBatch *batch) {
        Ledger *ledger = batch->intake->options.ledger;
        int r = ledger_batch_source_gone(ledger, batch->id);

        batch->next = intake_is_payout(batch) ? INTAKE_PAYOUT_CHECK : INTAKE_CHECK;
        if (r >= 0 &&
            batch->changed) { /* what was copied is not what is there: nobody asked for it */
                r = ledger_batch_set_state(ledger, batch->id, BATCH_REFUSED);
                if (r >= 0)
                        r = ledger_batch_archived(ledger, batch->id);
                batch->next = INTAKE_DONE;
        } else if (batch->refused != PROBLEM_NONE) {
                batch->next = INTAKE_REFUSE;
        }
        if (r < 0)
                return r;
        if (batch->offered)
                spool_done(batch->intake->spool, batch->profile, batch->name, !batch->changed);
        batch->offered = false;
        if (batch->changed)
                intake_say(batch, MESSAGE_FILE_CHANGED,
                           "changed while it was taken in; it waits until it is complete");
        return 1;
}
