SELECT action, COUNT(*) AS n FROM instruction WHERE id > :after AND id < :end GROUP BY action;
