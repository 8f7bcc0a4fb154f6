SELECT holder FROM reference WHERE scope = :scope AND order_id = :order_id;
