#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ctl/verify.h"
#include "jobs/report/answer.h"
#include "sql/ledger_payout.h"

#define PROGRESS_ABOVE (8 * 1000 * 1000)

/* --- finding it ----------------------------------------------------------------------------- */

/* `B000017.<name>` in that folder, whatever the name. */
static int open_by_batch(const Verify *verify, const char *folder, int64_t batch, int *ret_fd) {
        AUTO_BUFFER path = BUFFER_EMPTY;
        char id[ANSWER_BATCH_SIZE], prefix[ANSWER_BATCH_SIZE + 1];
        struct dirent *entry;
        int fd = -ENOENT;
        DIR *directory;
        int r = buffer_printf(&path, "%s/%s", verify->settings->spool.directory, folder);

        if (r < 0)
                return r;
        directory = opendir(path.data);
        if (!directory)
                return -errno;
        (void) snprintf(prefix, sizeof(prefix), "%s.", answer_batch(batch, id));
        while (fd == -ENOENT && (entry = readdir(directory)))
                if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0) {
                        fd = openat(dirfd(directory), entry->d_name,
                                    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
                        if (fd < 0)
                                fd = -errno;
                }
        (void) closedir(directory);
        if (fd < 0)
                return fd;
        *ret_fd = fd;
        return 0;
}

