INSERT INTO command(at, uid, verb, argument) VALUES (:at, :uid, :verb, :argument);
