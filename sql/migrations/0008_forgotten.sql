-- Batches whose personal data was removed: 1 of some orders, and so their original; 2 of all.
-- While it is pending, files may still be there.
CREATE TABLE forgotten(
        batch INTEGER PRIMARY KEY REFERENCES batch,
        at INTEGER NOT NULL,
        what INTEGER NOT NULL CHECK(what BETWEEN 1 AND 2),
        pending INTEGER NOT NULL CHECK(pending IN (0, 1))
) STRICT;
CREATE INDEX forgotten_pending ON forgotten(batch) WHERE pending = 1;
