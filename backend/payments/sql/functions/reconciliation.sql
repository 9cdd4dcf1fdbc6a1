-- Reconciliation: the worker's queue of status queries. Claiming a deposit moves its next query
-- into the future, so that no two workers query the same deposit, and the death of a worker only
-- delays its deposits by one wait.

-- Make a deposit's status query due now, because somebody says that there is something to learn: a
-- callback that proves nothing, or the customer. Once per polling interval, and the query is an
-- extra one: the regular query keeps its time (regular_query_at), so that no number of such calls
-- delays a deposit's queries or multiplies them, and the workers' common rate holds for it. Nothing
-- else is changed. A deposit with a payment in suspense, or with a decided case, is not queried
-- again; one without a next query only with `p_may_restart`. Returns whether it became due.
-- (least() ignores NULL: a query that was not planned becomes due now.)
CREATE OR REPLACE FUNCTION deposit_query_soon(
    p_transaction_id bigint, p_may_restart boolean, p_now timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE payments_transaction
       SET regular_query_at = next_query_at, next_query_at = least(next_query_at, p_now)
     WHERE id = p_transaction_id AND status <> 'COMPLETED' AND regular_query_at IS NULL
       AND coalesce(review_reason, '') NOT IN ('suspense', 'resolved', 'refunded')
       AND (p_may_restart OR next_query_at > p_now AND checkout_request_id IS NOT NULL);
    RETURN FOUND;
END $$;

-- Claim up to `p_limit` deposits whose status query is due, within the rate that all workers share.
-- The row of payments_querypace is a leaky bucket (GCRA): one query per `interval_s`, at most
-- `burst` at once. An extra query, made due by a hint, leaves the time of the regular one
-- unchanged. `p_pace`: payments.services.reconciliation.describe_pace.
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
    -- A missing key would read as NULL, and the rate would not be kept.
    IF NOT p_pace ?& ARRAY['interval_s', 'first_s', 'longest_s', 'burst', 'longest_rest_s'] THEN
        RAISE EXCEPTION 'deposit_claim_due: a key of p_pace is missing' USING ERRCODE = 'KB002';
    END IF;
    SELECT * INTO STRICT v_pace FROM payments_querypace WHERE id = 1 FOR UPDATE;
    -- A pause that ends later than the longest possible one was set by a process whose clock was
    -- wrong (ahead): it is ignored.
    IF v_pace.paused_until > p_now AND v_pace.paused_until
            <= p_now + make_interval(secs => (p_pace ->> 'longest_rest_s')::double precision) THEN
        RETURN;
    END IF;
    v_start := greatest(v_pace.next_slot_at, p_now);
    -- A process whose clock was ahead may have set next_slot_at too late. The wait is limited to
    -- the time that a full bucket takes, so that it cannot stop all workers for longer.
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
        last_query_at = greatest(p_now, txn.created_at),
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

-- Escalate to operators up to 500 deposits that are older than `p_after_s` and still have a status
-- query ahead, and up to 500 that nobody can ask about; return how many. Nobody can ask where the
-- push has no answer (its process died, or lost the answer): the deposit has no
-- checkout_request_id. Its prompt has ended a quarter of an hour ago, and a callback at its own
-- address would be here. Operators look for it in M-Pesa's statement; a later callback still credits
-- it. Each keeps its status: unknown is not failed. A FAILED deposit is
-- among them only where it was to be queried once more, because a callback reported a success or
-- its failure was not certain. A deposit whose query became due within the last hour is left to the
-- workers: a late callback may have made it due, and the rate or an outage may delay the query.
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
         -- This order uses the index of the deposits that have a next query. Ordered by id, the
         -- statement would scan all ended deposits.
         ORDER BY created_at LIMIT 500 FOR NO KEY UPDATE SKIP LOCKED
    ), unanswered AS (
        -- Deposits with a checkout_request_id are seldom so late: each query moves them on.
        SELECT id FROM payments_transaction
         WHERE next_query_at <= p_now - interval '15 minutes'
           AND prompt_expires_at <= p_now - interval '15 minutes'
           AND checkout_request_id IS NULL
         ORDER BY next_query_at LIMIT 500 FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE payments_transaction AS txn SET
        next_query_at = NULL,
        regular_query_at = NULL,
        updated_at = greatest(txn.updated_at, p_now),
        review_reason = coalesce(txn.review_reason, 'no_answer')
     WHERE txn.id IN (SELECT id FROM old UNION SELECT id FROM unanswered);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;

-- Record whether Daraja answered a status query. An answer resets the count of failures and ends
-- the pause. From the third failure in a row (no answer, or Daraja throttled us) all workers pause
-- for 5, 10, 20 ... seconds, at most `p_longest_rest_s`.
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
