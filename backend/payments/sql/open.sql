-- Opening a deposit: every rule that parallel requests could pass together is looked at here, under
-- one lock per customer and one per phone, in the transaction that inserts the row.

-- The customer's row is read anew, and kept from changing: what was true at the sign-in check may
-- have been switched off since. `phone_number` is the one on file now; only it may be prompted.
-- Outcome: opened, or why not, in the contract's order; `limit_amount` is what would be passed.
-- `p_decision` is what the fraud rules said (risk.assessment), on facts from a moment ago.
CREATE OR REPLACE FUNCTION deposit_open(
    p_user_id bigint, p_amount numeric, p_account_reference text, p_business_short_code text,
    p_token_hash text, p_prompt_open_seconds int, p_first_query_seconds double precision,
    p_is_kyc_required boolean, p_basic_max numeric, p_basic_daily numeric, p_full_max numeric,
    p_full_daily numeric, p_refusal_pauses int[], p_idempotency_id bigint, p_claim uuid,
    p_decision jsonb, p_now timestamptz,
    OUT outcome text, OUT transaction_id bigint, OUT phone_number text, OUT retry_after_s int,
    OUT limit_amount bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_user record;
    v_is_basic boolean;
    v_until timestamptz;
    v_open record;
BEGIN
    PERFORM customer_lock(p_user_id);
    SELECT person.is_active, person.kyc_status, person.tier, person.phone_number INTO STRICT v_user
      FROM users_user AS person WHERE person.id = p_user_id FOR SHARE;
    phone_number := v_user.phone_number;
    PERFORM pg_advisory_xact_lock(hashtextextended('deposit:phone:' || phone_number, 0));

    -- A process that stalled so long that its key was claimed anew must not push.
    IF p_idempotency_id IS NOT NULL THEN
        PERFORM 1 FROM payments_idempotencykey
          WHERE id = p_idempotency_id AND claim = p_claim FOR UPDATE;
        IF NOT FOUND THEN
            outcome := 'claim_lost';
            RETURN;
        END IF;
    END IF;

    SELECT own.blocked_until INTO v_until FROM own_limits_in_force(p_user_id, p_now) AS own;
    outcome := CASE
        WHEN NOT v_user.is_active THEN 'account_blocked'
        WHEN p_is_kyc_required AND v_user.kyc_status <> 'VERIFIED' THEN 'kyc_required'
        WHEN v_until IS NOT NULL THEN 'self_excluded'
        WHEN phone_number !~ '^254[17][0-9]{8}$' THEN 'invalid_phone_number' END;
    IF outcome IS NOT NULL THEN
        retry_after_s := CASE WHEN outcome = 'self_excluded' THEN seconds_until(v_until, p_now) END;
        RETURN;
    END IF;

    SELECT txn.id, txn.user_id, txn.prompt_expires_at INTO v_open
      FROM payments_transaction AS txn
     WHERE txn.phone_number = v_user.phone_number AND txn.status = 'PENDING'
       AND txn.prompt_expires_at > p_now
     ORDER BY txn.prompt_expires_at DESC LIMIT 1;
    IF FOUND THEN
        outcome := 'deposit_in_progress';
        -- The number may have been somebody else's until a moment ago: no foreign id leaves here.
        transaction_id := CASE WHEN v_open.user_id = p_user_id THEN v_open.id END;
        retry_after_s := seconds_until(v_open.prompt_expires_at, p_now);
        RETURN;
    END IF;

    v_is_basic := p_is_kyc_required AND v_user.tier = 'basic';
    SELECT refusal.outcome, refusal.limit_amount, refusal.until
      INTO outcome, limit_amount, v_until
      FROM deposit_refuse_amount(
          p_user_id, p_amount, CASE WHEN v_is_basic THEN p_basic_max ELSE p_full_max END,
          CASE WHEN v_is_basic THEN p_basic_daily ELSE p_full_daily END, p_now) AS refusal;
    IF outcome IS NULL THEN
        v_until := prompt_free_at(phone_number, p_amount, p_refusal_pauses, p_now);
        outcome := CASE WHEN v_until IS NOT NULL THEN 'rate_limited' END;
    END IF;
    IF outcome IS NOT NULL THEN
        retry_after_s := seconds_until(v_until, p_now);
        RETURN;
    END IF;

    -- Committed with the refusal, too: this function refuses by its outcome, not by an error.
    outcome := CASE p_decision ->> 'applied'
        WHEN 'deny' THEN 'risk_denied' WHEN 'review' THEN 'risk_review' END;
    IF outcome IS NOT NULL THEN
        PERFORM risk_store_decision(p_decision, p_user_id, p_amount, NULL, p_now);
        RETURN;
    END IF;

    INSERT INTO payments_transaction AS txn (
        user_id, type, amount, phone_number, status, description, created_at, updated_at,
        account_reference, business_short_code, callback_token_hash, prompt_expires_at,
        next_query_at
    ) VALUES (
        p_user_id, 'DEPOSIT', p_amount, v_user.phone_number, 'PENDING',
        'M-Pesa deposit of KSH ' || trunc(p_amount), p_now, p_now,
        p_account_reference, p_business_short_code, p_token_hash,
        p_now + make_interval(secs => p_prompt_open_seconds),
        p_now + make_interval(secs => p_first_query_seconds)
    ) RETURNING txn.id INTO transaction_id;
    PERFORM risk_store_decision(p_decision, p_user_id, p_amount, transaction_id, p_now);
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
