SELECT currency, n, row_amount, amount, fee, net
FROM settled_total
WHERE batch = :batch
ORDER BY currency;
