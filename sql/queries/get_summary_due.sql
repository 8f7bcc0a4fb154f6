SELECT batch, n FROM summary_due WHERE batch > :after ORDER BY batch LIMIT 1;
