-- Whether a look tells of an ending is no question of clocks, which people set: it does when it was
-- begun after the answer was on disk. So the order of the transactions is kept, not the time.
ALTER TABLE ending ADD COLUMN answered_in INTEGER NOT NULL DEFAULT 0;   -- a transaction of this run; 0: of an earlier one
ALTER TABLE ending ADD COLUMN looked INTEGER NOT NULL DEFAULT 0 CHECK(looked IN (0, 1));
CREATE INDEX ending_looked ON ending(request) WHERE state = 3 AND looked = 1;

-- What waits for a look may have had it already.
UPDATE session SET next_look = 1
WHERE (request, generation) IN (SELECT request, generation FROM ending WHERE state = 3);
