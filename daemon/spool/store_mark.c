#include "daemon/spool/store_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "daemon/base/file_writer.h"
#include "daemon/base/log.h"
#include "jobs/base/digest.h"

#define NAME          ".store"
#define IDENTITY      "identity"
#define IDENTITY_SIZE 33 /* 16 bytes in hexadecimal */

typedef struct Mark {
        char identity[IDENTITY_SIZE];
        long long highest;
} Mark;

/* 1 read, 0 there is none. */
static int read_mark(const Spool *spool, Mark *ret_mark) {
        AUTO_CLOSE int fd = openat(spool_work(spool), NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        char text[128] = "";
        char *space, *end;
        ssize_t n;

        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        n = read(fd, text, sizeof(text) - 1);
        if (n < 0)
                return -errno;
        space = strchr(text, ' ');
        if (!space || space - text != IDENTITY_SIZE - 1)
                return -EBADMSG;
        memcpy(ret_mark->identity, text, IDENTITY_SIZE - 1);
        ret_mark->identity[IDENTITY_SIZE - 1] = '\0';
        errno = 0;
        ret_mark->highest = strtoll(space + 1, &end, 10);
        return errno != 0 || *end != '\n' || ret_mark->highest < 0 ? -EBADMSG : 1;
}

static int make_identity(Ledger *ledger, char **ret_identity) {
        uint8_t bytes[(IDENTITY_SIZE - 1) / 2];
        char text[IDENTITY_SIZE];
        int r;

        if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t) sizeof(bytes))
                return -EIO;
        digest_hex(bytes, sizeof(bytes), text);
        r = ledger_set_value(ledger, IDENTITY, text);
        if (r < 0)
                return r;
        *ret_identity = strdup(text);
        return *ret_identity ? 0 : -ENOMEM;
}

int store_mark_check(const Spool *spool, Ledger *ledger) {
        AUTO_FREE char *identity = NULL;
        int64_t highest = ledger_batch_highest(ledger);
        Mark mark;
        int there = read_mark(spool, &mark);
        int r = ledger_get_value(ledger, IDENTITY, &identity);

        if (r == 0)
                r = make_identity(ledger, &identity);
        if (r < 0 || there == 0 || highest < 0)
                return r < 0 ? r : highest < 0 ? (int) highest : 0;
        if (there == -EBADMSG) {
                log_say(MESSAGE_STORE_UNMARKED,
                        "work/" NAME
                        " cannot be read; is this the right spool? Sending is held until `checkoutctl release --store`");
                return 1;
        }
        if (there < 0)
                return there;
        r = ledger_batch_skip(ledger, mark.highest);
        if (r < 0)
                return r;
        if (strcmp(mark.identity, identity) != 0)
                log_say(MESSAGE_STORE_FOREIGN,
                        "the store is not the one that this spool was used with; it does not know what was sent. Sending is held until `checkoutctl release --store`");
        else if (mark.highest > highest)
                log_say(MESSAGE_STORE_OLDER,
                        "the store is older than its spool: it ends at batch %lld, batch %lld was recorded. It does not know what was sent since. Sending is held until `checkoutctl release --store`",
                        (long long) highest, mark.highest);
        else
                return 0;
        return 1;
}

int store_mark_write(const Spool *spool, Ledger *ledger) {
        AUTO_FREE char *identity = NULL;
        AUTO_BUFFER text = BUFFER_EMPTY;
        int64_t highest = ledger_batch_highest(ledger);
        int r = ledger_get_value(ledger, IDENTITY, &identity);

        if (r <= 0 || highest < 0)
                return r < 0 ? r : highest < 0 ? (int) highest : -ENOENT;
        r = buffer_printf(&text, "%s %lld\n", identity, (long long) highest);
        return r < 0 ? r : file_write(spool_work(spool), NAME, 0600, text.data, text.size);
}
