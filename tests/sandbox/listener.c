#include "tests/sandbox/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "jobs/base/cleanup.h"

#define BACKLOG 1024

/* Two sockets may be bound to one port as long as neither listens; then one of them may. */
static int bound_socket(uint16_t port) {
        AUTO_CLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const struct sockaddr_in address = { .sin_family = AF_INET,
                                             .sin_port = htons(port),
                                             .sin_addr = { htonl(INADDR_LOOPBACK) } };
        const int yes = 1;

        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
            bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        return take_fd(&fd);
}

int listener_reopen(Listener *listener) {
        if (listener->fd >= 0)
                return 0;

        AUTO_CLOSE int fd = bound_socket(listener->port);
        if (fd < 0)
                return fd;
        if (listen(fd, BACKLOG) < 0)
                return -errno;
        listener->fd = take_fd(&fd);
        return 0;
}

int listener_open(Listener *listener, uint16_t port) {
        struct sockaddr_in address = { 0 };
        socklen_t size = sizeof(address);
        int holder = bound_socket(port);

        if (holder < 0)
                return holder;
        *listener = (Listener){ -1, holder, 0 };
        if (getsockname(holder, (struct sockaddr *) &address, &size) < 0)
                return -errno;
        listener->port = ntohs(address.sin_port);
        return listener_reopen(listener);
}

int listener_close(Listener *listener) {
        if (listener->fd < 0)
                return 0;

        int closed = close(listener->fd);
        listener->fd = -1;
        return closed < 0 ? -errno : 0;
}

void listener_done(Listener *listener) {
        (void) listener_close(listener);
        if (listener->holder >= 0)
                (void) close(listener->holder);
        *listener = LISTENER_NONE;
}
