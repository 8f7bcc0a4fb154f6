-- 15: cancelled
SELECT
        reference.holder, reference.generation, held.status,
        held.content IS wanted.content AS same_content,
        held.status = 15 AND IFNULL(
                (SELECT code = :given_up FROM remark WHERE remark.id = held.id), 0) AS given_up
FROM reference
JOIN request AS held ON held.id = reference.holder
JOIN request AS wanted ON wanted.id = :row
WHERE reference.scope = :scope AND reference.order_id = :order_id;
