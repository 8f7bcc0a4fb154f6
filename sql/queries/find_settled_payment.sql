SELECT 1 FROM payment WHERE request = :request AND id <> :id AND payout IS NOT NULL LIMIT 1;
