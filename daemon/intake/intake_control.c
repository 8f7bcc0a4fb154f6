/* The totals that came with a file, beside it or in its name: waited for, kept with the batch, and
 * their .ctl files removed together with it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/intake/intake_batch.h"
#include "daemon/spool/work_folder.h"

bool intake_control_must_wait(const IntakeBatch *batch) {
        return batch->profile->require_totals && !batch->intake->options.once &&
               !batch->source.awaited && batch->refused == PROBLEM_NONE && batch->file &&
               !order_file_is_child(batch->file) && !order_totals_are_given(&batch->declared) &&
               !order_totals_are_given(order_file_totals(batch->file));
}

/* Taken out of people's reach first and then looked at, as the file itself is: one that was renamed
 * over it belongs to another file. */
static int remove_one(const IntakeBatch *batch, const SpoolControl *control) {
        const Spool *spool = batch->intake->spool;
        int incoming = spool_incoming(spool, batch->profile), work = spool_work(spool);
        char identity[SPOOL_IDENTITY_SIZE];
        AUTO_FREE char *taken = NULL;
        struct stat st;

        if (fstatat(incoming, control->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        spool_identify(&st, identity);
        if (strcmp(identity, control->identity) != 0)
                return 0;
        if (asprintf(&taken, "%s.taken", identity) < 0)
                return -ENOMEM;
        if (renameat(incoming, control->name, work, taken) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!work_folder_is(work, taken, identity))
                return renameat2(work, taken, incoming, control->name, RENAME_NOREPLACE) < 0
                               ? -errno
                               : 0;
        return unlinkat(work, taken, 0) < 0 ? -errno : 0;
}

int intake_control_remove(const IntakeBatch *batch) {
        int r = 0;

        /* A folder that is held is looked at when it is right again: they are left until then. */
        if (spool_incoming(batch->intake->spool, batch->profile) < 0)
                return 0;
        for (size_t i = 0; i < SPOOL_CONTROLS && r >= 0; i++)
                if (batch->source.control[i].name[0] != '\0')
                        r = remove_one(batch, &batch->source.control[i]);
        return r;
}

/* --- kept with the batch -------------------------------------------------------------------- */

/* `IDENTITY NAME`, a line each: no name has a line end that we took. */
int intake_control_append(const IntakeBatch *batch, Buffer *text) {
        int r = 0;

        for (size_t i = 0; i < SPOOL_CONTROLS && r >= 0; i++) {
                const SpoolControl *control = &batch->source.control[i];

                if (control->name[0] != '\0')
                        r = buffer_printf(text, "%s %s\n", control->identity, control->name);
        }
        return r;
}

void intake_control_parse(IntakeBatch *batch, const char *text) {
        for (size_t i = 0; i < SPOOL_CONTROLS && *text; i++) {
                const char *blank = strchr(text, ' '), *end = blank ? strchr(blank, '\n') : NULL;
                SpoolControl *control = &batch->source.control[i];

                if (!end)
                        return;
                text_copy_out((Text){ text, (size_t) (blank - text) }, control->identity,
                              sizeof(control->identity));
                text_copy_out((Text){ blank + 1, (size_t) (end - blank - 1) }, control->name,
                              sizeof(control->name));
                text = end + 1;
        }
}
