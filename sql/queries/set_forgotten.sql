INSERT INTO forgotten(batch, at, what, pending) VALUES(:batch, :at, :what, 1)
ON CONFLICT(batch) DO UPDATE
SET at = excluded.at, what = max(what, excluded.what), pending = 1, remains = 0;
