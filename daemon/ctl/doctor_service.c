/* Does a daemon run with this store, and how does systemd see it? */
#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>

#include "daemon/base/lock.h"
#include "daemon/ctl/doctor.h"
#include "jobs/base/civil.h"

#define MANAGER "org.freedesktop.systemd1"
#define UNITS   "/org/freedesktop/systemd1/unit"

/* what systemd says of the unit; owns its strings */
typedef struct UnitFacts {
        char *load, *active, *result, *enabled;
        bool stale; /* its files changed, and systemd has not read them */
        uint32_t restarts;
} UnitFacts;

static void unit_facts_done(UnitFacts *facts) {
        free(facts->load);
        free(facts->active);
        free(facts->result);
        free(facts->enabled);
}

static void bus_done(sd_bus **bus) {
        (void) sd_bus_flush_close_unref(*bus);
}

/* --- asking systemd ------------------------------------------------------------------------- */

static int read_facts(sd_bus *bus, const char *path, UnitFacts *facts) {
        static const char unit[] = MANAGER ".Unit", service[] = MANAGER ".Service";
        int stale = 0;
        int r = sd_bus_get_property_string(bus, MANAGER, path, unit, "LoadState", NULL,
                                           &facts->load);

        if (r >= 0)
                r = sd_bus_get_property_string(bus, MANAGER, path, unit, "ActiveState", NULL,
                                               &facts->active);
        if (r >= 0)
                r = sd_bus_get_property_string(bus, MANAGER, path, unit, "UnitFileState", NULL,
                                               &facts->enabled);
        if (r >= 0)
                r = sd_bus_get_property_trivial(bus, MANAGER, path, unit, "NeedDaemonReload", NULL,
                                                'b', &stale);
        if (r >= 0)
                r = sd_bus_get_property_string(bus, MANAGER, path, service, "Result", NULL,
                                               &facts->result);
        if (r >= 0)
                r = sd_bus_get_property_trivial(bus, MANAGER, path, service, "NRestarts", NULL, 'u',
                                                &facts->restarts);
        facts->stale = stale != 0;
        return r < 0 ? r : 0;
}

static int ask_systemd(const char *unit, UnitFacts *facts) {
        CLEANUP(bus_done) sd_bus *bus = NULL;
        AUTO_FREE char *path = NULL;
        int r = sd_bus_open_system(&bus);

        if (r >= 0)
                r = sd_bus_set_method_call_timeout(bus, 5 * SECOND);
        if (r >= 0)
                r = sd_bus_path_encode(UNITS, unit, &path);
        return r < 0 ? r : read_facts(bus, path, facts);
}

/* --- judging -------------------------------------------------------------------------------- */

static bool is(const char *text, const char *wanted) {
        return text && strcmp(text, wanted) == 0;
}

static void judge_running(Doctor *doctor, const UnitFacts *facts) {
        const char *unit = doctor->unit;
        size_t before = doctor->n;

        if (facts->restarts > 0)
                doctor_say(doctor, DOCTOR_WARN, "service",
                           "Read in its journal why; `systemctl reset-failed` counts anew",
                           "%s was restarted %u times because it failed", unit, facts->restarts);
        if (facts->stale)
                doctor_say(doctor, DOCTOR_WARN, "service", "Run `systemctl daemon-reload`",
                           "the files of %s have changed, and systemd has not read them", unit);
        if (is(facts->enabled, "disabled"))
                doctor_say(doctor, DOCTOR_WARN, "service", "Run `systemctl enable` for it",
                           "%s does not start with the machine", unit);
        if (doctor_worst(doctor, before) == DOCTOR_OK)
                doctor_say(doctor, DOCTOR_OK, "service", NULL, "%s runs", unit);
}

static void judge_not_running(Doctor *doctor, const UnitFacts *facts) {
        static const char start[] = "Start it: `systemctl start checkoutd`";

        if (!doctor->unit || !is(facts->load, "loaded"))
                doctor_say(doctor, DOCTOR_FAIL, "service", start,
                           "no checkoutd works on this store");
        else if (is(facts->active, "failed"))
                doctor_say(doctor, DOCTOR_FAIL, "service",
                           "Read why with `journalctl -u`, mend it, and start it",
                           "%s has failed (%s)", doctor->unit, facts->result);
        else if (is(facts->active, "activating"))
                doctor_say(doctor, DOCTOR_FAIL, "service",
                           "Ask again in a moment; if it stays so, it fails and is started again "
                           "and again: read why with `journalctl -u`",
                           "%s is about to start", doctor->unit);
        else
                doctor_say(doctor, DOCTOR_FAIL, "service",
                           "Start it: `systemctl start` with its name", "%s is %s", doctor->unit,
                           facts->active ? facts->active : "not running");
}

/* The unit whose process it is; else it was started by hand, or by another service manager. */
static bool take_its_unit(Doctor *doctor) {
        AUTO_FREE char *unit = NULL;
        size_t size;

        if (doctor->pid <= 0 || sd_pid_get_unit(doctor->pid, &unit) < 0)
                return false;
        size = strlen(unit);
        if (size < 9 || strcmp(unit + size - 8, ".service") != 0)
                return false;
        free(doctor->unit);
        doctor->unit = TAKE(unit);
        return true;
}

static int look_for_daemon(Doctor *doctor) {
        AUTO_FREE char *lock = NULL;
        int r;

        if (asprintf(&lock, "%s.lock", doctor->settings->store.database) < 0)
                return -ENOMEM;
        r = lock_look(lock, &doctor->pid);
        doctor->runs = r > 0;
        return r;
}

void doctor_service(Doctor *doctor) {
        __attribute__((cleanup(unit_facts_done))) UnitFacts facts = { .load = NULL };
        int r = look_for_daemon(doctor);

        if (r < 0) {
                doctor_say(doctor, DOCTOR_FAIL, "service", "Look at it with `ls -l`",
                           "whether it runs cannot be told: %s.lock: %s",
                           doctor->settings->store.database, strerror(-r));
                return;
        }
        if (doctor->runs && !take_its_unit(doctor)) {
                doctor_say(doctor, DOCTOR_OK, "service", NULL,
                           "checkoutd runs (pid %d), not as a unit of systemd", (int) doctor->pid);
                return;
        }
        r = doctor->unit ? ask_systemd(doctor->unit, &facts) : -ENOENT;
        if (!doctor->runs)
                judge_not_running(doctor, &facts);
        else if (r < 0)
                doctor_say(doctor, DOCTOR_WARN, "service",
                           "Look with `systemctl status`; dbus may not be installed",
                           "%s runs; systemd cannot be asked about it: %s", doctor->unit,
                           strerror(-r));
        else
                judge_running(doctor, &facts);
}
