/* What the parts of the service tell it, and what follows for the others. */
#include <errno.h>
#include <string.h>

#include "daemon/base/log.h"
#include "daemon/service/service_private.h"
#include "daemon/spool/store_mark.h"

int service_file(void *userdata, const SpoolFile *file) {
        Service *service = userdata;
        int r = service->stopping ? -EAGAIN : intake_take(service->intake, file);

        if (r > 0)
                turn_ask(service->turn);
        return r;
}

void service_wake(void *userdata) {
        Service *service = userdata;

        turn_ask(service->turn);
}

void service_changed(void *userdata, int64_t batch) {
        Service *service = userdata;
        int r = reporter_changed(service->reporter, batch);

        if (r < 0)
                log_message(MESSAGE_BATCH_TROUBLE, (LogPlace){ .batch = batch },
                            "the results of this batch cannot be written: %s", strerror(-r));
        if (service->options->once) /* it must not end before what is lost is noticed */
                service->look_for_lost = true;
}

void service_accepted(void *userdata, int64_t batch) {
        Service *service = userdata;
        int r = dispatcher_add(service->dispatcher, batch);

        if (r < 0)
                log_message(MESSAGE_BATCH_TROUBLE, (LogPlace){ .batch = batch },
                            "this batch cannot be sent: %s; it waits for the next start",
                            strerror(-r));
        canceller_look(service->canceller); /* it may bring instructions */
        service_changed(service, batch);
}

int service_close(void *userdata, int64_t batch) {
        Service *service = userdata;

        return reporter_close(service->reporter, batch);
}

void service_settled(void *userdata, int64_t batch) {
        Service *service = userdata;

        dispatcher_remove(service->dispatcher, batch);
}

void service_rewrite(void *userdata, int64_t batch) {
        Service *service = userdata;
        int r = reporter_rewrite(service->reporter, batch);

        if (r < 0)
                log_message(MESSAGE_RESULTS_TROUBLE, (LogPlace){ .batch = batch },
                            "cannot write the results of batch %lld again: %s", (long long) batch,
                            strerror(-r));
}

int service_is_written(void *userdata, int64_t batch) {
        const Service *service = userdata;

        return reporter_is_through(service->reporter, batch);
}

void service_mismatch(void *userdata) {
        Service *service = userdata;

        log_say(MESSAGE_HELD_MISMATCH,
                "the provider's list has a session with our key that is not the one asked for; nothing more is sent until `checkoutctl release --all`");
        dispatcher_hold_all(service->dispatcher, HOLD_REPLY_MISMATCH);
}

/* A person has asked for something of its rows. */
void service_reopened(void *userdata, int64_t batch) {
        Service *service = userdata;
        int r = dispatcher_add(service->dispatcher, batch);

        if (r < 0 && r != -EMEDIUMTYPE && r != -ENOKEY) /* not in play, and said at the start */
                log_message(MESSAGE_BATCH_TROUBLE, (LogPlace){ .batch = batch },
                            "this batch cannot be sent: %s", strerror(-r));
        dispatcher_touch(service->dispatcher, batch);
        canceller_look(service->canceller); /* its instructions may be allowed now */
        service_changed(service, batch);
}

void service_look(void *userdata) {
        Service *service = userdata;

        synchroniser_touch(service->synchroniser);
}

void service_begun(void *userdata) {
        Service *service = userdata;

        canceller_look(service->canceller);
}

int service_release_store(void *userdata) {
        const Service *service = userdata;

        return store_mark_write(service->spool, service->ledger);
}

int service_command(void *userdata, const Command *command, Buffer *answer) {
        Service *service = userdata;

        if (strcmp(command->verb, "approve") == 0)
                return approval_folder_ask(service->approvals, command, answer);
        if (strcmp(command->verb, "forget") == 0)
                return retention_forget_order(service->retention, command->argument, answer);
        return 0;
}
