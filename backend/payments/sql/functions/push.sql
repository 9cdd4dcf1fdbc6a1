-- A push in two statements: push_start before Daraja is called; then push_accepted, push_unknown or
-- push_refused, which stores Daraja's answer. Each statement is its own transaction.

-- Claim the idempotency key, where the request has one, and initiate the deposit. Outcome: one of
-- deposit_initiate, or one of idempotency_claim except `claimed`. Where deposit_initiate refuses,
-- the claimed key is deleted, because nothing was sent. `p_claim`: idempotency_id and claim of a
-- key that is claimed already; or key, fingerprint, claim, patience_s and lifetime_s of one to
-- claim now; NULL: the request has no key.
CREATE OR REPLACE FUNCTION push_start(
    p_user_id bigint, p_amount numeric, p_push jsonb, p_rules jsonb, p_claim jsonb,
    p_decision jsonb, p_now timestamptz,
    OUT outcome text, OUT transaction_id bigint, OUT phone_number text, OUT retry_after_s int,
    OUT limit_amount bigint, OUT idempotency_id bigint, OUT answer jsonb
) LANGUAGE plpgsql AS $$
BEGIN
    -- The customer's lock is taken before the key's row, in the same order as in deposit_initiate,
    -- which locks both: no deadlock.
    PERFORM customer_lock(p_user_id);
    idempotency_id := p_claim ->> 'idempotency_id';
    IF p_claim IS NOT NULL AND idempotency_id IS NULL THEN
        IF NOT p_claim ?& ARRAY['key', 'fingerprint', 'claim', 'patience_s', 'lifetime_s'] THEN
            RAISE EXCEPTION 'push_start: a key of p_claim is missing' USING ERRCODE = 'KB002';
        END IF;
        SELECT claimed.outcome, claimed.idempotency_id, claimed.transaction_id, claimed.answer,
               claimed.retry_after_s
          INTO outcome, idempotency_id, transaction_id, answer, retry_after_s
          FROM idempotency_claim(
              p_user_id, p_claim ->> 'key', p_claim ->> 'fingerprint', (p_claim ->> 'claim')::uuid,
              (p_claim ->> 'patience_s')::double precision,
              (p_claim ->> 'lifetime_s')::double precision, p_now) AS claimed;
        IF outcome <> 'claimed' THEN
            RETURN;
        END IF;
    END IF;
    SELECT initiated.outcome, initiated.transaction_id, initiated.phone_number,
           initiated.retry_after_s, initiated.limit_amount
      INTO outcome, transaction_id, phone_number, retry_after_s, limit_amount
      FROM deposit_initiate(p_user_id, p_amount, p_push, p_rules, idempotency_id,
                            (p_claim ->> 'claim')::uuid, p_decision, p_now) AS initiated;
    IF outcome <> 'opened' AND p_claim IS NOT NULL THEN
        PERFORM idempotency_answer(
            p_claim || jsonb_build_object('idempotency_id', idempotency_id, 'answer', NULL));
    END IF;
END $$;

-- Daraja accepted the push: store its ids with the deposit, and the answer with the key. Returns
-- false where the deposit has another checkout_request_id already, from a callback that came first.
-- `p_ids`: checkout_request_id, merchant_request_id. `p_claim`: see idempotency_answer. `p_source`
-- (the customer and the request source): user_id, address_hash, device_hash.
CREATE OR REPLACE FUNCTION push_accepted(
    p_transaction_id bigint, p_ids jsonb, p_claim jsonb, p_source jsonb, p_now timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_is_stored boolean;
BEGIN
    UPDATE payments_transaction AS txn
       SET checkout_request_id = p_ids ->> 'checkout_request_id',
           merchant_request_id =
               coalesce(txn.merchant_request_id, p_ids ->> 'merchant_request_id'),
           updated_at = greatest(txn.updated_at, p_now)
     WHERE txn.id = p_transaction_id AND (
         txn.checkout_request_id IS NULL
         OR txn.checkout_request_id = p_ids ->> 'checkout_request_id');
    v_is_stored := FOUND;
    -- Stores the answer and the sighting, as after a push without a clear answer.
    PERFORM push_unknown(p_claim, p_source, p_now);
    RETURN v_is_stored;
END $$;

-- The push has no clear answer: the deposit stays PENDING. Store the answer with the key, and where
-- the request came from as a sighting. An error in storing the sighting is only a warning: it must
-- not undo the storing of the answer.
CREATE OR REPLACE FUNCTION push_unknown(p_claim jsonb, p_source jsonb, p_now timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM idempotency_answer(p_claim);
    BEGIN
        PERFORM risk_sighting_record(
            (p_source ->> 'user_id')::bigint, p_source ->> 'address_hash',
            p_source ->> 'device_hash', p_now);
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'the source of a push was not recorded: %', SQLERRM;
    END;
END $$;

-- Daraja rejected the push, or the push never reached it: the deposit becomes FAILED, unless it has
-- ended already or is under review. Store the answer with the key.
CREATE OR REPLACE FUNCTION push_refused(
    p_transaction_id bigint, p_result_code text, p_result_desc text, p_claim jsonb,
    p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE payments_transaction AS txn
       SET status = 'FAILED', result_code = p_result_code,
           result_desc = left(p_result_desc, 255), next_query_at = NULL, regular_query_at = NULL,
           updated_at = greatest(txn.updated_at, p_now)
     WHERE txn.id = p_transaction_id AND txn.status = 'PENDING' AND txn.review_reason IS NULL;
    PERFORM idempotency_answer(p_claim);
END $$;
