-- The hold stays: one that is past its waiting for an approval (hold 1) was never approved.
UPDATE batch SET state = :state WHERE id = :id;
