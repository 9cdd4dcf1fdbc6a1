-- Take the lock of one customer until the transaction ends. Whatever changes what a customer may
-- deposit, and whatever makes use of it, takes this first, so that a cap that was lowered is never
-- passed by a push under way.
CREATE OR REPLACE FUNCTION customer_lock(p_user_id bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('deposit:user:' || p_user_id, 0));
END $$;
