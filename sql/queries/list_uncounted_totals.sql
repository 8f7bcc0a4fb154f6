SELECT currency, status, n, amount FROM uncounted_total
WHERE batch = :batch AND n > 0
ORDER BY currency, status;
