UPDATE remark SET reason = '' WHERE id > :after AND id <= :last;
