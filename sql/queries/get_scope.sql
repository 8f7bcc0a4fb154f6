SELECT id FROM scope WHERE profile = :profile AND run = :run AND live = :live;
