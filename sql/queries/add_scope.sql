INSERT INTO scope(profile, run, live) VALUES (:profile, :run, :live)
ON CONFLICT DO NOTHING;
