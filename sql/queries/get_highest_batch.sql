SELECT MAX(id) AS id FROM batch;
