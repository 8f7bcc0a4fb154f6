SELECT at, what, pending, remains FROM forgotten WHERE batch = :batch;
