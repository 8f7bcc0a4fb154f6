SELECT payment, amount, currency FROM refund WHERE id = :id;
