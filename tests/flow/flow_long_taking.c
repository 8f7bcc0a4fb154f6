/* Taking files, where the clock has to pass: reports after a minute, and the ten minutes of a file
 * that was found at the start without a line end. One daemon waits for all of it at once. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/flow/harness.h"

static const char cut_row[] = "order_id,amount,currency\nA-1,1500,CLP";

static void after_a_minute_and_after_ten(void **state) {
        Flow *flow = *state;
        const char *incoming = flow_path(flow, "spool/incoming");

        flow_set_deadline(flow, 15 * 60);
        flow_copy_in(flow, "cut.csv", cut_row);
        flow_start(flow);
        flow_drop(flow, "archive.zip", "PK\x03\x04 no workbook");
        flow_drop(flow, "notes", "order_id,amount,currency\nN-1,1,CLP\n");
        flow_write(flow, flow_path(flow, "other"), cut_row, strlen(cut_row));
        assert_int_equal(link(flow_path(flow, "other"), flow_text(flow, "%s/two.csv", incoming)),
                         0);
        flow_copy_in(flow, "secret.csv", cut_row);
        assert_int_equal(chmod(flow_text(flow, "%s/secret.csv", incoming), 0), 0);

        flow_assert_contains(
                flow_read(flow, flow_wait_path(flow, "spool/results/archive*.NACK.txt"), NULL),
                "E-FILE-ARCHIVE");
        flow_assert_contains(
                flow_read(flow, flow_wait_path(flow, "spool/results/notes*.NACK.txt"), NULL),
                "E-FILE-NAME");
        flow_wait_log(flow, "two.csv");
        flow_wait_log(flow, "secret.csv");
        assert_int_equal(flow_sessions(flow), 0);

        assert_int_equal(flow_count_status(flow_results(flow, "cut"), "open"), 1);
        flow_assert_contains(flow_ack(flow, "cut"), "10 min");
        flow_good(flow);
}

int main(void) {
        static const struct CMUnitTest tests[] = { FLOW(after_a_minute_and_after_ten) };

        return FLOW_RUN(tests);
}
