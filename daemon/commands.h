/* Commands: what operators ask of the daemon. checkoutctl writes a row into the store; a look at the
 * store's version four times a second finds it, the next turn carries it out and answers, all in
 * one transaction. No socket, no protocol of our own; who asked what and when stays in the store.
 *
 *   hold all | hold batch N          sending stops, of all or of one batch
 *   release all | release batch N    and goes on; the rest of a batch whose canaries were refused
 *                                    goes too; an approval is never lifted
 *
 * An answer begins with `done`, or with `no` and says why not.
 */
#pragma once

#include "daemon/dispatcher.h"
#include "daemon/turn.h"
#include "sql/ledger.h"

typedef struct Commands Commands;

typedef struct CommandsOptions {
        sd_event *event;
        Ledger *ledger;
        Turn *turn;
        Dispatcher *dispatcher;
} CommandsOptions;

int commands_new(const CommandsOptions *options, Commands **ret_commands);
Commands *commands_free(Commands *commands);
/* Carries out what is waiting, inside the turn's transaction. */
int commands_write(Commands *commands);

#include "jobs/base/cleanup.h"
DEFINE_CLEANUP(Commands, commands_free)
