-- Queued rows of batches that are held, or wait for their approval: they are shown as held.
SELECT ifnull(SUM(total.n), 0) AS n FROM batch
JOIN total ON total.batch = batch.id AND total.status = :queued
WHERE batch.state = :state AND batch.hold >= :hold;
