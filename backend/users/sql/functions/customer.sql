-- Lock one customer (an advisory lock) until the transaction ends. Code that changes a customer's
-- limits and code that checks them takes this lock first, so that no push that is being checked can
-- exceed a cap that is lowered at the same time.
CREATE OR REPLACE FUNCTION customer_lock(p_user_id bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('deposit:user:' || p_user_id, 0));
END $$;
