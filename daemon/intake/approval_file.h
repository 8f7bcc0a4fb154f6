/* ApprovalFile: one file in incoming/approve/, what it is, and its way out. Private to the approval
 * folder. Only its name and what the file system says of it count; it is never opened. */
#pragma once

#include <limits.h>

#include "daemon/rules/approval.h"
#include "daemon/spool/spool.h"

typedef struct ApprovalFile {
        char name[NAME_MAX + 1];
        int64_t batch; /* 0: the name is none of ours */
        char digits[APPROVAL_DIGITS + 1];
        int64_t uid;
        int64_t made_at; /* 0: the file system does not know */
        uint64_t inode;
        bool is_wrong; /* it cannot approve whatever it names: */
        ApprovalAnswer wrong;
} ApprovalFile;

/* The folder below incoming/; made where it is missing if it is `wanted`. -ENOENT: there is none;
 * -EPERM: it is not the service's, or others may rename in it. */
int approval_file_open_folder(int incoming, bool wanted, uid_t service);
/* 1: to be decided; 0: not, or not yet (gone, hidden, on its way in); -EINVAL: no regular file.
 * `settle` is how long what is not empty is given to be named or written. */
int approval_file_look(int folder, const char *name, int64_t settle, int64_t now,
                       ApprovalFile *ret_file);
/* Writes the answer into results/, of the batch's profile if it names a batch. */
int approval_file_answer(Ledger *ledger, const Settings *settings, const Spool *spool,
                         ApprovalAnswer answer, const ApprovalFacts *facts);
/* Removes it, or moves it to rejected/ if it was wrong. -ENOENT: it is gone. */
int approval_file_take(int folder, const Spool *spool, const ApprovalFile *file);
