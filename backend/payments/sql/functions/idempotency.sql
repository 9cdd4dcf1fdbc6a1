-- Idempotency keys: requests with the same key send one prompt at most.

-- Claim an idempotency key for this request, or return what the first request with it came to. A
-- claim without an answer counts as under way for `p_patience_seconds`. A key older than
-- `p_lifetime_seconds` is deleted first, so that it can be claimed again. Outcome: claimed, reused
-- (the key came with another fingerprint before), replay (`answer` is the stored one), in_progress,
-- or abandoned (a deposit without a stored answer).
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
        -- The key was released between INSERT and SELECT: the first request sent nothing. The
        -- client may try again in a second.
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
    ELSIF v_key.claimed_at > p_now - make_interval(secs => p_patience_seconds)
          -- No claim can have a later time than that, unless a clock was wrong: such a claim is
          -- void.
          AND v_key.claimed_at <= p_now + make_interval(secs => p_patience_seconds) THEN
        outcome := 'in_progress';
        retry_after_s := greatest(1, ceil(extract(epoch FROM
            v_key.claimed_at + make_interval(secs => p_patience_seconds) - p_now)));
    ELSIF v_key.transaction_id IS NOT NULL THEN
        -- The first request's process died before it stored an answer. Its deposit exists, and the
        -- prompt may be on the phone: it is never pushed again.
        outcome := 'abandoned';
    ELSE
        -- The first request's process died before it inserted a deposit: nothing was sent.
        UPDATE payments_idempotencykey AS key SET claim = p_claim, claimed_at = p_now
         WHERE key.id = v_key.id;
        outcome := 'claimed';
    END IF;
END $$;

-- Store the answer with its idempotency key; where the answer is null, delete the key, so that it
-- can be claimed again. `p_claim`: idempotency_id, claim, answer; NULL: the request has no key. A
-- key that another request has claimed meanwhile is not changed.
CREATE OR REPLACE FUNCTION idempotency_answer(p_claim jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint := p_claim ->> 'idempotency_id';
    v_claim uuid := p_claim ->> 'claim';
BEGIN
    -- A missing answer would read as null and delete the key; a repeated request would then send a
    -- second prompt.
    IF NOT p_claim ?& ARRAY['idempotency_id', 'claim', 'answer'] THEN
        RAISE EXCEPTION 'idempotency_answer: a key of p_claim is missing' USING ERRCODE = 'KB002';
    END IF;
    IF p_claim -> 'answer' = 'null' THEN
        DELETE FROM payments_idempotencykey AS key WHERE key.id = v_id AND key.claim = v_claim;
    ELSE
        UPDATE payments_idempotencykey AS key SET answer = p_claim -> 'answer'
         WHERE key.id = v_id AND key.claim = v_claim;
    END IF;
END $$;
