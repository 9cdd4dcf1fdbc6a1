-- Reconciliation: the worker's queue of status queries. Claiming a deposit moves its next query on,
-- so that a worker that dies has lost nothing but one wait, and no two workers ask about the same
-- deposit.

-- Claim up to p_limit due deposits, within the rate that all workers share. The pace row is a
-- leaky bucket (GCRA): one query per `interval_s`, `burst` at once. A query that was expedited leaves
-- the regular one where it was. `p_pace`: payments.services.reconciliation.describe_pace.
CREATE OR REPLACE FUNCTION deposit_claim_due(p_limit int, p_pace jsonb, p_now timestamptz)
RETURNS TABLE (transaction_id bigint, checkout_request_id text) LANGUAGE plpgsql AS $$
DECLARE
    v_interval_s double precision := p_pace ->> 'interval_s';
    v_first_s double precision := p_pace ->> 'first_s';
    v_longest_s double precision := p_pace ->> 'longest_s';
    v_burst int := p_pace ->> 'burst';
    v_pace payments_querypace%ROWTYPE;
    v_start timestamptz;
    v_free int;
    v_claimed int;
BEGIN
    -- LIMIT NULL would be no limit.
    IF NOT p_pace ?& ARRAY['interval_s', 'first_s', 'longest_s', 'burst', 'longest_rest_s'] THEN
        RAISE EXCEPTION 'deposit_claim_due: a key of p_pace is missing' USING ERRCODE = 'KB002';
    END IF;
    SELECT * INTO STRICT v_pace FROM payments_querypace WHERE id = 1 FOR UPDATE;
    -- A rest that ends later than the longest one was set by a clock that ran ahead.
    IF v_pace.paused_until > p_now AND v_pace.paused_until
            <= p_now + make_interval(secs => (p_pace ->> 'longest_rest_s')::double precision) THEN
        RETURN;
    END IF;
    v_start := greatest(v_pace.next_slot_at, p_now);
    -- A clock that ran ahead must not stop everybody for longer than a full bucket takes.
    IF v_start > p_now + make_interval(secs => v_interval_s * v_burst) THEN
        v_start := p_now + make_interval(secs => v_interval_s * v_burst);
    END IF;
    v_free := v_burst - ceil(extract(epoch FROM v_start - p_now)::double precision
                             / v_interval_s);
    RETURN QUERY
    WITH due AS (
        SELECT txn.id, coalesce(txn.regular_query_at > p_now, false) AS is_extra
          FROM payments_transaction AS txn
         WHERE txn.next_query_at <= p_now AND txn.checkout_request_id IS NOT NULL
           AND txn.status <> 'COMPLETED'
         ORDER BY txn.next_query_at LIMIT greatest(least(p_limit, v_free), 0)
           FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE payments_transaction AS txn SET
        last_query_at = p_now,
        query_count = txn.query_count + CASE WHEN due.is_extra THEN 0 ELSE 1 END,
        next_query_at = CASE WHEN due.is_extra THEN txn.regular_query_at
            ELSE p_now + make_interval(secs => least(
                v_first_s * 2 ^ least(txn.query_count + 1, 20), v_longest_s)) END,
        regular_query_at = CASE WHEN due.is_extra THEN txn.regular_query_at END
      FROM due WHERE txn.id = due.id
    RETURNING txn.id, txn.checkout_request_id::text;
    GET DIAGNOSTICS v_claimed = ROW_COUNT;
    UPDATE payments_querypace
       SET next_slot_at = v_start + make_interval(secs => v_interval_s * v_claimed)
     WHERE id = 1;
END $$;

-- Hand deposits that are older than p_after_s and still without an answer to operators, 500 at most,
-- and return how many. They keep their status: unknown is not failed. A FAILED one is here only because it was to
-- be asked about once more: a success was claimed for it, or its failure was not certain. What became
-- due within the hour is left to the workers: a late result may have just come, while the rate or an
-- outage keeps them from asking.
CREATE OR REPLACE FUNCTION deposit_escalate(p_after_s double precision, p_now timestamptz)
RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_count int;
BEGIN
    WITH old AS (
        SELECT id FROM payments_transaction
         WHERE next_query_at IS NOT NULL
           AND created_at <= p_now - make_interval(secs => p_after_s)
           AND (checkout_request_id IS NULL
                OR next_query_at NOT BETWEEN p_now - make_interval(hours => 1) AND p_now)
         -- By the index of what is still asked about: by id, all ended deposits would be walked over.
         ORDER BY created_at LIMIT 500 FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE payments_transaction AS txn SET
        next_query_at = NULL,
        regular_query_at = NULL,
        updated_at = p_now,
        review_reason = coalesce(txn.review_reason, 'no_answer')
      FROM old WHERE txn.id = old.id;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;

-- Daraja answered: forget earlier failures. It did not, or throttled us: after three times in a
-- row rest for 5, 10, 20 ... at most p_longest_rest_s seconds.
CREATE OR REPLACE FUNCTION query_pace_report(
    p_is_answer boolean, p_longest_rest_s int, p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_is_answer THEN
        UPDATE payments_querypace SET failures_in_a_row = 0, paused_until = NULL
         WHERE id = 1 AND (failures_in_a_row > 0 OR paused_until IS NOT NULL);
        RETURN;
    END IF;
    UPDATE payments_querypace SET
        failures_in_a_row = failures_in_a_row + 1,
        paused_until = CASE WHEN failures_in_a_row + 1 >= 3 THEN p_now + make_interval(
            secs => least(5 * 2 ^ least(failures_in_a_row - 2, 10), p_longest_rest_s)) END
     WHERE id = 1;
END $$;
