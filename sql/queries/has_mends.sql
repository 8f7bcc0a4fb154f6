SELECT EXISTS(SELECT 1 FROM mend_counted) AS has;
