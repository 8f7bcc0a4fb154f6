SELECT currency, outcome, n, amount, fee, net, known, row_n, row_amount
FROM payout_total
WHERE batch = :batch AND n > 0
ORDER BY currency, outcome;
