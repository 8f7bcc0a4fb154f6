UPDATE finding SET over_at = :at WHERE kind = :kind AND subject = :subject AND over_at IS NULL;
