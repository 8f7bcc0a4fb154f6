INSERT INTO batch(
        id, scope, parent, file, maker_uid, source, source_gone, sha256, size, received_at, state,
        hold, api, delimiter, encoding, bom, n_columns, loaded_offset, loaded_line, next_id, end_id,
        file_lines, results_at, changed_at, archived)
VALUES (
        :id, :scope, :parent, :file, :maker_uid, :source, :source_gone, :sha256, :size, :received_at,
        :state, :hold, :api, :delimiter, :encoding, :bom, :n_columns, :loaded_offset, :loaded_line,
        :next_id, :end_id, :file_lines, :results_at, :changed_at, :archived);
