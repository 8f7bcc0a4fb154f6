/* Harness, inside: what its three files share. */
#pragma once

#include "tests/flow/harness.h"

typedef struct FlowProcess {
        pid_t pid; /* 0: none */
        int pidfd;
} FlowProcess;

typedef struct FlowSetting {
        char *section, *key, *value;
} FlowSetting;

struct Flow {
        char *folder;
        FlowProcess daemon, sandbox, background, listener;
        bool keeps_notified;
        char *sandbox_url;
        const char *url;       /* NULL: the sandbox's */
        unsigned sandbox_port; /* 0: none yet */
        int ports[4];          /* sockets that keep a port for us, whoever listens there or not */
        size_t n_ports;
        bool finished; /* flow_good() was reached */
        bool errors_expected, stuck_expected;
        unsigned outputs; /* number of captured outputs so far */
        unsigned passes;
        unsigned deadline; /* seconds of one wait */
        FlowSetting settings[64];
        size_t n_settings;
        char *environment[16]; /* NAME=VALUE */
        size_t n_environment;
        const char *clock;              /* path; NULL: our clock is as it is */
        int64_t clock_shift, suspended; /* seconds */
        void **owned;
        size_t n_owned;
        json_t **documents;
        size_t n_documents;
};

void *flow_own(Flow *flow, void *memory); /* freed with the flow; fails the test on NULL */
void flow_process_end(FlowProcess *process, int signal, int *ret_status);
/* In the process that is to become this program. */
void flow_clock_environment(Flow *flow, const char *program);
/* What the daemon told systemd: kept, if it is wanted. Then the socket is read to the end. */
void flow_notify_add(Flow *flow, const char *text, size_t size);
void flow_notify_listen(Flow *flow, int socket);
/* Prints the logs of the programs. */
void flow_print_logs(Flow *flow);
