#include "tests/flow/harness_approval.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void flow_need_root(void) {
        if (geteuid() != 0)
                skip();
}

void flow_put_as(Flow *flow, const char *path, unsigned uid, unsigned mode, const char *text) {
        const char *beside = flow_path(flow, "spool/put");

        flow_write(flow, beside, text, strlen(text));
        assert_int_equal(chown(beside, uid, (gid_t) -1), 0);
        assert_int_equal(chmod(beside, mode), 0);
        assert_int_equal(rename(beside, path), 0);
}

void flow_drop_as(Flow *flow, unsigned uid, unsigned mode, const char *name, const char *text) {
        flow_put_as(flow, flow_path(flow, "spool/incoming/%s", name), uid, mode, text);
}

char *flow_approving(Flow *flow, const char *name) {
        return flow_path(flow, "spool/incoming/approve/%s", name);
}

char *flow_approve_by_file(Flow *flow, unsigned uid, const char *name, const char *answer) {
        char *path = flow_path(flow, "spool/results/%s", answer);

        (void) unlink(path);
        flow_put_as(flow, flow_approving(flow, name), uid, 0644, "");
        (void) flow_wait_path(flow, "spool/results/%s", answer);
        flow_wait_gone(flow, flow_approving(flow, name));
        return flow_read(flow, path, NULL);
}

void flow_start_approving(Flow *flow) {
        flow_set(flow, "orders", "approval", "yes");
        flow_set(flow, "orders", "language", "en");
        flow_start(flow);
}

char *flow_asked_approval(Flow *flow, const char *stem) {
        char *ack = flow_ack(flow, stem), *begin = strstr(ack, "checkoutctl approve ");

        if (!begin)
                flow_fail(flow, "the ACK does not ask for an approval: %s", ack);
        begin += strlen("checkoutctl approve ");
        return flow_text(flow, "%.*s", (int) strcspn(begin, "\n"), begin);
}

char *flow_wait_approval(Flow *flow, const char *stem, const char *prefix, unsigned n) {
        flow_drop_as(flow, MAKER, 0640, flow_text(flow, "%s.csv", stem),
                     flow_orders(flow, prefix, n));
        return flow_asked_approval(flow, stem);
}

FlowOutput flow_approve(Flow *flow, unsigned uid, const char *what) {
        flow_environment(flow, "SUDO_UID", flow_text(flow, "%u", uid));
        return flow_ctl(flow, "approve", what, NULL);
}

void flow_assert_not_approved(const FlowOutput *output, const char *why) {
        assert_int_equal(output->exit_code, 1);
        assert_string_equal(output->out, "");
        flow_assert_contains(output->err, why);
}

void flow_assert_waits(Flow *flow, const char *id) {
        assert_string_equal(flow_string(flow_batch(flow, id), "state"), "awaiting_approval");
        assert_true(json_is_null(json_object_get(flow_batch(flow, id), "approval")));
        assert_int_equal(flow_sessions(flow), 0);
}

void flow_assert_approved(Flow *flow, const char *id, int64_t uid, const char *way) {
        const json_t *approval = json_object_get(flow_batch(flow, id), "approval");

        assert_true(json_is_object(approval));
        assert_int_equal(flow_integer(approval, "uid"), uid);
        assert_string_equal(flow_string(approval, "by"), way);
        assert_int_equal(strlen(flow_string(approval, "sha256")), 64);
        assert_true(*flow_string(approval, "at") != '\0');
}
