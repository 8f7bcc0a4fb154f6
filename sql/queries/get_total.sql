SELECT n, amount FROM total
WHERE batch = :batch AND currency = :currency AND status = :status;
