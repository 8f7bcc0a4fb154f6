SELECT 1
FROM payout_line
WHERE payment = :payment AND kind = :kind AND id = :id AND (batch, line) < (:batch, :line)
  AND (kind = 1 OR id <> payment OR (amount = :amount AND created_at IS :created_at))
LIMIT 1;
