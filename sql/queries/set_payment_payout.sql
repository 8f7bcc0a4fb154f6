UPDATE payment SET payout = :payout WHERE id = :id;
