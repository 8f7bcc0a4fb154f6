INSERT INTO payout(batch, newest_at) VALUES (:batch, :newest_at);
