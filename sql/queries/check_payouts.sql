SELECT 'the totals of payout file ' || batch || ' are not those of its lines' AS complaint
FROM (
        SELECT batch, currency, outcome, n, amount, fee, net, known, row_n, row_amount
        FROM payout_total
        WHERE n <> 0 OR amount <> 0 OR net <> 0
        EXCEPT
        SELECT
                batch, currency, outcome, COUNT(*), SUM(amount), SUM(fee), SUM(net), SUM(known),
                SUM(row_n), SUM(row_amount)
        FROM payout_line
        GROUP BY batch, currency, outcome)
LIMIT 1;
