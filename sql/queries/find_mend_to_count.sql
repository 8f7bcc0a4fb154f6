SELECT request.id, request.status, request.currency, request.amount
FROM (SELECT :root AS id UNION ALL SELECT id FROM mend WHERE root = :root) AS member
JOIN request ON request.id = member.id
ORDER BY :outcomes >> request.status & 1 DESC, request.id DESC
LIMIT 1;
