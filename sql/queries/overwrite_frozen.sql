UPDATE frozen SET body = zeroblob(length(body)) WHERE request > :after AND request <= :last;
