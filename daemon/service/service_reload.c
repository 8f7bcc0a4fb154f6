#include "daemon/service/service_reload.h"

#include <string.h>

#include "daemon/base/log.h"

static int find_one(void *userdata, const Batch *batch) {
        (void) userdata;
        (void) batch;
        return 1;
}

static bool is_final(Service *service) {
        unsigned states = 1U << BATCH_RECEIVED | 1U << BATCH_LOADING |
                          1U << BATCH_AWAITING_APPROVAL | 1U << BATCH_RUNNING;

        return ledger_batches(service->ledger, states, find_one, NULL) == 0;
}

/* One line at a time: each is an entry of the journal. */
static void say(char *complaint) {
        char *rest = complaint;
        const char *line;

        while (rest && (line = strsep(&rest, "\n")))
                if (*line != '\0')
                        log_say(MESSAGE_RELOAD_REFUSED, "%s", line);
        log_say(MESSAGE_RELOAD_REFUSED,
                "the settings are not reloaded; those read before stay in force");
}

static bool is_same_installation(Service *service, const Settings *settings, bool live) {
        if (strcmp(settings->provider.instance, service->settings->provider.instance) == 0 &&
            live == service->live)
                return true;
        if (is_final(service))
                return true;
        log_say(MESSAGE_RELOAD_REFUSED, "not reloaded: %s cannot change while rows are not final",
                live == service->live ? "[provider] instance"
                                      : "the mode of the key (test or live)");
        return false;
}

bool service_may_reload(Service *service) {
        CLEANUP(settings_free_p) Settings *settings = NULL;
        AUTO_FREE char *complaint = NULL;
        AUTO_FREE char *key = NULL;
        bool live = false;

        if (settings_load(service->options->config, &settings, &complaint) != 0) {
                say(complaint);
                return false;
        }
        if (!service_ids_are_real(settings) || service_read_key(settings, &key, &live) < 0) {
                log_say(MESSAGE_RELOAD_REFUSED,
                        "the settings are not reloaded; those read before stay in force");
                return false;
        }
        explicit_bzero(key, strlen(key));
        if (!is_same_installation(service, settings, live))
                return false;
        (void) settings_free(service->new_settings); /* asked for twice: the last ones count */
        service->new_settings = TAKE(settings);
        return true;
}
