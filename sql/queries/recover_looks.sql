-- Looks that were under way ended with the run that began them: all that come are later ones.
UPDATE ending SET answered_in = 0 WHERE state = 3 AND request > 0 AND answered_in <> 0;
