UPDATE sqlite_sequence SET seq = MAX(seq, :highest) WHERE name = 'batch';
