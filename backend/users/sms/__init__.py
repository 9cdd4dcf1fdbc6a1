"""SMS to customers: an outbox in the database, and the senders that the worker hands it to."""
