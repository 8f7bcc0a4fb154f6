SELECT 'what was paid out for batch ' || batch || ' is not the sum of its lines' AS complaint
FROM (
        SELECT batch, currency, n, row_amount, amount, fee, net
        FROM settled_total
        WHERE n <> 0 OR amount <> 0 OR net <> 0
        EXCEPT
        SELECT
                request >> 32, currency, SUM(row_n), SUM(row_amount), SUM(amount), SUM(fee), SUM(net)
        FROM payout_line
        WHERE request IS NOT NULL
        GROUP BY request >> 32, currency)
LIMIT 1;
