SELECT batch FROM payout WHERE replaced_by = :by;
