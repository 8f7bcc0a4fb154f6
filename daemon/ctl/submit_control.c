/* checkoutctl submit --count --sum: the control totals that go with a file, as a .ctl beside it. */
#include <errno.h>
#include <unistd.h>

#include "daemon/ctl/interrupt.h"
#include "daemon/ctl/submit.h"
#include "jobs/order/order_totals.h"

bool submit_control_add(Buffer *totals, const char *key, const char *value) {
        Currency currency;
        int64_t number;

        return order_totals_parse_number(text_of(value), &currency, &number) &&
               buffer_printf(totals, "%s = %s\n", key, value) >= 0;
}

int submit_control_write(const Submission *submission, int fd) {
        AUTO_BUFFER text = BUFFER_EMPTY;
        int r = buffer_append(&text, submission->totals->data, submission->totals->size);

        if (r >= 0)
                r = buffer_printf(&text, "sha256 = %s\n", submission->sha256);
        if (r >= 0)
                r = interrupt_write(fd, text.data, text.size);
        return r >= 0 && fsync(fd) < 0 ? -errno : r;
}
