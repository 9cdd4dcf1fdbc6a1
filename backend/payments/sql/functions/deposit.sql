-- Initiating a deposit: every rule that two parallel requests could both pass is checked here,
-- under one lock per customer and one per phone number, in the transaction that inserts the
-- deposit.

-- Insert a PENDING deposit, or return why it may not be opened. The customer's row is read again
-- and locked against changes, because the account may have been blocked or its tier changed since
-- the request was authenticated. `phone_number` is the one in that row; only this number may be
-- prompted. `p_push`: account_reference, business_short_code, callback_token_hash, and request_id and
-- traceparent, which release 0.1.0 does not send. `p_rules`:
-- payments.conf.DepositRules.as_json. `p_decision`: the verdict of the fraud rules
-- (risk.assessment), made a moment before from unlocked reads. Outcome: opened, or the code of the
-- first rule that was not kept, in the order of docs/api.md §3; `limit_amount` is the limit that
-- the amount would pass.
CREATE OR REPLACE FUNCTION deposit_initiate(
    p_user_id bigint, p_amount numeric, p_push jsonb, p_rules jsonb, p_idempotency_id bigint,
    p_claim uuid, p_decision jsonb, p_now timestamptz,
    OUT outcome text, OUT transaction_id bigint, OUT phone_number text, OUT retry_after_s int,
    OUT limit_amount bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_is_kyc_required boolean := p_rules ->> 'is_kyc_required';
    v_user record;
    v_until timestamptz;
    v_open record;
BEGIN
    -- A missing key would read as NULL, and a NULL limit would let every amount pass.
    IF NOT p_push ?& ARRAY['account_reference', 'business_short_code', 'callback_token_hash']
       OR NOT p_rules ?& ARRAY['phone_number_pattern', 'prompt_open_s', 'first_query_s',
                               'is_kyc_required', 'basic_tier', 'full_tier', 'prompt_guard'] THEN
        RAISE EXCEPTION 'deposit_initiate: a key of p_push or p_rules is missing'
            USING ERRCODE = 'KB002';
    END IF;
    PERFORM customer_lock(p_user_id);
    SELECT customer.is_active, customer.kyc_status, customer.tier, customer.phone_number INTO STRICT v_user
      FROM users_user AS customer WHERE customer.id = p_user_id FOR SHARE;
    phone_number := v_user.phone_number;
    PERFORM pg_advisory_xact_lock(hashtextextended('deposit:phone:' || phone_number, 0));

    -- Where this request stalled so long that another one has claimed its idempotency key, it must
    -- not push: the customer would get two prompts.
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
        WHEN v_is_kyc_required AND v_user.kyc_status <> 'VERIFIED' THEN 'kyc_required'
        WHEN v_until IS NOT NULL THEN 'self_excluded'
        WHEN phone_number !~ (p_rules ->> 'phone_number_pattern') THEN 'invalid_phone_number' END;
    IF outcome IS NOT NULL THEN
        retry_after_s := CASE WHEN outcome = 'self_excluded' THEN seconds_until(v_until, p_now) END;
        RETURN;
    END IF;

    SELECT txn.id, txn.user_id, txn.prompt_expires_at INTO v_open
      FROM payments_transaction AS txn
     WHERE txn.phone_number = v_user.phone_number AND txn.status = 'PENDING'
       AND txn.prompt_expires_at > p_now
       -- A prompt that would be open for longer was stored by a host whose clock was wrong. Ten
       -- minutes are more than clocks differ by otherwise.
       AND txn.prompt_expires_at <= p_now + interval '10 minutes'
           + make_interval(secs => (p_rules ->> 'prompt_open_s')::double precision)
     ORDER BY txn.prompt_expires_at DESC LIMIT 1;
    IF FOUND THEN
        outcome := 'deposit_in_progress';
        -- The number may have belonged to another customer until a moment ago: the id of another
        -- customer's deposit is not returned.
        transaction_id := CASE WHEN v_open.user_id = p_user_id THEN v_open.id END;
        retry_after_s := seconds_until(v_open.prompt_expires_at, p_now);
        RETURN;
    END IF;

    SELECT checked.outcome, checked.limit_amount, checked.until
      INTO outcome, limit_amount, v_until
      FROM deposit_check_amount(
          p_user_id, p_amount,
          p_rules -> CASE WHEN v_is_kyc_required AND v_user.tier = 'basic' THEN 'basic_tier'
                          ELSE 'full_tier' END,
          p_now) AS checked;
    IF outcome IS NULL THEN
        v_until := prompt_free_at(phone_number, p_amount,
                                  nullif(p_rules -> 'prompt_guard', 'null'), p_now);
        outcome := CASE WHEN v_until IS NOT NULL THEN 'rate_limited' END;
    END IF;
    IF outcome IS NOT NULL THEN
        retry_after_s := seconds_until(v_until, p_now);
        RETURN;
    END IF;

    -- A decision that refuses the deposit is stored, too: this function refuses with an outcome and
    -- raises no error, so its transaction commits.
    outcome := CASE p_decision ->> 'applied'
        WHEN 'deny' THEN 'risk_denied' WHEN 'review' THEN 'risk_review' END;
    IF outcome IS NOT NULL THEN
        PERFORM risk_decision_store(p_decision, p_user_id, p_amount, NULL, p_now);
        RETURN;
    END IF;

    INSERT INTO payments_transaction AS txn (
        user_id, type, amount, phone_number, status, description, created_at, updated_at,
        account_reference, business_short_code, callback_token_hash, request_id, traceparent,
        prompt_expires_at, next_query_at
    ) VALUES (
        p_user_id, 'DEPOSIT', p_amount, v_user.phone_number, 'PENDING',
        'M-Pesa deposit of KSH ' || trunc(p_amount), p_now, p_now,
        p_push ->> 'account_reference', p_push ->> 'business_short_code',
        p_push ->> 'callback_token_hash',
        coalesce(p_push ->> 'request_id', ''), coalesce(p_push ->> 'traceparent', ''),
        p_now + make_interval(secs => (p_rules ->> 'prompt_open_s')::double precision),
        p_now + make_interval(secs => (p_rules ->> 'first_query_s')::double precision)
    ) RETURNING txn.id INTO transaction_id;
    PERFORM risk_decision_store(p_decision, p_user_id, p_amount, transaction_id, p_now);
    IF p_idempotency_id IS NOT NULL THEN
        UPDATE payments_idempotencykey AS key SET transaction_id = deposit_initiate.transaction_id
         WHERE key.id = p_idempotency_id;
    END IF;
    outcome := 'opened';
END $$;
