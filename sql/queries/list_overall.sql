SELECT status, n FROM overall;
