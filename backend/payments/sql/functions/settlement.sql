-- Settling: the only place where a deposit's status and a wallet meet. Whichever way an outcome
-- arrives (callback, query, an operator), it goes through these functions under the deposit's row
-- lock, so that twice, late or at the same time ends in one credit. Times are passed in.
--
-- `stk_result` is what M-Pesa reported, by its own names; NULL where it left something out.
-- `is_final` false: the prompt is still open. `is_certain` false: a failure that may yet turn out
-- to have been paid (payments.daraja.result_codes.UNCERTAIN_FAILURES).

-- Register a receipt for a deposit. False: it was registered before, for whichever deposit.
CREATE OR REPLACE FUNCTION receipt_register(
    p_receipt text, p_transaction_id bigint, p_now timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO payments_receipt (number, transaction_id, booked_at)
    VALUES (p_receipt, p_transaction_id, p_now) ON CONFLICT (number) DO NOTHING;
    RETURN FOUND;
END $$;

-- Say whether a checkout_request_id cannot be this deposit's: it has another one, or another deposit
-- has this one. Answered here, so that a result with a foreign id does not break on the unique index.
CREATE OR REPLACE FUNCTION deposit_is_foreign_checkout(
    p_txn payments_transaction, p_checkout_request_id text
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_txn.checkout_request_id IS NOT NULL
            THEN p_txn.checkout_request_id <> p_checkout_request_id
        ELSE EXISTS (SELECT 1 FROM payments_transaction AS other
                      WHERE other.checkout_request_id = p_checkout_request_id) END
$$;

-- Credit the customer and complete the deposit. The caller holds the row lock. The entry's key is
-- the deposit's, so that no second credit can exist. The wallet is locked last, by the posting.
-- `p_result` of a query has neither receipt nor ids.
CREATE OR REPLACE FUNCTION deposit_credit(
    p_txn payments_transaction, p_result stk_result, p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_clearing_id bigint := ledger_system_account('mpesa:' || p_txn.business_short_code, 'clearing');
    v_wallet_id bigint := ledger_customer_account(p_txn.user_id);
    v_entry_id bigint;
BEGIN
    v_entry_id := ledger_post('deposit:' || p_txn.id, v_clearing_id, v_wallet_id,
                              p_txn.amount, p_txn.description, p_now);
    UPDATE payments_transaction SET
        status = 'COMPLETED',
        credit_entry_id = v_entry_id,
        completed_at = p_now,
        updated_at = p_now,
        mpesa_receipt_number = p_result.mpesa_receipt_number,
        checkout_request_id = coalesce(checkout_request_id, p_result.checkout_request_id),
        merchant_request_id = coalesce(merchant_request_id, p_result.merchant_request_id),
        result_code = '0',
        result_desc = left(coalesce(p_result.result_desc, ''), 255),
        next_query_at = NULL, regular_query_at = NULL,
        review_reason = CASE WHEN EXISTS (
            SELECT 1 FROM payments_suspensecase
             WHERE transaction_id = p_txn.id AND status = 'OPEN') THEN 'suspense' END
    WHERE id = p_txn.id;
END $$;

-- A success that names amount and receipt (a callback at the deposit's own address).
CREATE OR REPLACE FUNCTION deposit_settle_success(
    p_txn payments_transaction, p_result stk_result, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    -- What a query credited is registered already, whatever id or amount its receipt comes with.
    -- That was one payment: with a second receipt comes money that is nowhere yet.
    v_is_new_money boolean := p_txn.status <> 'COMPLETED'
        OR p_txn.mpesa_receipt_number IS NOT NULL
        OR EXISTS (SELECT 1 FROM payments_receipt WHERE transaction_id = p_txn.id);
BEGIN
    IF p_txn.mpesa_receipt_number = p_result.mpesa_receipt_number
       AND p_txn.amount = p_result.amount THEN
        RETURN 'duplicate';
    END IF;
    IF deposit_is_foreign_checkout(p_txn, p_result.checkout_request_id) THEN
        RETURN suspense_hold(p_txn, 'checkout_mismatch', p_result, v_is_new_money, p_now);
    END IF;
    IF p_txn.mpesa_receipt_number IS NOT NULL THEN
        RETURN suspense_hold(p_txn, 'second_payment', p_result, true, p_now);
    END IF;
    IF p_txn.amount <> p_result.amount THEN
        RETURN suspense_hold(p_txn, 'amount_mismatch', p_result, v_is_new_money, p_now);
    END IF;
    IF NOT receipt_register(p_result.mpesa_receipt_number, p_txn.id, p_now) THEN
        RETURN suspense_hold(p_txn, 'receipt_used', p_result, false, p_now);
    END IF;
    IF p_txn.status = 'COMPLETED' THEN
        UPDATE payments_transaction
           SET mpesa_receipt_number = p_result.mpesa_receipt_number, updated_at = p_now
         WHERE id = p_txn.id;
        RETURN 'applied';
    END IF;
    PERFORM deposit_credit(p_txn, p_result, p_now);
    RETURN 'applied';
END $$;

-- A clear failure. It never undoes a success, and leaves alone what is held in suspense. A failure
-- that is not certain keeps its next query (docs/daraja.md §5: queries have denied what was paid);
-- the answer to that query is final (deposit_settle_query).
CREATE OR REPLACE FUNCTION deposit_settle_failure(
    p_txn payments_transaction, p_result stk_result, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF deposit_is_foreign_checkout(p_txn, p_result.checkout_request_id)
       OR p_txn.status = 'COMPLETED' OR p_txn.review_reason IN ('suspense', 'resolved') THEN
        RETURN 'mismatched';
    END IF;
    IF p_txn.status = 'FAILED' THEN
        RETURN 'duplicate';
    END IF;
    UPDATE payments_transaction SET
        status = 'FAILED',
        updated_at = p_now,
        checkout_request_id = coalesce(checkout_request_id, p_result.checkout_request_id),
        merchant_request_id = coalesce(merchant_request_id, p_result.merchant_request_id),
        result_code = p_result.result_code,
        result_desc = left(coalesce(p_result.result_desc, ''), 255),
        next_query_at = CASE WHEN NOT coalesce(p_result.is_certain, false)
            THEN coalesce(regular_query_at, next_query_at) END,
        regular_query_at = NULL,
        review_reason = NULL
    WHERE id = p_txn.id;
    RETURN 'applied';
END $$;

-- An unauthenticated or incomplete callback never moves money. It only makes the next status query
-- due now, once per polling interval. That query comes in addition: the regular one keeps its time,
-- so that a forger can neither delay the queue nor drive it. Nothing of the message is stored, except
-- the checkout_request_id where our own token and its source vouch for it.
CREATE OR REPLACE FUNCTION deposit_expedite_query(
    p_txn payments_transaction, p_result stk_result, p_has_token boolean,
    p_is_trusted_source boolean, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF p_txn.status = 'COMPLETED' THEN
        RETURN 'duplicate';
    END IF;
    IF p_has_token AND deposit_is_foreign_checkout(p_txn, p_result.checkout_request_id) THEN
        RETURN 'mismatched';
    END IF;
    IF p_has_token AND p_is_trusted_source AND p_txn.checkout_request_id IS NULL THEN
        UPDATE payments_transaction
           SET checkout_request_id = p_result.checkout_request_id, updated_at = p_now
         WHERE id = p_txn.id;
    END IF;
    -- FAILED has no next query; a success at its own address is reason enough to ask once more,
    -- also from a source that is not on the list: lists drift, and a query forges nothing.
    UPDATE payments_transaction
       SET regular_query_at = next_query_at, next_query_at = least(next_query_at, p_now)
     WHERE id = p_txn.id AND regular_query_at IS NULL
       AND coalesce(review_reason, '') NOT IN ('suspense', 'resolved')
       AND (next_query_at IS NOT NULL OR p_has_token);
    RETURN 'hint';
END $$;

-- Settle one callback. `p_result` has the fields of stk_result. NULL transaction: unknown address.
CREATE OR REPLACE FUNCTION deposit_settle_callback(
    p_transaction_id bigint, p_has_token boolean, p_is_trusted_source boolean, p_result jsonb,
    p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_txn payments_transaction%ROWTYPE;
    v_result stk_result;
BEGIN
    SELECT * INTO v_txn FROM payments_transaction WHERE id = p_transaction_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 'unmatched';
    END IF;
    v_result := jsonb_populate_record(NULL::stk_result, p_result);
    -- What is not said is not final: an unknown outcome never becomes a failure.
    IF NOT (p_has_token AND p_is_trusted_source) OR NOT coalesce(v_result.is_final, false)
       OR v_result.result_code IS NULL
       OR (v_result.result_code = '0'
           AND (v_result.amount IS NULL OR v_result.mpesa_receipt_number IS NULL))
       -- No failure has a receipt: '00' or a new word for success must not cost a payment.
       OR (v_result.result_code <> '0' AND v_result.mpesa_receipt_number IS NOT NULL) THEN
        RETURN deposit_expedite_query(v_txn, v_result, p_has_token, p_is_trusted_source, p_now);
    END IF;
    IF v_result.result_code = '0' THEN
        RETURN deposit_settle_success(v_txn, v_result, p_now);
    END IF;
    RETURN deposit_settle_failure(v_txn, v_result, p_now);
END $$;

-- Settle the answer of a status query about our own checkout_request_id. A success credits the
-- requested amount, with the receipt still empty (docs/daraja.md §5), unless a payment is already
-- held in suspense. `p_result`: result_code, result_desc, is_certain.
-- Verdict: applied, duplicate, or kept (nothing may change).
CREATE OR REPLACE FUNCTION deposit_settle_query(
    p_transaction_id bigint, p_is_paid boolean, p_result jsonb, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_txn payments_transaction%ROWTYPE;
    v_result stk_result := jsonb_populate_record(NULL::stk_result, p_result);
BEGIN
    SELECT * INTO STRICT v_txn FROM payments_transaction
     WHERE id = p_transaction_id FOR NO KEY UPDATE;
    IF v_txn.status = 'COMPLETED' THEN
        RETURN 'duplicate';
    END IF;
    IF v_txn.review_reason IN ('suspense', 'resolved') THEN
        RETURN 'kept';
    END IF;
    IF p_is_paid THEN
        PERFORM deposit_credit(v_txn, v_result, p_now);
        RETURN 'applied';
    END IF;
    -- A FAILED deposit is asked about once more, because a success was claimed or its failure was
    -- not certain; it has its answer now.
    UPDATE payments_transaction SET next_query_at = NULL, regular_query_at = NULL
     WHERE id = p_transaction_id AND status = 'FAILED';
    v_result.checkout_request_id := v_txn.checkout_request_id;
    RETURN deposit_settle_failure(v_txn, v_result, p_now);
END $$;
