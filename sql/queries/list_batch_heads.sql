SELECT
        batch.id AS id, profile, run, live, parent, file, maker_uid, sha256, received_at, state, hold,
        file_lines, results_at, changed_at
FROM batch
CROSS JOIN scope ON scope.id = batch.scope
WHERE batch.id >= :from
ORDER BY batch.id;
