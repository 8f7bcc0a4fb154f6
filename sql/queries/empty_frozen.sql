UPDATE frozen SET body = x'' WHERE request > :after AND request <= :last;
