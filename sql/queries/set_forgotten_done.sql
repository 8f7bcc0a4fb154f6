UPDATE forgotten SET pending = 0, remains = 0 WHERE batch = :batch AND pending = 1;
