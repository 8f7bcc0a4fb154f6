UPDATE batch
SET delimiter = :delimiter, encoding = :encoding, bom = :bom, n_columns = :n_columns,
        file_lines = :file_lines
WHERE id = :id;
