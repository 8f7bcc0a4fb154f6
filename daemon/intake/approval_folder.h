/* ApprovalFolder: incoming/approve/, where a controller without a terminal lets a batch go by an
 * empty file `B000017-3fd45dd10a99`: the batch, and the first 12 digits of the SHA-256 that stand
 * in its ACK. Who approves is the owner of that file. Also the answers to approvals by checkoutctl.
 *
 *   seen --turn--> recorded, committed --> answer in results/, synced --> the file is removed
 *
 * Killed between any two, the file is seen again, and approving twice is approving once. The answer
 * is `NAME.B000017.APPROVAL.txt` beside the batch's ACK, whichever way it went; of a file that
 * names no batch `approve.NAME.NACK.txt`. What is no approving file (another name, not empty, with
 * other links) goes to rejected/; folders, symlinks and the like are left alone.
 *
 * That the owner is who put it there rests on: one link (a link to somebody's file is refused when
 * it is seen, and taken out of reach), a file that is not older than the batch, and a sticky folder
 * of the service's, in which nobody renames a file of somebody else. A folder that is not so is not
 * used, and said. What is left: whoever may write into a folder on the same mount that is not
 * sticky, where another person keeps new, empty files, can move one of these; there is none in the
 * spool.
 */
#pragma once

#include "daemon/base/turn.h"
#include "daemon/rules/approval.h"
#include "daemon/spool/spool.h"

typedef struct sd_event sd_event;
typedef struct ApprovalFolder ApprovalFolder;

/* The batch was approved, committed: it runs. */
typedef void (*ApprovalGiven)(void *userdata, int64_t batch);

typedef struct ApprovalFolderOptions {
        sd_event *event;
        const Settings *settings;
        Ledger *ledger;
        Turn *turn;
        const Spool *spool;
        ApprovalGiven given;
        void *userdata;
} ApprovalFolderOptions;

int approval_folder_new(const ApprovalFolderOptions *options, ApprovalFolder **ret_folder);
ApprovalFolder *approval_folder_free(ApprovalFolder *folder);

/* Inside the turn's transaction: an approval by command, and its answer as commands give them. */
int approval_folder_ask(ApprovalFolder *folder, const Command *command, Buffer *answer);

int approval_folder_write(ApprovalFolder *folder); /* inside the turn's transaction */
void approval_folder_committed(ApprovalFolder *folder);
void approval_folder_rolled_back(ApprovalFolder *folder);
void approval_folder_work(ApprovalFolder *folder); /* outside */

/* When it wants its next turn (boot clock): 0 at once, INT64_MAX: when a file is seen. */
int64_t approval_folder_next(const ApprovalFolder *folder);
/* Attempts that are not answered; also before the first look. */
unsigned approval_folder_busy(const ApprovalFolder *folder);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(ApprovalFolder, approval_folder_free)
