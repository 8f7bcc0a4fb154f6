/* The store: whole, for nobody else, and is anything held? */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ctl/doctor.h"
#include "daemon/ctl/terminal.h"
#include "jobs/report/answer.h"
#include "sql/ledger_retention.h"

#define LARGE (256 << 20) /* bytes: more takes longer than one likes to wait without a word */

static void judge_file(Doctor *doctor) {
        const char *path = doctor->settings->store.database;
        struct stat st;

        if (stat(path, &st) == 0 && (st.st_mode & 077) != 0)
                doctor_say(doctor, DOCTOR_WARN, "store", "chmod 0600 it",
                           "%s: others may read what was sent, and to whom", path);
}

static void say_that_it_takes_a_while(const char *path) {
        struct stat st;

        if (terminal_is(STDERR_FILENO) && stat(path, &st) == 0 && st.st_size > LARGE)
                (void) fprintf(stderr, "looking through the store, %lld MiB\n",
                               (long long) st.st_size >> 20);
}

static void judge_integrity(Doctor *doctor, Ledger *ledger) {
        static const char remedy[] =
                "Stop checkoutd, keep a copy of it, and restore the last good backup; see "
                "FILES in checkoutd(8)";
        const char *path = doctor->settings->store.database;
        AUTO_FREE char *complaint = NULL;
        int r;

        say_that_it_takes_a_while(path);
        r = ledger_check(ledger, &complaint);
        if (r > 0 || r == -EUCLEAN)
                doctor_say(doctor, DOCTOR_FAIL, "store", remedy, "%s is damaged: %s", path,
                           complaint ? complaint : ledger_error_text(ledger));
        else if (r < 0)
                doctor_say(doctor, DOCTOR_FAIL, "store", "Look at the journal, then ask again",
                           "%s cannot be read: %s", path, strerror(-r));
        else
                doctor_say(doctor, DOCTOR_OK, "store", NULL, "%s is whole", path);
}

static void judge_hold(Doctor *doctor, Ledger *ledger) {
        Hold hold;
        int r = ledger_daemon_hold(ledger, &hold);

        if (r < 0)
                return; /* said with the store */
        if (hold == HOLD_NONE)
                doctor_say(doctor, DOCTOR_OK, "sending", NULL, "not held");
        else
                doctor_say(doctor, DOCTOR_WARN, "sending",
                           hold == HOLD_STORE
                                   ? "Look with `checkoutctl verify`, then `checkoutctl release "
                                     "--store`"
                                   : "See the journal for why; then `checkoutctl release --all`",
                           "all sending is held (%s)", hold_name(hold));
}

/* Said once in the journal, and true until somebody has looked. */
static void judge_remains(Doctor *doctor, Ledger *ledger) {
        char id[ANSWER_BATCH_SIZE];
        int64_t first = 0, next = 0;
        unsigned n = 0;

        while (ledger_next_remaining(ledger, next, &next) > 0) {
                first = n == 0 ? next : first;
                n++;
        }
        if (n > 0)
                doctor_say(doctor, DOCTOR_WARN, "retention",
                           "Remove what begins with its number in archive/ and rejected/, and has "
                           "it in its name in results/; the journal says why checkoutd cannot",
                           "files with personal data could not be removed: of %s%s",
                           answer_batch(first, id), n > 1 ? " and others" : "");
}

/* What ledger_open() said, for people. */
static void cannot_open(Doctor *doctor, int error) {
        const char *path = doctor->settings->store.database;

        if (error == -ENOENT)
                doctor_say(doctor, DOCTOR_FAIL, "store", "Start checkoutd, which makes it",
                           "there is no %s yet", path);
        else if (error == -EILSEQ)
                doctor_say(doctor, DOCTOR_FAIL, "store", "Install the version that was there",
                           "%s was made by a newer version", path);
        else if (error == -ESTALE)
                doctor_say(doctor, DOCTOR_FAIL, "store", "Restart checkoutd, which converts it",
                           "%s is of an older version", path);
        else
                doctor_say(doctor, DOCTOR_FAIL, "store",
                           "Stop checkoutd, keep a copy of it, and restore the last good backup",
                           "%s cannot be used: %s", path,
                           error == -EUCLEAN ? "damaged, or no store of checkoutd"
                                             : strerror(-error));
}

void doctor_store(Doctor *doctor) {
        CLEANUP(ledger_free_p) Ledger *ledger = NULL;
        int r = ledger_open(doctor->settings->store.database, LEDGER_READ, &ledger);

        judge_file(doctor);
        if (r < 0) {
                cannot_open(doctor, r);
                return;
        }
        judge_integrity(doctor, ledger);
        judge_hold(doctor, ledger);
        judge_remains(doctor, ledger);
}
