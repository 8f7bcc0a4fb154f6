SELECT
        mend.root, request.status, request.amount, request.currency, first.status AS root_status,
        first.amount AS root_amount, first.currency AS root_currency
FROM mend
JOIN request ON request.id = mend.id
JOIN request AS first ON first.id = mend.root
WHERE mend.root >= :first AND mend.root < :end
ORDER BY mend.root, mend.id;
