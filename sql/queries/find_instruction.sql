SELECT 1 FROM instruction WHERE state < 3 AND id > :after AND id < :end LIMIT 1;
