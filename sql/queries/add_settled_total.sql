INSERT INTO settled_total(batch, currency, n, row_amount, amount, fee, net)
VALUES (:batch, :currency, :n, :row_amount, :amount, :fee, :net);
