/* checkoutctl approve: a second person lets a batch go. Who that is, is found out here; whether he
 * may, is the daemon's to say. */
#include <errno.h>
#include <inttypes.h>

#include "daemon/ctl/person.h"
#include "daemon/ctl/request.h"
#include "jobs/report/approval_text.h"

#define LOGIN_UID "/proc/self/loginuid"

/* `B000017`, or `B000017-3fd45dd10a99` as it stands in the ACK. */
static int append_argument(const char *text, Buffer *argument) {
        char digits[APPROVAL_DIGITS + 1] = "";
        int64_t batch = ctl_batch_of(text);

        if (batch == 0 && approval_read_name(text_of(text), &batch, digits) == 0)
                return ctl_usage("approve",
                                 "not a batch: %s; write it like B000017, or "
                                 "B000017-3fd45dd10a99 as in its ACK",
                                 text);
        if (buffer_printf(argument, "batch %" PRId64 "%s%s", batch, *digits ? " " : "", digits) < 0)
                return ctl_failed("approve", -ENOMEM);
        return EXIT_GOOD;
}

/* sudo says who; where the system knows who logged in, it must say the same. */
static int check_person(const char *store) {
        uid_t person = person_asking(store), login = person_of_login(LOGIN_UID);

        if (login == PERSON_NONE || login == person)
                return EXIT_GOOD;
        ctl_complain("user %lu is logged in here, and asks as user %lu; "
                     "approve under your own account",
                     (unsigned long) login, (unsigned long) person);
        return EX_NOPERM;
}

int ctl_approve(Ctl *ctl, int argc, char **argv) {
        enum { OPTION_NO_WAIT = OPTION_OWN };
        static const struct option options[] = {
                CTL_OPTIONS,
                { "no-wait", no_argument, NULL, OPTION_NO_WAIT },
                { NULL, 0, NULL, 0 },
        };
        CLEANUP(settings_free_p) Settings *settings = NULL;
        AUTO_BUFFER argument = BUFFER_EMPTY;
        Request request = { .verb = "approve", .wait = true };
        int c, r = EXIT_GOOD;

        while ((c = ctl_option(ctl, argc, argv, options, &r)) >= 0) {
                if (c == '?')
                        return r;
                request.wait = false;
        }
        if (argc - optind != 1)
                return ctl_usage("approve", "name one batch");
        r = append_argument(argv[optind], &argument);
        if (r == EXIT_GOOD)
                r = ctl_load_settings(ctl, &settings);
        if (r == EXIT_GOOD)
                r = check_person(settings->store.database);
        request.argument = argument.data;
        return r != EXIT_GOOD ? r : request_send(ctl, settings, &request);
}
