/* When the store cannot be had: nothing is sent or recorded until it can be. */
#include <errno.h>

#include "daemon/base/log.h"
#include "daemon/service/service_private.h"
#include "jobs/base/civil.h"

#define BUSY_SAID (5 * SECOND)

/* Another program has the store for a moment, or forgot to end a transaction. Or the file is not
 * there any more: what is open has no name, and who goes on writing into it loses all of it. */
void service_store_trouble(Service *service, int error, int64_t now) {
        const char *path = service->settings->store.database;

        if (service->busy_since == 0)
                service->busy_since = now;
        if (service->busy_said == error ||
            (error == -EBUSY && now - service->busy_since < BUSY_SAID))
                return;
        service->busy_said = error;
        if (error == -EBUSY)
                log_say(MESSAGE_STORE_LOCKED,
                        "another program keeps the store locked; nothing is sent or recorded until it lets go");
        else
                log_say(MESSAGE_STORE_GONE,
                        "the store %s was removed or replaced while it is in use (%s); nothing is sent or recorded until it is back or checkoutd is restarted",
                        path, ledger_error_text(service->ledger));
}

void service_store_good(Service *service) {
        service->busy_since = 0;
        if (service->busy_said == -EBUSY)
                log_say(MESSAGE_STORE_UNLOCKED, "the store is free again");
        else if (service->busy_said < 0)
                log_say(MESSAGE_STORE_BACK, "the store is in its place again");
        service->busy_said = 0;
}
