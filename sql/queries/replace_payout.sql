UPDATE payout SET replaced_by = :by WHERE batch = :batch;
