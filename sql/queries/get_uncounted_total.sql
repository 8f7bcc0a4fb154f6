SELECT n, amount FROM uncounted_total
WHERE batch = :batch AND currency = :currency AND status = :status;
