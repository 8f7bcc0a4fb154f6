/* StoreMark: how the spool knows its store. work/.store holds the store's identity and the
 * highest batch number that was ever recorded; it is written, synced, after every new batch. A
 * store that is foreign (another identity), or older than the mark (restored from a backup, or made
 * anew), does not know what was sent since: all sending is held (store) until a person has looked
 * and says `checkoutctl release --store`. Numbers go on above the mark at once: they are on
 * paper. */
#pragma once

#include "daemon/spool/spool.h"
#include "sql/ledger.h"

/* Compares, inside a transaction: 0 they fit, 1 they do not; then what is wrong was logged. Gives a
 * new store its identity. */
int store_mark_check(const Spool *spool, Ledger *ledger);
/* Writes the mark of this store. */
int store_mark_write(const Spool *spool, Ledger *ledger);
