UPDATE payout_total
SET n = n + :n, amount = amount + :amount, fee = fee + :fee, net = net + :net,
    known = known + :known, row_n = row_n + :row_n, row_amount = row_amount + :row_amount
WHERE batch = :batch AND currency = :currency AND outcome = :outcome;
