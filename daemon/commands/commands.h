/* Commands: what operators ask of the daemon. checkoutctl writes a row into the store; a look at
 * the store's version four times a second finds it, the next turns carry it out and answer, in the
 * same transaction as what was changed. No socket, no protocol of our own; who asked what and when
 * stays in the store.
 *
 *   hold, release           all | batch N | order PROFILE 0x1f RUN 0x1f ORDER
 *   release                 store
 *   requeue                 batch N | order …    refused rows, and unknown ones under the same key
 *   requeue-new-key         the same, and unknown and wrongly answered ones under a new key: the
 *                           person answers for it that the provider has no session for them
 *   forget                  order …              its personal data, in all its batches
 *   approve                 batch N [first digits of its SHA-256]
 *   cancel                  batch N | order …    rows that were not sent, or whose outcome is
 *                           unknown; live sessions are ended at the provider (canceller.h);
 *                           instructions of the batch that are not begun (command_instructions.h).
 *                           What waits for its approval, and has nothing left, waits no more
 *   reissue                 order …              the same, then the row's next generation is sent
 *   sync                    all | batch N | order …    what became of the links; takes its time,
 *                           and stands in no other command's way (daemon/following/synchroniser.h)
 *   doctor                  provider             asks the provider (daemon/sending/inquiry.h)
 *
 * RUN may be `*`. What concerns a batch of a million rows is done some hundred rows a turn and
 * answered at the end. An answer begins with `done`, or with `no` and says why not.
 */
#pragma once

#include "daemon/base/turn.h"
#include "daemon/following/synchroniser.h"
#include "daemon/sending/dispatcher.h"
#include "daemon/sending/inquiry.h"
#include "sql/ledger.h"

typedef struct sd_event sd_event;
typedef struct Commands Commands;

/* Rows of the batch have changed, committed; it may have to be sent again. */
typedef void (*CommandsChanged)(void *userdata, int64_t batch);
/* Sessions are to be ended, committed. */
typedef void (*CommandsBegun)(void *userdata);
/* The store is the right one, a person says. */
typedef int (*CommandsRelease)(void *userdata);

/* A verb that is not about sending, inside the transaction: appends the answer, or nothing when it
 * does not know the verb. */
typedef int (*CommandsOther)(void *userdata, const Command *command, Buffer *answer);

typedef struct CommandsOptions {
        sd_event *event;
        const Settings *settings;
        Ledger *ledger;
        Turn *turn;
        Dispatcher *dispatcher;
        Inquiry *inquiry;
        Synchroniser *synchroniser;
        CommandsChanged changed;
        CommandsBegun begun;
        CommandsRelease release_store;
        CommandsOther other;
        void *userdata;
} CommandsOptions;

int commands_new(const CommandsOptions *options, Commands **ret_commands);
Commands *commands_free(Commands *commands);
/* Is anything asked for and not answered yet? */
bool commands_busy(const Commands *commands);
/* Carries out what is waiting, inside the turn's transaction. */
int commands_write(Commands *commands);
void commands_committed(Commands *commands);
void commands_rolled_back(Commands *commands);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Commands, commands_free)
