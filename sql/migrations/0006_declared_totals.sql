-- The control totals that came with a file, and the .ctl files beside it that brought them: to be
-- compared, and removed, also after a restart.

ALTER TABLE batch_text ADD COLUMN declared TEXT NOT NULL DEFAULT '';
ALTER TABLE batch_text ADD COLUMN control TEXT NOT NULL DEFAULT '';
