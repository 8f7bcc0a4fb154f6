UPDATE cells SET raw = :raw WHERE id > :after AND id <= :last;
