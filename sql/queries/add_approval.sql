INSERT INTO approval(batch, at, uid, sha256, way)
SELECT id, :at, :uid, sha256, :way FROM batch WHERE id = :batch AND state = 3;
