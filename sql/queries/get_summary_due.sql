SELECT batch, n FROM summary_due ORDER BY batch LIMIT 1;
