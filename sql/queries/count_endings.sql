SELECT state, reason, COUNT(*) AS n FROM ending WHERE command = :command GROUP BY state, reason;
