/* What the daemon tells systemd, kept in FOLDER/notified by a process of its own: a socket that
 * nobody reads would block the daemon. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/flow/harness_internal.h"

static void write_or_die(int fd, const char *bytes, size_t size) {
        if (write(fd, bytes, size) != (ssize_t) size)
                _exit(1);
}

static void listen_for_ever(int socket, int file) {
        char text[4096];
        ssize_t n;

        while ((n = recv(socket, text, sizeof(text) - 1, 0)) >= 0) {
                text[n++] = '\n';
                write_or_die(file, text, (size_t) n);
        }
        _exit(0);
}

static int open_kept(Flow *flow) {
        int file =
                open(flow_path(flow, "notified"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

        assert_true(file >= 0);
        return file;
}

static void address_of(Flow *flow, struct sockaddr_un *ret_address) {
        *ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        (void) snprintf(ret_address->sun_path, sizeof(ret_address->sun_path), "%s",
                        flow_path(flow, "notify"));
}

void flow_keep_notified(Flow *flow) {
        flow->keeps_notified = true;
}

void flow_notify_add(Flow *flow, const char *text, size_t size) {
        AUTO_CLOSE int file = -1;

        if (!flow->keeps_notified)
                return;
        file = open_kept(flow);
        write_or_die(file, text, size);
        write_or_die(file, "\n", 1);
}

void flow_notify_listen(Flow *flow, int socket) {
        AUTO_CLOSE int file = open_kept(flow);

        flow_process_end(&flow->listener, SIGKILL, NULL); /* of a daemon before this one */
        flow->listener.pid = fork();
        assert_true(flow->listener.pid >= 0);
        if (flow->listener.pid == 0)
                listen_for_ever(socket, file);
        flow->listener.pidfd = pidfd_open(flow->listener.pid, 0);
        assert_true(flow->listener.pidfd >= 0);
}

char *flow_notified(Flow *flow) {
        return flow_read(flow, flow_path(flow, "notified"), NULL);
}

static size_t count_lines(const char *text, const char *line) {
        size_t n = 0, size = strlen(line);

        for (; text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL)
                n += strncmp(text, line, size) == 0 && (text[size] == '\n' || text[size] == '\0');
        return n;
}

typedef struct Wanted {
        const char *line;
        size_t times;
} Wanted;

static bool was_told(Flow *flow, const void *userdata) {
        const Wanted *wanted = userdata;

        return count_lines(flow_notified(flow), wanted->line) >= wanted->times;
}

void flow_wait_notified(Flow *flow, const char *line, size_t times) {
        size_t before = count_lines(flow_notified(flow), line);

        flow_wait(flow, was_told, &(Wanted){ line, before + times },
                  flow_text(flow, "%zu times %s", times, line));
}

void flow_mark_notified(Flow *flow, const char *line) {
        AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address;
        ssize_t n;

        address_of(flow, &address);
        assert_true(fd >= 0);
        n = sendto(fd, line, strlen(line), 0, (const struct sockaddr *) &address, sizeof(address));
        assert_int_equal(n, strlen(line));
        flow_wait(flow, was_told, &(Wanted){ line, 1 }, line);
}
