SELECT request, amount, currency FROM payment
WHERE paid_at BETWEEN :from AND :to AND status = 5;
