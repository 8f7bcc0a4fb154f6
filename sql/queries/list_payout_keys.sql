SELECT batch << 32 | line AS id FROM payout_line WHERE payment = :payment ORDER BY batch, line LIMIT :max;
