SELECT currency, status, amount FROM request
WHERE id > :after AND id < :end;