/* The daemon's own copy, while the batch is not archived yet. */
static int open_work(const Verify *verify, const VerifyBatch *batch, int *ret_fd) {
        AUTO_BUFFER path = BUFFER_EMPTY;
        int r = buffer_printf(&path, "%s/work/%s.csv", verify->settings->spool.directory,
                              batch->source);

        if (r < 0)
                return r;
        r = open(path.data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (r < 0)
                return -errno;
        *ret_fd = r;
        return 0;
}

static int open_original(const Verify *verify, const VerifyBatch *batch, int *ret_fd) {
        int r;

        if (batch->state == BATCH_REFUSED)
                return open_by_batch(verify, "rejected", batch->id, ret_fd);
        r = open_by_batch(verify, "archive", batch->id, ret_fd);
        if (r != -ENOENT || batch->archived)
                return r;
        r = open_work(verify, batch, ret_fd);
        /* archived between the two looks */
        return r == -ENOENT ? open_by_batch(verify, "archive", batch->id, ret_fd) : r;
}

/* --- reading it ----------------------------------------------------------------------------- */

static int read_bytes(Verify *verify, const VerifyBatch *batch, int fd, Encoding forced,
                      FileFacts *ret_facts, uint8_t ret_sha256[static DIGEST_SIZE]) {
        CLEANUP(dialect_scan_free_p) DialectScan *scan = NULL;
        CLEANUP(digest_free_p) Digest *digest = NULL;
        static char block[256 * 1024];
        uint64_t offset = 0;
        int64_t n = 0;
        int r = dialect_scan_new(forced, &scan);

        if (r >= 0)
                r = digest_new(&digest);
        while (r >= 0 && (n = ctl_read_file(&fd, offset, block, sizeof(block))) > 0) {
                dialect_scan_add(scan, block, (size_t) n);
                r = digest_add(digest, block, (size_t) n);
                offset += (uint64_t) n;
                progress_draw(&verify->progress, (int64_t) offset / 2, (int64_t) batch->size);
        }
        if (r >= 0 && n < 0)
                r = (int) n;
        if (r < 0)
                return r;
        dialect_scan_end(scan, ret_facts);
        return digest_end(digest, ret_sha256);
}

static int read_orders(Verify *verify, const VerifyBatch *batch, int fd, const OrderRules *rules,
                       const FileFacts *facts) {
        CLEANUP(order_file_free_p) OrderFile *file = NULL;
        Tally tallies[CURRENCY_COUNT] = { { 0, 0 } };
        const Order *order;
        int64_t lines = 0;
        int r = order_file_open(rules, facts, batch->received_at, ctl_read_file, &fd, &file);

        if (r < 0)
                return r;
        while ((r = order_file_next(file, &order)) > 0) {
                Tally *tally = &tallies[order->currency];

                lines += order->rows;
                if (order->action == ORDER_CANCEL) /* no order: outside of the sums */
                        continue;
                tally->count++;
                tally->sum = money_add(tally->sum, order->amount);
                progress_draw(&verify->progress,
                              (int64_t) (batch->size + order_file_offset(file)) / 2,
                              (int64_t) batch->size);
        }
        if (r >= 0 && lines != batch->lines)
                r = verify_find_numbers(verify, batch->id, "lines of the original", batch->lines,
                                        lines);
        for (int c = 0; c < CURRENCY_COUNT && r >= 0; c++)
                r = verify_compare(verify, batch->id, "orders of the original", (Currency) c,
                                   batch->read[c], tallies[c]);
        return r;
}

typedef struct PayoutTally {
        int64_t lines, amount;
        bool replaced;
} PayoutTally;

static int add_payout_total(void *userdata, const PayoutTotal *total) {
        PayoutTally *tally = userdata;

        tally->lines += total->count;
        tally->amount += total->amount;
        return 0;
}

static int see_payout(void *userdata, const PayoutFacts *payout) {
        ((PayoutTally *) userdata)->replaced = payout->replaced_by != 0;
        return 1;
}

/* The lines of a payout file, beside the totals that the ledger keeps by outcome. */
static int read_payout(Verify *verify, const VerifyBatch *batch, int fd, const FileFacts *facts) {
        CLEANUP(settings_rules_free_p) OrderRules *rules = NULL;
        CLEANUP(payout_file_free_p) PayoutFile *file = NULL;
        PayoutTally kept = { 0 }, read = { 0 };
        const PayoutLine *line;
        int r = settings_payout_rules_of(batch->rules, &rules);

        if (r >= 0)
                r = payout_file_open(rules, facts, ctl_read_file, &fd, &file);
        while (r >= 0 && (r = payout_file_next(file, &line)) > 0) {
                read.lines++;
                read.amount += line->amount;
        }
        if (r >= 0)
                r = ledger_payouts(verify->ledger, batch->id - 1, 1, see_payout, &kept);
        if (r >= 0)
                r = ledger_payout_totals(verify->ledger, batch->id, add_payout_total, &kept);
        if (r < 0 || kept.replaced) /* of one that was corrected no line is kept */
                return r;
        if (kept.lines != read.lines)
                r = verify_find_numbers(verify, batch->id, "lines of the payout file", kept.lines,
                                        read.lines);
        if (r >= 0 && kept.amount != read.amount)
                r = verify_find_numbers(verify, batch->id, "sum of the payout file", kept.amount,
                                        read.amount);
        return r;
}

/* A file above max_file_size is refused unread. */
static bool was_hashed(const VerifyBatch *batch) {
        static const uint8_t nothing[DIGEST_SIZE];

        return memcmp(batch->sha256, nothing, DIGEST_SIZE) != 0;
}

static int look_at(Verify *verify, const VerifyBatch *batch, int fd) {
        CLEANUP(settings_rules_free_p) OrderRules *rules = NULL;
        char expected[DIGEST_HEX_SIZE], found[DIGEST_HEX_SIZE];
        uint8_t sha256[DIGEST_SIZE];
        FileFacts facts;
        int r = settings_rules_of(batch->rules, &rules);

        if (r == -EINVAL)
                return verify_find(verify, batch->id, "rules kept with the batch", "readable",
                                   "not understood");
        if (r >= 0)
                r = read_bytes(verify, batch, fd, rules->encoding, &facts, sha256);
        if (r < 0)
                return r;
        if (memcmp(sha256, batch->sha256, DIGEST_SIZE) != 0 && was_hashed(batch)) {
                digest_hex(batch->sha256, DIGEST_SIZE, expected);
                digest_hex(sha256, DIGEST_SIZE, found);
                return verify_find(verify, batch->id, "SHA-256 of the original", expected, found);
        }
        if (batch->state == BATCH_REFUSED)
                return 0;
        return verify_is_payout(batch) ? read_payout(verify, batch, fd, &facts)
                                       : read_orders(verify, batch, fd, rules, &facts);
}

int verify_file(Verify *verify, const VerifyBatch *batch) {
        AUTO_CLOSE int fd = -1;
        int r = open_original(verify, batch, &fd);

        if (r == -ENOMEM)
                return r;
        if (r == -ENOENT && batch->state == BATCH_REFUSED)
                return 0; /* given up before it was read, or not yet moved */
        if (r < 0)
                return verify_find(verify, batch->id, "the original file", "there", strerror(-r));
        if (batch->size > PROGRESS_ABOVE)
                progress_begin(&verify->progress, "reading the originals", PROGRESS_BYTES, 0);
        r = look_at(verify, batch, fd);
        progress_end(&verify->progress);
        if (r < 0 && r != -ENOMEM)
                return verify_find(verify, batch->id, "the original file", "readable",
                                   strerror(-r));
        return r;
}
