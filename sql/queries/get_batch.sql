SELECT
        batch.id, profile, run, live, scope, parent, file, maker_uid, source, source_gone, sha256,
        size, received_at, state, hold, api, rules, header, delimiter, encoding, bom, n_columns,
        loaded_offset, loaded_line, next_id, end_id, file_lines, results_at, changed_at, archived,
        note, declared, control
FROM batch
JOIN scope ON scope.id = batch.scope
JOIN batch_text ON batch_text.id = batch.id
WHERE batch.id = :id;
