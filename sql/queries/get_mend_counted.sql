SELECT mend_counted.root, request.id, request.status, request.currency, request.amount
FROM mend_counted
JOIN request ON request.id = mend_counted.id
WHERE mend_counted.root = ifnull((SELECT root FROM mend WHERE id = :row), :row);
