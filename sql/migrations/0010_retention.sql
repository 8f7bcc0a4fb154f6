-- Which batch is to be forgotten next is found by an index, however many there have been: so in its own
-- row it stands whether it was. The same for those that are settled, and may be at their end.
ALTER TABLE batch ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0 CHECK(forgotten IN (0, 1));
UPDATE batch SET forgotten = 1 WHERE id IN (SELECT batch FROM forgotten WHERE what = 2);
CREATE INDEX batch_to_forget ON batch(max(changed_at, received_at))
        WHERE state IN (6, 7) AND archived = 1 AND forgotten = 0;
CREATE INDEX batch_resting ON batch(id) WHERE state = 5;

-- Pending only because some of its files could not be removed.
ALTER TABLE forgotten ADD COLUMN remains INTEGER NOT NULL DEFAULT 0 CHECK(remains IN (0, 1));
DROP INDEX forgotten_pending;
CREATE INDEX forgotten_pending ON forgotten(remains, batch) WHERE pending = 1;
