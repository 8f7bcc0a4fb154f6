UPDATE payout_line
SET payment = :payment, kind = :kind, outcome = :outcome, currency = :currency, request = :request,
    known = :known, row_n = :row_n, row_amount = :row_amount
WHERE batch = :batch AND line = :line;
