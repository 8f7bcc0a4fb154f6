#include "tests/sandbox/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "jobs/base/civil.h"
#include "tests/sandbox/exchange.h"
#include "tests/sandbox/listener.h"

typedef struct Server {
        Sandbox *sandbox;
        Exchanges *exchanges;
        struct MHD_Daemon *daemon;
        Listener listener;
        int signals;
        int64_t up_at; /* monotonic; INT64_MAX: until told, 0: is up */
        bool resets;   /* takes connections and resets them */
        bool stopping;
} Server;

static int server_signals(void) {
        sigset_t set;

        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGTERM);
        (void) sigaddset(&set, SIGINT);
        (void) sigaddset(&set, SIGUSR1);
        (void) sigaddset(&set, SIGUSR2);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
                return -errno;

        int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int server_down(Server *server, int64_t until, bool resets) {
        server->up_at = until;
        server->resets = resets;
        exchanges_cut(server->exchanges);
        return resets ? 0 : listener_close(&server->listener);
}

static int server_up(Server *server) {
        server->up_at = 0;
        server->resets = false;
        return listener_reopen(&server->listener);
}

static int server_signal(Server *server) {
        struct signalfd_siginfo info;

        while (read(server->signals, &info, sizeof(info)) == (ssize_t) sizeof(info)) {
                int done = 0;

                if (info.ssi_signo == SIGUSR1)
                        done = server_down(server, INT64_MAX, false);
                else if (info.ssi_signo == SIGUSR2)
                        done = server_up(server);
                else
                        server->stopping = true;
                if (done < 0)
                        return done;
        }
        return 0;
}

static void server_accept(Server *server) {
        struct sockaddr_in address;
        socklen_t size = sizeof(address);
        int fd = 0;

        while ((fd = accept4(server->listener.fd, (struct sockaddr *) &address, &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                const struct linger at_once = { .l_onoff = 1 };
                const int yes = 1;

                if (server->resets) {
                        (void) setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
                        (void) close(fd);
                } else {
                        (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
                        /* Closes the socket itself when it cannot take it. */
                        (void) MHD_add_connection(server->daemon, fd, (struct sockaddr *) &address,
                                                  size);
                }
                size = sizeof(address);
        }
}

/* Being down begins after the reply to who asked for it was sent. */
static int server_heed(Server *server, int64_t now) {
        Sandbox *sandbox = server->sandbox;

        if (sandbox->down_for > 0) {
                int64_t until = now + (int64_t) (sandbox->down_for * (double) SECOND);

                sandbox->down_for = 0;
                return server_down(server, until, sandbox->down_with_reset);
        }
        if (server->up_at != 0 && now >= server->up_at)
                return server_up(server);
        return 0;
}

/* How long may be waited, in microseconds; negative: for ever. */
static int64_t server_patience(const Server *server, int64_t now, int64_t next_reply) {
        MHD_UNSIGNED_LONG_LONG milliseconds = 0;
        int64_t next = next_reply;

        if (server->up_at != 0 && server->up_at < next)
                next = server->up_at;
        if (MHD_get_timeout(server->daemon, &milliseconds) == MHD_YES && milliseconds < 86400000 &&
            now + (int64_t) milliseconds * 1000 < next)
                next = now + (int64_t) milliseconds * 1000;
        return next == INT64_MAX ? -1 : next > now ? next - now : 0;
}

static int server_wait(Server *server, int64_t patience) {
        const union MHD_DaemonInfo *http =
                MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
        struct pollfd fds[] = {
                { .fd = http->epoll_fd, .events = POLLIN },
                { .fd = server->signals, .events = POLLIN },
                { .fd = exchanges_hangup_fd(server->exchanges), .events = POLLIN },
                { .fd = server->listener.fd, .events = POLLIN },
        };
        const struct timespec timeout = { patience / SECOND, patience % SECOND * 1000 };

        if (ppoll(fds, ELEMENTS(fds), patience < 0 ? NULL : &timeout, NULL) < 0)
                return errno == EINTR ? 0 : -errno;
        if (fds[2].revents)
                exchanges_reap(server->exchanges);
        if (fds[3].revents)
                server_accept(server);
        return fds[1].revents ? server_signal(server) : 0;
}

static int server_turn(Server *server) {
        int64_t next_reply = 0;

        (void) MHD_run(server->daemon);

        int64_t now = clock_monotonic();
        bool woken = exchanges_wake_due(server->exchanges, now, &next_reply);
        int done = server_heed(server, now);
        if (done < 0)
                return done;

        int64_t patience = woken ? 0 : server_patience(server, now, next_reply);
        if (patience != 0 && server->sandbox->journal)
                (void) fflush(server->sandbox->journal);
        return server_wait(server, patience);
}

static int server_loop(Server *server) {
        int done = listener_open(&server->listener, server->sandbox->options->port);

        if (done < 0)
                return done;
        if (printf("listening on http://127.0.0.1:%u\n", server->listener.port) < 0 ||
            fflush(stdout) != 0)
                return -EIO;
        while (!server->stopping && done == 0)
                done = server_turn(server);
        return done;
}

int server_run(Sandbox *sandbox) {
        CLEANUP(exchanges_free_p) Exchanges *exchanges = exchanges_new(sandbox);
        AUTO_CLOSE int signals = server_signals();
        Server server = { .sandbox = sandbox,
                          .exchanges = exchanges,
                          .listener = LISTENER_NONE,
                          .signals = signals };

        if (!exchanges || signals < 0)
                return exchanges ? signals : -errno;
        server.daemon = exchanges_start(exchanges, sandbox->options->keep_alive);
        if (!server.daemon)
                return -EIO;

        int done = server_loop(&server);
        exchanges_drop(exchanges);
        (void) MHD_run(server.daemon);
        listener_done(&server.listener);
        MHD_stop_daemon(server.daemon);
        return done;
}
