SELECT batch << 32 | line AS id FROM payout_line WHERE batch = :batch ORDER BY line LIMIT :max;
