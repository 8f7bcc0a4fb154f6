/* The wall clock of our programs, through the preloaded shim; that of the provider by its
 * control. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/flow/harness_internal.h"
#include "tests/flow/harness_orders.h"
#include "tests/flow/proof_shim.h"

void flow_clock_fake(Flow *flow) {
        const ShimClock none = { 0, 0 };

        assert_int_equal(flow->daemon.pid, 0);
        flow->clock = flow_path(flow, "clock");
        flow_write(flow, flow->clock, &none, sizeof(none));
}

void flow_clock_environment(Flow *flow, const char *program) {
        const char *asan = getenv("ASAN_OPTIONS");

        if (!flow->clock || strcmp(program, "checkoutd-sandbox") == 0)
                return;
        (void) setenv("LD_PRELOAD", TEST_BINARY_DIR "/tests/flow/libcheckoutd_shim.so", 1);
        (void) setenv("ASAN_OPTIONS",
                      flow_text(flow, "%s:verify_asan_link_order=0", asan ? asan : ""), 1);
        (void) setenv(SHIM_CLOCK, flow->clock, 1);
}

static void write_shift(Flow *flow, size_t offset, int64_t seconds) {
        AUTO_CLOSE int fd = open(flow->clock, O_WRONLY | O_CLOEXEC);
        int64_t microseconds = seconds * 1000000;

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, &microseconds, sizeof(microseconds), (off_t) offset),
                         sizeof(microseconds));
}

void flow_clock_shift(Flow *flow, int64_t seconds) {
        write_shift(flow, offsetof(ShimClock, wall), seconds);
        flow->clock_shift = seconds;
}

/* Back when it stands, or has ended. */
static void stop_daemon(const Flow *flow) {
        siginfo_t info;

        if (flow->daemon.pid <= 0)
                return;
        assert_int_equal(kill(flow->daemon.pid, SIGSTOP), 0);
        assert_int_equal(
                waitid(P_PID, (id_t) flow->daemon.pid, &info, WSTOPPED | WEXITED | WNOWAIT), 0);
}

static void move_clocks(Flow *flow, int64_t seconds, int64_t suspended) {
        stop_daemon(flow);
        flow_control(flow, "clock", flow_text(flow, "{\"advance\":%lld}", (long long) seconds));
        flow_clock_shift(flow, flow->clock_shift + seconds);
        flow->suspended += suspended;
        write_shift(flow, offsetof(ShimClock, boot), flow->suspended);
        if (flow->daemon.pid > 0)
                assert_int_equal(kill(flow->daemon.pid, SIGCONT), 0);
}

void flow_time_passes(Flow *flow, int64_t seconds) {
        move_clocks(flow, seconds, 0);
}

void flow_suspend(Flow *flow, int64_t seconds) {
        move_clocks(flow, seconds, seconds);
}
