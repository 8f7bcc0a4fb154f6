SELECT text FROM value WHERE name = :name;
