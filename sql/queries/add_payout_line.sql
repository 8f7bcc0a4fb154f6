INSERT INTO payout_line(
        batch, line, id, payment, kind, outcome, amount, fee, net, currency, created_at, request, known,
        row_n, row_amount)
VALUES (
        :batch, :line, :id, :payment, :kind, :outcome, :amount, :fee, :net, :currency, :created_at,
        :request, :known, :row_n, :row_amount);
