-- One that succeeded and is now said to have failed has kept its time: it counts, as in its row.
SELECT request, amount, currency FROM payment
WHERE paid_at BETWEEN :from AND :to;
