SELECT kind, n FROM finding_total WHERE batch = :batch AND n > 0 ORDER BY kind;
