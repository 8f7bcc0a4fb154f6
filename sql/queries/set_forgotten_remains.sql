UPDATE forgotten SET remains = 1 WHERE batch = :batch AND pending = 1;
