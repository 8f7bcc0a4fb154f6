/* `checkoutctl doctor`: is everything as it must be? doctor.c is the command, the other files the
 * things that it looks at, each its own; what they find goes into one list. Private to doctor*.c.
 *
 *   settings, service, key, provider, tls, clock, folders, mount, space, store, sending, retention,
 *   approval, groups
 *
 * A thing that is good is said in one line too: what was looked at is to be seen. What is not good
 * has a remedy: what to do, for the person who has the rights to do it.
 */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include "daemon/ctl/ctl.h"

typedef enum DoctorState {
        DOCTOR_OK,
        DOCTOR_WARN, /* it works, and may not for long or not safely */
        DOCTOR_FAIL,
} DoctorState;

typedef struct DoctorFinding {
        const char *about; /* "settings", ... */
        DoctorState state;
        char *text;
        char *remedy; /* NULL: none is needed */
} DoctorFinding;

typedef struct Doctor {
        const Ctl *ctl;
        const Settings *settings;
        DoctorFinding *findings;
        size_t n;
        int error; /* 0, or -ENOMEM: the list is not whole */
        /* the daemon */
        bool runs;
        pid_t pid;  /* 0: it runs, but is not to be seen from here */
        char *unit; /* the unit it is, or would be; NULL: none */
        uid_t user; /* whom the store, and so the spool, belongs to */
} Doctor;

/* Adds a finding; `remedy` NULL: none is needed. */
void doctor_say(Doctor *doctor, DoctorState state, const char *about, const char *remedy,
                const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The worst that was found about that since the list had `n` entries. */
DoctorState doctor_worst(const Doctor *doctor, size_t n);

void doctor_service(Doctor *doctor); /* service: does it run, how does its unit fare */
void doctor_provider(
        Doctor *doctor); /* key, provider, tls, clock, approval: as the daemon sees it */
void doctor_folders(Doctor *doctor); /* folders, mount, groups */
void doctor_space(Doctor *doctor);
void doctor_store(Doctor *doctor); /* store, sending, retention */

/* Prints the tmpfiles.d(5) lines of profiles with a group. Gives the exit code. */
int doctor_tmpfiles(const Settings *settings);
