-- The same size, so that the bytes are overwritten where they lie. It is made smaller after that.
UPDATE cells SET raw = zeroblob(length(raw)) WHERE id > :after AND id <= :last;
