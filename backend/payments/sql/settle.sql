-- Settling: the only place where a deposit's status and a wallet meet. Whichever way news comes
-- (callback, query, a person), it goes through these functions under the deposit's row lock, so
-- that twice, late or at the same time ends in one credit. Times are passed in.

-- Claim a receipt for a deposit. False: it was booked before, for whomever.
CREATE OR REPLACE FUNCTION deposit_book_receipt(
    p_receipt text, p_transaction_id bigint, p_now timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO payments_receipt (number, transaction_id, booked_at)
    VALUES (p_receipt, p_transaction_id, p_now) ON CONFLICT (number) DO NOTHING;
    RETURN FOUND;
END $$;

-- Say whether a checkout_request_id cannot be this deposit's: it has another one, or another deposit
-- has this one. Answered here, so that news naming a foreign id does not break on the unique index.
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
CREATE OR REPLACE FUNCTION deposit_credit(
    p_txn payments_transaction, p_receipt text, p_checkout_request_id text,
    p_merchant_request_id text, p_result_desc text, p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_clearing_id bigint := ledger_house_account('mpesa:' || p_txn.business_short_code, 'clearing');
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
        mpesa_receipt_number = p_receipt,
        checkout_request_id = coalesce(checkout_request_id, p_checkout_request_id),
        merchant_request_id = coalesce(merchant_request_id, p_merchant_request_id),
        result_code = '0',
        result_desc = left(p_result_desc, 255),
        next_query_at = NULL, regular_query_at = NULL,
        review_reason = CASE WHEN EXISTS (
            SELECT 1 FROM payments_suspensecase
             WHERE transaction_id = p_txn.id AND status = 'OPEN') THEN 'suspense' END
    WHERE id = p_txn.id;
END $$;

-- Park a success that does not agree. Money that is new (its receipt was never booked) is posted
-- to suspense; without a posting when the receipt was used before, or when the caller says that
-- the deposit's money is booked already (contract.md §5).
CREATE OR REPLACE FUNCTION deposit_park(
    p_txn payments_transaction, p_reason text, p_receipt text, p_amount numeric,
    p_is_new_money boolean, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_entry_id bigint;
    v_is_first_use boolean;
BEGIN
    IF EXISTS (SELECT 1 FROM payments_suspensecase
                WHERE transaction_id = p_txn.id AND mpesa_receipt_number = p_receipt) THEN
        RETURN 'duplicate';
    END IF;
    v_is_first_use := deposit_book_receipt(p_receipt, p_txn.id, p_now);
    IF v_is_first_use AND p_is_new_money THEN
        v_entry_id := ledger_post(
            'suspense:' || p_receipt,
            ledger_house_account('mpesa:' || p_txn.business_short_code, 'clearing'),
            ledger_house_account('suspense', 'suspense'),
            p_amount, 'M-Pesa ' || p_receipt || ': ' || p_reason, p_now);
    END IF;
    INSERT INTO payments_suspensecase
        (transaction_id, mpesa_receipt_number, reason, amount, entry_id, status, opened_at)
    VALUES (p_txn.id, p_receipt, CASE WHEN v_is_first_use THEN p_reason ELSE 'receipt_used' END,
            CASE WHEN v_entry_id IS NOT NULL THEN p_amount END, v_entry_id, 'OPEN', p_now);
    -- The prompt has had its end, and no query may credit this deposit any more.
    UPDATE payments_transaction SET
        review_reason = 'suspense',
        next_query_at = NULL, regular_query_at = NULL,
        prompt_expires_at = least(prompt_expires_at, p_now),
        updated_at = p_now
    WHERE id = p_txn.id;
    RETURN 'mismatched';
END $$;

-- A success that names amount and receipt (a callback at the deposit's own address).
CREATE OR REPLACE FUNCTION deposit_settle_success(
    p_txn payments_transaction, p_amount numeric, p_receipt text, p_checkout_request_id text,
    p_merchant_request_id text, p_result_desc text, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    -- What a query credited is booked already, whatever id or amount its receipt comes with. That
    -- was one payment: with a second receipt comes money that is nowhere yet.
    v_is_new_money boolean := p_txn.status <> 'COMPLETED'
        OR p_txn.mpesa_receipt_number IS NOT NULL
        OR EXISTS (SELECT 1 FROM payments_receipt WHERE transaction_id = p_txn.id);
BEGIN
    IF p_txn.mpesa_receipt_number = p_receipt AND p_txn.amount = p_amount THEN
        RETURN 'duplicate';
    END IF;
    IF deposit_is_foreign_checkout(p_txn, p_checkout_request_id) THEN
        RETURN deposit_park(p_txn, 'checkout_mismatch', p_receipt, p_amount, v_is_new_money,
                            p_now);
    END IF;
    IF p_txn.mpesa_receipt_number IS NOT NULL THEN
        RETURN deposit_park(p_txn, 'second_payment', p_receipt, p_amount, true, p_now);
    END IF;
    IF p_txn.amount <> p_amount THEN
        RETURN deposit_park(p_txn, 'amount_mismatch', p_receipt, p_amount, v_is_new_money, p_now);
    END IF;
    IF NOT deposit_book_receipt(p_receipt, p_txn.id, p_now) THEN
        RETURN deposit_park(p_txn, 'receipt_used', p_receipt, p_amount, false, p_now);
    END IF;
    IF p_txn.status = 'COMPLETED' THEN
        UPDATE payments_transaction
           SET mpesa_receipt_number = p_receipt, updated_at = p_now WHERE id = p_txn.id;
        RETURN 'applied';
    END IF;
    PERFORM deposit_credit(p_txn, p_receipt, p_checkout_request_id, p_merchant_request_id,
                           p_result_desc, p_now);
    RETURN 'applied';
END $$;

-- A clear failure. It never undoes a success, and leaves alone what lies in suspense. 1037, 1019
-- and 9999 are only probably final (daraja.md §5: queries have denied what was paid), so the next
-- query stays; its answer, then the second word on it, is the last (deposit_settle_query).
CREATE OR REPLACE FUNCTION deposit_settle_failure(
    p_txn payments_transaction, p_checkout_request_id text, p_merchant_request_id text,
    p_result_code text, p_result_desc text, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF deposit_is_foreign_checkout(p_txn, p_checkout_request_id)
       OR p_txn.status = 'COMPLETED' OR p_txn.review_reason IN ('suspense', 'resolved') THEN
        RETURN 'mismatched';
    END IF;
    IF p_txn.status = 'FAILED' THEN
        RETURN 'duplicate';
    END IF;
    UPDATE payments_transaction SET
        status = 'FAILED',
        updated_at = p_now,
        checkout_request_id = coalesce(checkout_request_id, p_checkout_request_id),
        merchant_request_id = coalesce(merchant_request_id, p_merchant_request_id),
        result_code = p_result_code,
        result_desc = left(p_result_desc, 255),
        next_query_at = CASE WHEN p_result_code IN ('1037', '1019', '9999')
            THEN coalesce(regular_query_at, next_query_at) END,
        regular_query_at = NULL,
        review_reason = NULL
    WHERE id = p_txn.id;
    RETURN 'applied';
END $$;

-- News without a receipt or an amount, or without our token: only a query may move money, and it
-- is brought forward at most once per wait. It comes in addition: the regular one keeps its time, so
-- that a forger can neither delay the queue nor drive it. Nothing of the message is stored, except
-- the checkout_request_id where our own token and its source vouch for it.
CREATE OR REPLACE FUNCTION deposit_take_hint(
    p_txn payments_transaction, p_checkout_request_id text, p_has_token boolean,
    p_is_trusted_source boolean, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF p_txn.status = 'COMPLETED' THEN
        RETURN 'duplicate';
    END IF;
    IF p_has_token AND deposit_is_foreign_checkout(p_txn, p_checkout_request_id) THEN
        RETURN 'mismatched';
    END IF;
    IF p_has_token AND p_is_trusted_source AND p_txn.checkout_request_id IS NULL THEN
        UPDATE payments_transaction
           SET checkout_request_id = p_checkout_request_id, updated_at = p_now
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

-- Settle one callback. NULL transaction: nobody's.
CREATE OR REPLACE FUNCTION deposit_settle_callback(
    p_transaction_id bigint, p_has_token boolean, p_is_trusted_source boolean,
    p_checkout_request_id text, p_merchant_request_id text, p_result_code text,
    p_result_desc text, p_is_final boolean, p_amount numeric, p_receipt text, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_txn payments_transaction%ROWTYPE;
BEGIN
    SELECT * INTO v_txn FROM payments_transaction WHERE id = p_transaction_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 'unmatched';
    END IF;
    IF NOT (p_has_token AND p_is_trusted_source) OR NOT p_is_final
       OR (p_result_code = '0' AND (p_amount IS NULL OR p_receipt IS NULL))
       -- No failure has a receipt: '00' or a new word for success must not cost a payment.
       OR (p_result_code <> '0' AND p_receipt IS NOT NULL) THEN
        RETURN deposit_take_hint(v_txn, p_checkout_request_id, p_has_token, p_is_trusted_source,
                                 p_now);
    END IF;
    IF p_result_code = '0' THEN
        RETURN deposit_settle_success(v_txn, p_amount, p_receipt, p_checkout_request_id,
                                      p_merchant_request_id, p_result_desc, p_now);
    END IF;
    RETURN deposit_settle_failure(v_txn, p_checkout_request_id, p_merchant_request_id,
                                  p_result_code, p_result_desc, p_now);
END $$;

-- Settle the answer of a status query about our own checkout_request_id. A success credits the
-- requested amount, with the receipt still empty (daraja.md §5), unless a payment already lies in
-- suspense. Verdict: applied, duplicate, or kept (nothing may change).
CREATE OR REPLACE FUNCTION deposit_settle_query(
    p_transaction_id bigint, p_is_paid boolean, p_result_code text, p_result_desc text,
    p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_txn payments_transaction%ROWTYPE;
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
        PERFORM deposit_credit(v_txn, NULL, NULL, NULL, p_result_desc, p_now);
        RETURN 'applied';
    END IF;
    -- A FAILED deposit is asked about once more, because a success was claimed or its failure was
    -- not certain; it has its answer now.
    UPDATE payments_transaction SET next_query_at = NULL, regular_query_at = NULL
     WHERE id = p_transaction_id AND status = 'FAILED';
    RETURN deposit_settle_failure(v_txn, v_txn.checkout_request_id, NULL, p_result_code,
                                  p_result_desc, p_now);
END $$;

-- Store a callback raw, then act on it in a sub-block, so that a failure of acting keeps the row.
-- The token's hash finds the deposit; without one, the checkout_request_id is only a hint.
-- p_checkout_request_id NULL: the body could not be read. p_is_trusted_source false: it did not
-- come from one of the allowed addresses, so that even with our token it is only a hint.
CREATE OR REPLACE FUNCTION callback_receive(
    p_token_hash text, p_source_address inet, p_headers jsonb, p_raw_body bytea,
    p_checkout_request_id text, p_merchant_request_id text, p_result_code text,
    p_result_desc text, p_is_final boolean, p_amount numeric, p_receipt text,
    p_is_trusted_source boolean, p_now timestamptz,
    OUT event_id bigint, OUT transaction_id bigint, OUT has_token boolean, OUT verdict text,
    OUT note text
) LANGUAGE plpgsql AS $$
BEGIN
    note := '';
    SELECT txn.id INTO transaction_id FROM payments_transaction AS txn
     WHERE txn.callback_token_hash = p_token_hash;
    has_token := FOUND;
    IF NOT has_token THEN
        SELECT txn.id INTO transaction_id FROM payments_transaction AS txn
         WHERE txn.checkout_request_id = p_checkout_request_id;
    END IF;
    -- Junk at an address that is nobody's is not worth a row.
    IF p_checkout_request_id IS NULL AND NOT has_token THEN
        verdict := 'malformed';
        RETURN;
    END IF;
    INSERT INTO payments_callbackevent AS event
        (transaction_id, has_token, source_address, headers, raw_body, verdict, received_at)
    VALUES (transaction_id, has_token, p_source_address, p_headers, p_raw_body, 'received', p_now)
    RETURNING event.id INTO event_id;
    BEGIN
        IF p_checkout_request_id IS NULL THEN
            verdict := 'malformed';
        ELSE
            verdict := deposit_settle_callback(
                transaction_id, has_token, p_is_trusted_source, p_checkout_request_id,
                p_merchant_request_id, p_result_code, p_result_desc, p_is_final, p_amount,
                p_receipt, p_now);
        END IF;
    EXCEPTION
        WHEN deadlock_detected OR serialization_failure THEN RAISE;
        WHEN OTHERS THEN
            verdict := 'received';
            note := left(SQLSTATE || ' ' || SQLERRM, 255);
    END;
    UPDATE payments_callbackevent AS event SET
        verdict = callback_receive.verdict,
        note = callback_receive.note,
        processed_at = CASE WHEN callback_receive.verdict <> 'received' THEN p_now END
     WHERE event.id = event_id;
END $$;

-- A person gives a parked payment to a customer, by new postings and with a reason. The deposit
-- becomes COMPLETED only if the amount is the requested one and goes to its own user.
-- Outcome: resolved, already_resolved, no_such_case, or own_money: nobody gives it to themselves.
CREATE OR REPLACE FUNCTION suspense_resolve(
    p_case_id bigint, p_user_id bigint, p_operator_id bigint, p_note text, p_now timestamptz,
    OUT outcome text, OUT entry_id bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_case payments_suspensecase%ROWTYPE;
    v_txn payments_transaction%ROWTYPE;
BEGIN
    -- The deposit first, then its case: the order in which settling takes them.
    SELECT txn.* INTO v_txn FROM payments_transaction AS txn
      JOIN payments_suspensecase AS item ON item.transaction_id = txn.id
     WHERE item.id = p_case_id FOR NO KEY UPDATE OF txn;
    SELECT * INTO v_case FROM payments_suspensecase WHERE id = p_case_id FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'no_such_case';
        RETURN;
    END IF;
    IF v_case.status = 'RESOLVED' THEN
        outcome := 'already_resolved';
        RETURN;
    END IF;
    IF p_user_id = p_operator_id THEN
        outcome := 'own_money';
        RETURN;
    END IF;
    IF v_case.amount IS NOT NULL THEN
        entry_id := ledger_post(
            'resolve:' || p_case_id, ledger_house_account('suspense', 'suspense'),
            ledger_customer_account(p_user_id), v_case.amount,
            'M-Pesa ' || v_case.mpesa_receipt_number || ': resolved', p_now);
    END IF;
    UPDATE payments_suspensecase SET
        status = 'RESOLVED', resolved_at = p_now, resolved_by_id = p_operator_id,
        resolution_entry_id = suspense_resolve.entry_id, resolution_note = left(p_note, 255)
    WHERE id = p_case_id;
    IF entry_id IS NOT NULL AND v_txn.status <> 'COMPLETED'
       AND v_case.amount = v_txn.amount AND p_user_id = v_txn.user_id THEN
        UPDATE payments_transaction SET
            status = 'COMPLETED', credit_entry_id = suspense_resolve.entry_id, completed_at = p_now,
            mpesa_receipt_number = v_case.mpesa_receipt_number, result_code = '0',
            next_query_at = NULL, regular_query_at = NULL, updated_at = p_now
        WHERE id = v_txn.id;
    END IF;
    -- A deposit without an end stays closed to queries: its money is what was just decided on.
    UPDATE payments_transaction AS txn SET
        review_reason = CASE WHEN txn.status <> 'COMPLETED' THEN 'resolved' END,
        updated_at = p_now
     WHERE txn.id = v_txn.id AND NOT EXISTS (
        SELECT 1 FROM payments_suspensecase AS other
         WHERE other.transaction_id = txn.id AND other.status = 'OPEN');
    outcome := 'resolved';
END $$;
