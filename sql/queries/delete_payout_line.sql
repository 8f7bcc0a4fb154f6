DELETE FROM payout_line WHERE batch = :batch AND line = :line;
