SELECT amount, currency FROM request WHERE id = :id AND status = :status;
