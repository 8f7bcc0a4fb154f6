SELECT batch, at, uid, sha256, way FROM approval WHERE batch = :batch;
