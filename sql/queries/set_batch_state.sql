-- Whatever a batch that waits for its approval (hold 1) becomes, it does not wait any more.
UPDATE batch SET state = :state, hold = CASE hold WHEN 1 THEN 0 ELSE hold END WHERE id = :id;
