-- A row of a corrected file, and the row that it stands for: the first one, when it was corrected more
-- than once. So the batches together tell what became of every order.

CREATE TABLE mend(
        id INTEGER PRIMARY KEY,                 -- of the request
        root INTEGER NOT NULL
) STRICT;
CREATE INDEX mend_root ON mend(root);
CREATE INDEX batch_parent ON batch(parent);
