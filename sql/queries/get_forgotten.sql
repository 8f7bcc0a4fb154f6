SELECT at, what, pending FROM forgotten WHERE batch = :batch;
