-- Idempotency keys: one key, one prompt.

-- Claim an Idempotency-Key, or say what is known of it. `p_patience_seconds` is how long a claim
-- without an answer counts as under way; expired keys start again.
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
        -- Released between the two looks: its answer was not one to store.
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

-- Keep the answer under the key; with an answer of null let the key go, so that it starts again.
-- `p_claim`: idempotency_id, claim, answer; NULL: there is no key. A key that was claimed again
-- meanwhile is another request's.
CREATE OR REPLACE FUNCTION idempotency_answer(p_claim jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint := p_claim ->> 'idempotency_id';
    v_claim uuid := p_claim ->> 'claim';
BEGIN
    -- An answer that is not there would read as null, and a key that starts again prompts again.
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
