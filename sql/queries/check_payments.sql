SELECT 'payment ' || id || ' belongs to no session' AS complaint
FROM payment
WHERE NOT EXISTS (
        SELECT 1 FROM session
        WHERE session.request = payment.request AND session.generation = payment.generation)
LIMIT 1;
