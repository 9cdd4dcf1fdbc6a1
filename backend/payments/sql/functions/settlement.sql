-- Settling: apply the outcome that a callback or a status query reports to its deposit, under the
-- deposit's row lock, so that an outcome which comes twice, late or at the same time as another
-- ends in one credit. The caller passes the time in. Hosts' clocks differ by seconds, so nothing is
-- written as earlier than its deposit: the later one of the two times is taken.
--
-- Other functions also change a deposit's status together with a wallet:
-- * callback_record and callbacks_record (callback_inbox.sql) credit plain callbacks, to save time;
--   tests/sql/test_plain_path.py checks that they write what deposit_settle_callback would write;
-- * suspense_give and suspense_review (suspense.sql) apply operators' decisions;
-- * paybill_credit and paybill_release (paybill.sql) credit payments by hand.
--
-- The type `stk_result` holds what M-Pesa reported, in Daraja's names; a field is NULL where M-Pesa
-- did not report it. `is_final` false: the prompt is still open. `is_certain` false: a failure
-- whose payment may still have gone through (payments.daraja.result_codes.UNCERTAIN_FAILURES).

-- Register a receipt for a deposit. Returns false where the receipt was registered before, for this
-- or any other deposit.
CREATE OR REPLACE FUNCTION receipt_register(
    p_receipt text, p_transaction_id bigint, p_now timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO payments_receipt (number, transaction_id, booked_at)
    VALUES (p_receipt, p_transaction_id, p_now) ON CONFLICT (number) DO NOTHING;
    RETURN FOUND;
END $$;

-- Return whether a checkout_request_id cannot belong to this deposit: the deposit has another id,
-- or another deposit has this id. Checked before writing, because the unique index would raise an
-- error.
CREATE OR REPLACE FUNCTION deposit_is_foreign_checkout(
    p_txn payments_transaction, p_checkout_request_id text
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_txn.checkout_request_id IS NOT NULL
            THEN p_txn.checkout_request_id <> p_checkout_request_id
        ELSE EXISTS (SELECT 1 FROM payments_transaction AS other
                      WHERE other.checkout_request_id = p_checkout_request_id) END
$$;

-- Credit the customer and complete the deposit. The caller holds the deposit's row lock. The
-- journal entry's key contains the deposit's id, so that a second credit cannot exist. The wallet's
-- row is locked last, by ledger_post. For the answer of a status query, `p_result` has no receipt
-- and no ids.
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

-- Settle a success that names amount and receipt: a callback at the deposit's secret address.
-- Credits the deposit, or holds the payment in suspense where it does not agree with the deposit.
-- Verdict: applied, duplicate or mismatched.
CREATE OR REPLACE FUNCTION deposit_settle_success(
    p_txn payments_transaction, p_result stk_result, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    -- A status query credits without a receipt. The first receipt that comes after it stands for
    -- the same payment, whatever checkout_request_id or amount it names, so its money is in the
    -- ledger already. A second receipt is a second payment: its money is not in the ledger yet.
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
    IF p_txn.status = 'COMPLETED' AND v_is_new_money THEN
        -- Another receipt stands for what the query credited, with an amount that a case is about.
        RETURN suspense_hold(p_txn, 'second_payment', p_result, true, p_now);
    END IF;
    IF NOT receipt_register(p_result.mpesa_receipt_number, p_txn.id, p_now) THEN
        -- Another report of this very payment came first, and did not say whose it was.
        IF p_txn.status <> 'COMPLETED' AND paybill_release_to(
               p_txn, p_result.mpesa_receipt_number, p_result.amount, p_now) THEN
            RETURN 'applied';
        END IF;
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

-- Settle a failure. It never undoes a success, and changes no deposit with a payment in suspense or
-- with a decided case. A failure that is not certain keeps its next status query
-- (docs/daraja.md §5: M-Pesa has reported payments as failed that had gone through);
-- deposit_settle_query takes the answer to that query as final. Verdict: applied, duplicate or
-- mismatched.
CREATE OR REPLACE FUNCTION deposit_settle_failure(
    p_txn payments_transaction, p_result stk_result, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF deposit_is_foreign_checkout(p_txn, p_result.checkout_request_id)
       OR p_txn.status = 'COMPLETED'
       OR p_txn.review_reason IN ('suspense', 'resolved', 'refunded') THEN
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

-- Treat a callback as a hint: one that is unauthenticated, incomplete or not final never moves
-- money. It only makes a status query due now, once per polling interval (deposit_query_soon). The
-- callback changes no other field of the deposit, except that a missing checkout_request_id is
-- filled in where token and source address are both right.
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
    -- A FAILED deposit has no next query. A callback with its token is reason enough to query once
    -- more, even from an address that is not on the list: Safaricom's list changes, and a status
    -- query cannot be forged.
    PERFORM deposit_query_soon(p_txn.id, p_has_token, p_now);
    RETURN 'hint';
END $$;

-- Settle one callback of any kind and return its verdict. `p_result` has the fields of stk_result.
-- `p_transaction_id` NULL: the callback belongs to no known deposit.
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
    p_now := greatest(p_now, v_txn.created_at);
    v_result := jsonb_populate_record(NULL::stk_result, p_result);
    -- A missing is_final counts as not final: an unknown outcome never becomes a failure.
    IF NOT (p_has_token AND p_is_trusted_source) OR NOT coalesce(v_result.is_final, false)
       OR v_result.result_code IS NULL
       OR (v_result.result_code = '0'
           AND (v_result.amount IS NULL OR v_result.mpesa_receipt_number IS NULL))
       -- A real failure has no receipt. One with a receipt may be a success under a code that we
       -- do not know ('00', say); treated as a failure it would lose the customer's payment.
       OR (v_result.result_code <> '0' AND v_result.mpesa_receipt_number IS NOT NULL) THEN
        RETURN deposit_expedite_query(v_txn, v_result, p_has_token, p_is_trusted_source, p_now);
    END IF;
    IF v_result.result_code = '0' THEN
        RETURN deposit_settle_success(v_txn, v_result, p_now);
    END IF;
    RETURN deposit_settle_failure(v_txn, v_result, p_now);
END $$;

-- Settle the final answer of a status query about the deposit's own checkout_request_id. A success
-- credits the requested amount and leaves the receipt empty, because the answer names none
-- (docs/daraja.md §5). A deposit with a payment in suspense, or with a decided case, is not
-- changed. `p_result`: result_code, result_desc, is_certain. Verdict: applied, duplicate, or kept
-- (nothing was changed).
CREATE OR REPLACE FUNCTION deposit_settle_query(
    p_transaction_id bigint, p_is_paid boolean, p_result jsonb, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_txn payments_transaction%ROWTYPE;
    v_result stk_result := jsonb_populate_record(NULL::stk_result, p_result);
BEGIN
    SELECT * INTO STRICT v_txn FROM payments_transaction
     WHERE id = p_transaction_id FOR NO KEY UPDATE;
    p_now := greatest(p_now, v_txn.created_at);
    IF v_txn.status = 'COMPLETED' THEN
        RETURN 'duplicate';
    END IF;
    IF v_txn.review_reason IN ('suspense', 'resolved', 'refunded') THEN
        RETURN 'kept';
    END IF;
    IF p_is_paid THEN
        PERFORM deposit_credit(v_txn, v_result, p_now);
        RETURN 'applied';
    END IF;
    -- A FAILED deposit is queried once more, because a callback reported a success or its failure
    -- was not certain. This is the answer, so no further query follows.
    UPDATE payments_transaction SET next_query_at = NULL, regular_query_at = NULL
     WHERE id = p_transaction_id AND status = 'FAILED';
    v_result.checkout_request_id := v_txn.checkout_request_id;
    RETURN deposit_settle_failure(v_txn, v_result, p_now);
END $$;
