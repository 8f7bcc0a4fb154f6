INSERT OR FAIL INTO cells(id, raw) SELECT id, raw FROM new_row;
