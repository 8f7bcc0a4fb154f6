INSERT INTO payout_total(batch, currency, outcome, n, amount, fee, net, known, row_n, row_amount)
VALUES (:batch, :currency, :outcome, :n, :amount, :fee, :net, :known, :row_n, :row_amount);
