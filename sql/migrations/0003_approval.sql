-- Who let a batch go that waited for a second person, when, and the digest of what was let go. The
-- maker is the batch's; a row here is never changed.
CREATE TABLE approval(
        batch INTEGER PRIMARY KEY REFERENCES batch,
        at INTEGER NOT NULL,
        uid INTEGER NOT NULL,
        sha256 BLOB NOT NULL CHECK(length(sha256) = 32),
        way INTEGER NOT NULL CHECK(way BETWEEN 1 AND 2)
) STRICT;
