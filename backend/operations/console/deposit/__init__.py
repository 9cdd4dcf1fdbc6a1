"""The page of one deposit: what is known of it, what it means, what may be done about it."""
