-- Sessions that a person wants ended at the provider, and where that stands. Kept before anything
-- leaves, so that being killed loses nothing; numbers are those of the enums in ledger_ending.h.
CREATE TABLE ending(
        request INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        purpose INTEGER NOT NULL CHECK(purpose BETWEEN 1 AND 2),
        state INTEGER NOT NULL CHECK(state BETWEEN 1 AND 5),
        reason INTEGER NOT NULL CHECK(reason BETWEEN 0 AND 9),
        attempt INTEGER NOT NULL CHECK(attempt >= 1),   -- each has an idempotency key of its own
        key TEXT,                               -- frozen before its first byte leaves
        due_at INTEGER,
        first_asked_at INTEGER,
        answered_at INTEGER,                    -- a look after that tells
        command INTEGER,                        -- who asked, if it was by checkoutctl
        successor INTEGER,                      -- the row that has the reference then
        PRIMARY KEY(request, generation),
        CHECK((state = 1) = (due_at IS NOT NULL) AND (state <> 3 OR answered_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX ending_due ON ending(due_at) WHERE state = 1;
CREATE INDEX ending_asked ON ending(request) WHERE state = 2;
CREATE INDEX ending_look ON ending(request) WHERE state = 3;
CREATE INDEX ending_command ON ending(command) WHERE command IS NOT NULL;

-- What the rows of order files ask for besides sending: the links of other rows are to be ended. A
-- `cancel` is no row of `request` and stands in no total; a `reissue` is one too, and waits there.
CREATE TABLE instruction(
        id INTEGER PRIMARY KEY,                 -- batch << 32 | line
        lines INTEGER NOT NULL,
        order_id TEXT,
        action INTEGER NOT NULL CHECK(action BETWEEN 1 AND 2),
        state INTEGER NOT NULL CHECK(state BETWEEN 1 AND 4),
        target INTEGER,                         -- the row whose link is ended
        generation INTEGER,
        send_at INTEGER,                        -- of a reissue
        status INTEGER NOT NULL CHECK(status BETWEEN 1 AND 16), -- as it is shown
        code TEXT,
        reason TEXT
) STRICT;
CREATE INDEX instruction_open ON instruction(id) WHERE state < 3;
CREATE INDEX instruction_target ON instruction(target) WHERE state = 2;
