INSERT INTO sqlite_sequence(name, seq)
SELECT 'batch', :highest WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'batch');
