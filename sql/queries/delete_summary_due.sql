DELETE FROM summary_due WHERE batch = :batch AND n = :n;
