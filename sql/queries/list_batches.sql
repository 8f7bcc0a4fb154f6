SELECT id FROM batch
WHERE state IN (:state_1, :state_2, :state_3, :state_4, :state_5, :state_6, :state_7)
ORDER BY id;
