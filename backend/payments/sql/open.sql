-- Opening a deposit: every rule that parallel requests could pass together is looked at here, under
-- one lock per phone and one per user, in the transaction that inserts the row.

CREATE OR REPLACE FUNCTION deposit_open(
    p_user_id bigint, p_amount numeric, p_phone_number text, p_account_reference text,
    p_business_short_code text, p_token_hash text, p_prompt_open_seconds int,
    p_first_query_seconds double precision, p_daily_limit numeric, p_day_start timestamptz,
    p_day_end timestamptz, p_idempotency_id bigint, p_claim uuid, p_now timestamptz,
    OUT outcome text, OUT transaction_id bigint, OUT retry_after_s int
) LANGUAGE plpgsql AS $$
DECLARE
    v_open record;
    v_today numeric;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('deposit:phone:' || p_phone_number, 0));
    PERFORM pg_advisory_xact_lock(hashtextextended('deposit:user:' || p_user_id, 0));

    -- A process that stalled so long that its key was claimed anew must not push.
    IF p_idempotency_id IS NOT NULL THEN
        PERFORM 1 FROM payments_idempotencykey
          WHERE id = p_idempotency_id AND claim = p_claim FOR UPDATE;
        IF NOT FOUND THEN
            outcome := 'claim_lost';
            RETURN;
        END IF;
    END IF;

    SELECT txn.id, txn.user_id, txn.prompt_expires_at INTO v_open
      FROM payments_transaction AS txn
     WHERE txn.phone_number = p_phone_number AND txn.status = 'PENDING'
       AND txn.prompt_expires_at > p_now
     ORDER BY txn.prompt_expires_at DESC LIMIT 1;
    IF FOUND THEN
        outcome := 'deposit_in_progress';
        -- The number may have been somebody else's until a moment ago: no foreign id leaves here.
        transaction_id := CASE WHEN v_open.user_id = p_user_id THEN v_open.id END;
        retry_after_s := ceil(extract(epoch FROM v_open.prompt_expires_at - p_now));
        RETURN;
    END IF;

    SELECT coalesce(sum(txn.amount), 0) INTO v_today
      FROM payments_transaction AS txn
     WHERE txn.user_id = p_user_id AND txn.status IN ('PENDING', 'COMPLETED')
       AND txn.created_at >= p_day_start AND txn.created_at < p_day_end;
    IF v_today + p_amount > p_daily_limit THEN
        outcome := 'limit_exceeded';
        retry_after_s := greatest(ceil(extract(epoch FROM p_day_end - p_now)), 1);
        RETURN;
    END IF;

    INSERT INTO payments_transaction AS txn (
        user_id, type, amount, phone_number, status, description, created_at, updated_at,
        account_reference, business_short_code, callback_token_hash, prompt_expires_at,
        next_query_at
    ) VALUES (
        p_user_id, 'DEPOSIT', p_amount, p_phone_number, 'PENDING',
        'M-Pesa deposit of KSH ' || trunc(p_amount), p_now, p_now,
        p_account_reference, p_business_short_code, p_token_hash,
        p_now + make_interval(secs => p_prompt_open_seconds),
        p_now + make_interval(secs => p_first_query_seconds)
    ) RETURNING txn.id INTO transaction_id;
    IF p_idempotency_id IS NOT NULL THEN
        UPDATE payments_idempotencykey AS key SET transaction_id = deposit_open.transaction_id
         WHERE key.id = p_idempotency_id;
    END IF;
    outcome := 'opened';
END $$;

-- Claim an Idempotency-Key, or say what is known of it. `p_patience_seconds` is how long a claim
-- without an answer counts as under way; expired keys start anew.
CREATE OR REPLACE FUNCTION idempotency_claim(
    p_user_id bigint, p_key text, p_fingerprint text, p_claim uuid,
    p_patience_seconds double precision, p_lifetime_seconds double precision, p_now timestamptz,
    OUT outcome text, OUT idempotency_id bigint, OUT transaction_id bigint,
    OUT answer jsonb, OUT retry_after_s int
) LANGUAGE plpgsql AS $$
DECLARE
    v_key payments_idempotencykey%ROWTYPE;
BEGIN
    DELETE FROM payments_idempotencykey AS old
     WHERE old.user_id = p_user_id AND old.key = p_key
       AND old.created_at <= p_now - make_interval(secs => p_lifetime_seconds);
    INSERT INTO payments_idempotencykey
        (user_id, key, fingerprint, claim, claimed_at, created_at)
    VALUES (p_user_id, p_key, p_fingerprint, p_claim, p_now, p_now)
    ON CONFLICT (user_id, key) DO NOTHING
    RETURNING id INTO idempotency_id;
    IF idempotency_id IS NOT NULL THEN
        outcome := 'claimed';
        RETURN;
    END IF;

    SELECT * INTO v_key FROM payments_idempotencykey AS old
     WHERE old.user_id = p_user_id AND old.key = p_key FOR UPDATE;
    IF NOT FOUND THEN
        -- Released between our two looks: its answer was not one to keep.
        outcome := 'in_progress';
        retry_after_s := 1;
        RETURN;
    END IF;
    idempotency_id := v_key.id;
    transaction_id := v_key.transaction_id;
    IF v_key.fingerprint <> p_fingerprint THEN
        outcome := 'reused';
    ELSIF v_key.answer IS NOT NULL THEN
        outcome := 'replay';
        answer := v_key.answer;
    ELSIF v_key.claimed_at > p_now - make_interval(secs => p_patience_seconds) THEN
        outcome := 'in_progress';
        retry_after_s := greatest(1, ceil(extract(epoch FROM
            v_key.claimed_at + make_interval(secs => p_patience_seconds) - p_now)));
    ELSIF v_key.transaction_id IS NOT NULL THEN
        -- Its process died between push and answer: the deposit exists, and is never sent again.
        outcome := 'abandoned';
    ELSE
        -- Its process died before any deposit existed: nothing was sent.
        UPDATE payments_idempotencykey AS key SET claim = p_claim, claimed_at = p_now
         WHERE key.id = v_key.id;
        outcome := 'claimed';
    END IF;
END $$;
