SELECT 'row ' || rowid || ' of ' || "table" || ' has no ' || parent AS complaint
FROM pragma_foreign_key_check
LIMIT 1;
