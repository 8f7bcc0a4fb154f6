INSERT INTO link(id, session, url) VALUES (:id, :session, :url)
ON CONFLICT(id) DO UPDATE SET session = IFNULL(excluded.session, session), url = IFNULL(excluded.url, url);
