SELECT integrity_check AS complaint FROM pragma_integrity_check(1);
