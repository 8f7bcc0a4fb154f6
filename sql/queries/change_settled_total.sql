UPDATE settled_total
SET n = n + :n, row_amount = row_amount + :row_amount, amount = amount + :amount, fee = fee + :fee,
    net = net + :net
WHERE batch = :batch AND currency = :currency;
