-- Payments by hand: money that reaches the paybill without a prompt of ours behind it.
--
-- `p_payment` is what M-Pesa told us of one payment, as jsonb: receipt, amount, business_short_code,
-- account_number (as typed), transaction_type, paid_at, payer_name, payer_number (masked),
-- payer_hash; and what the account number may mean (payments.paybill.account_numbers): reference
-- (of a deposit), number (a personal account number), phone (a phone number); each may be NULL.
-- own_short_code is the configured one (NULL or missing: whichever was paid is ours).
-- `p_source` says how the report came: confirmation, pull, statement or status (Transaction Status,
-- which names no account number).

-- Return a customer's personal account number. Without one, the first free number of `p_numbers`
-- becomes it, for ever; NULL where none of them is free.
CREATE OR REPLACE FUNCTION paybill_account(p_user_id bigint, p_numbers text[], p_now timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_number text;
    v_drawn text;
BEGIN
    SELECT number INTO v_number FROM payments_paybillaccount WHERE user_id = p_user_id;
    FOREACH v_drawn IN ARRAY p_numbers LOOP
        EXIT WHEN v_number IS NOT NULL;
        INSERT INTO payments_paybillaccount (user_id, number, created_at)
        VALUES (p_user_id, v_drawn, p_now) ON CONFLICT DO NOTHING;
        -- The number was taken, or another request gave this customer one a moment ago.
        SELECT number INTO v_number FROM payments_paybillaccount WHERE user_id = p_user_id;
    END LOOP;
    RETURN v_number;
END $$;

-- Return whether a payment went to a short code of ours: the configured one, or one that was, since
-- its clearing account is in the ledger. Anybody who learns our secret address can register it for
-- a paybill of their own; M-Pesa would then report, truly and from its own addresses, payments that
-- we never got. A report that names no short code counts as ours: M-Pesa names it whenever it
-- reports.
CREATE OR REPLACE FUNCTION paybill_is_ours(p_short_code text, p_own_short_code text)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT p_own_short_code IS NULL OR coalesce(p_short_code, '') IN ('', p_own_short_code)
           OR EXISTS (SELECT 1 FROM wallet_ledgeraccount AS account
                       WHERE account.code = 'mpesa:' || p_short_code AND account.kind = 'clearing')
$$;

-- Return whether a deposit of this customer's can be stored: the numbers of older systems were
-- imported as they are, and the constraint on deposits takes MSISDNs only.
CREATE OR REPLACE FUNCTION paybill_has_msisdn(p_user_id bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT customer.phone_number ~ '^254[17][0-9]{8}$'
      FROM users_user AS customer WHERE customer.id = p_user_id
$$;

-- Return whether a customer gets payments by hand at once. One who is switched off, excluded or not
-- verified, or whose phone number is no MSISDN, does not: the payment waits in suspense.
CREATE OR REPLACE FUNCTION paybill_is_allowed(
    p_user_id bigint, p_is_kyc_required boolean, p_now timestamptz
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT customer.is_active AND paybill_has_msisdn(customer.id)
           AND (customer.kyc_status = 'VERIFIED' OR NOT p_is_kyc_required)
           AND (SELECT own.blocked_until FROM own_limits_in_force(customer.id, p_now) AS own) IS NULL
      FROM users_user AS customer WHERE customer.id = p_user_id
$$;

-- Answer M-Pesa's validation before the payer's money moves: ok, account or amount (what is wrong).
-- `p_rules`: payments.conf.DepositRules.as_json, and lowest_amount. Reads only.
CREATE OR REPLACE FUNCTION paybill_validate(
    p_reference text, p_number text, p_amount numeric, p_rules jsonb, p_now timestamptz
) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_is_kyc_required boolean := p_rules ->> 'is_kyc_required';
    v_amount numeric;
    v_user record;
BEGIN
    IF current_setting('transaction_read_only')::boolean THEN
        -- The confirmation comes once, and a database that takes no writes could not store it.
        RAISE EXCEPTION 'no payment is taken by a database that takes no writes'
            USING ERRCODE = 'read_only_sql_transaction';
    END IF;
    SELECT txn.amount INTO v_amount FROM payments_transaction AS txn
     WHERE txn.account_reference = p_reference AND txn.status = 'PENDING';
    IF FOUND THEN
        RETURN CASE WHEN v_amount = p_amount THEN 'ok' ELSE 'amount' END;
    END IF;
    SELECT customer.id, customer.tier INTO v_user
      FROM payments_paybillaccount AS account
      JOIN users_user AS customer ON customer.id = account.user_id
     WHERE account.number = p_number;
    IF NOT FOUND OR NOT paybill_is_allowed(v_user.id, v_is_kyc_required, p_now) THEN
        RETURN 'account';
    END IF;
    IF p_amount IS NULL OR p_amount <> trunc(p_amount)
       OR p_amount < (p_rules ->> 'lowest_amount')::numeric
       OR (SELECT checked.outcome FROM deposit_check_amount(
               v_user.id, p_amount,
               p_rules -> CASE WHEN v_is_kyc_required AND v_user.tier = 'basic' THEN 'basic_tier'
                               ELSE 'full_tier' END,
               p_now) AS checked) IS NOT NULL THEN
        RETURN 'amount';
    END IF;
    RETURN 'ok';
END $$;

-- Insert the payment's own deposit and return its id. PENDING, with nothing ahead of it: the caller
-- completes it in the same transaction.
CREATE OR REPLACE FUNCTION paybill_deposit(
    p_user_id bigint, p_amount numeric, p_business_short_code text, p_now timestamptz
) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO payments_transaction
        (user_id, type, amount, phone_number, status, description, created_at, updated_at,
         business_short_code)
    SELECT customer.id, 'DEPOSIT', p_amount, customer.phone_number, 'PENDING',
           'M-Pesa deposit of KSH ' || trunc(p_amount) || ' (paybill)', p_now, p_now,
           p_business_short_code
      FROM users_user AS customer WHERE customer.id = p_user_id
    RETURNING id
$$;

-- Return whether an amount can be a deposit: whole KES, as the constraint on deposits asks.
CREATE OR REPLACE FUNCTION paybill_is_whole(p_amount numeric) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT p_amount = trunc(p_amount) AND p_amount BETWEEN 1 AND 250000
$$;

-- Store what is known of a payment. Its receipt is registered, and its money posted, by the caller.
CREATE OR REPLACE FUNCTION paybill_store(
    p_payment jsonb, p_source text, p_transaction_id bigint, p_case_id bigint,
    p_proposed_user_id bigint, p_now timestamptz
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO payments_paybillpayment
        (receipt, amount, business_short_code, account_number, transaction_type, paid_at,
         payer_name, payer_number, payer_hash, source, seen_at, transaction_id, case_id,
         proposed_user_id)
    VALUES (p_payment ->> 'receipt', (p_payment ->> 'amount')::numeric,
            p_payment ->> 'business_short_code', p_payment ->> 'account_number',
            p_payment ->> 'transaction_type', (p_payment ->> 'paid_at')::timestamptz,
            p_payment ->> 'payer_name', p_payment ->> 'payer_number', p_payment ->> 'payer_hash',
            p_source, p_now, p_transaction_id, p_case_id, p_proposed_user_id)
$$;

-- Credit a payment by hand to the customer whose account number was typed, as a deposit of its own.
-- Its receipt is registered for nobody yet.
CREATE OR REPLACE FUNCTION paybill_credit(
    p_payment jsonb, p_source text, p_user_id bigint, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_receipt text := p_payment ->> 'receipt';
    v_amount numeric := p_payment ->> 'amount';
    v_short_code text := p_payment ->> 'business_short_code';
    v_id bigint := paybill_deposit(p_user_id, v_amount, v_short_code, p_now);
    v_entry_id bigint;
BEGIN
    UPDATE payments_receipt SET transaction_id = v_id WHERE number = v_receipt;
    PERFORM paybill_store(p_payment, p_source, v_id, NULL, NULL, p_now);
    v_entry_id := ledger_post(
        'deposit:' || v_id, ledger_system_account('mpesa:' || v_short_code, 'clearing'),
        ledger_customer_account(p_user_id), v_amount,
        'M-Pesa deposit of KSH ' || trunc(v_amount) || ' (paybill)', p_now);
    UPDATE payments_transaction SET
        status = 'COMPLETED', credit_entry_id = v_entry_id, completed_at = p_now,
        mpesa_receipt_number = v_receipt, result_code = '0', updated_at = p_now
     WHERE id = v_id;
    RETURN v_id;
END $$;

-- Hold a payment by hand in suspense and open a case. Its receipt is registered for nobody.
CREATE OR REPLACE FUNCTION paybill_hold(
    p_payment jsonb, p_source text, p_reason text, p_proposed_user_id bigint, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_receipt text := p_payment ->> 'receipt';
    v_entry_id bigint;
    v_case_id bigint;
BEGIN
    v_entry_id := ledger_post(
        'suspense:' || v_receipt,
        ledger_system_account('mpesa:' || (p_payment ->> 'business_short_code'), 'clearing'),
        ledger_system_account('suspense', 'suspense'),
        (p_payment ->> 'amount')::numeric, 'M-Pesa ' || v_receipt || ': ' || p_reason, p_now);
    INSERT INTO payments_suspensecase
        (mpesa_receipt_number, reason, amount, entry_id, status, opened_at)
    VALUES (v_receipt, p_reason, (p_payment ->> 'amount')::numeric, v_entry_id, 'OPEN', p_now)
    RETURNING id INTO v_case_id;
    PERFORM paybill_store(p_payment, p_source, NULL, v_case_id, p_proposed_user_id, p_now);
    RETURN v_case_id;
END $$;

-- Settle a payment that M-Pesa told us of, once per receipt, whichever way the report comes and
-- however often. The payment belongs to the deposit whose reference was typed, else to the customer
-- whose personal account number was; else it waits in suspense, where a typed phone number proposes
-- its customer. Verdict: applied, held (in suspense); or nothing was changed: duplicate, untrusted
-- (it went to a short code that is not ours).
CREATE OR REPLACE FUNCTION paybill_settle(
    p_payment jsonb, p_source text, p_is_kyc_required boolean, p_now timestamptz,
    OUT verdict text, OUT transaction_id bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_receipt text := p_payment ->> 'receipt';
    v_amount numeric := p_payment ->> 'amount';
    v_txn payments_transaction%ROWTYPE;
    v_result stk_result;
    v_owner_id bigint;
    v_phone_owner_id bigint;
    v_reason text;
BEGIN
    IF NOT paybill_is_ours(p_payment ->> 'business_short_code', p_payment ->> 'own_short_code') THEN
        verdict := 'untrusted';
        RETURN;
    END IF;
    -- The deposit first, then receipt and wallet, in the same order as callbacks: no deadlock.
    SELECT txn.* INTO v_txn FROM payments_transaction AS txn
     WHERE txn.account_reference = p_payment ->> 'reference' FOR NO KEY UPDATE;
    IF FOUND THEN
        v_result.checkout_request_id := v_txn.checkout_request_id;
        v_result.result_code := '0';
        v_result.amount := v_amount;
        v_result.mpesa_receipt_number := v_receipt;
        transaction_id := v_txn.id;
        verdict := deposit_settle_success(v_txn, v_result, greatest(p_now, v_txn.created_at));
        verdict := CASE verdict WHEN 'mismatched' THEN 'held' ELSE verdict END;
        RETURN;
    END IF;
    SELECT account.user_id INTO v_owner_id FROM payments_paybillaccount AS account
     WHERE account.number = p_payment ->> 'number';
    IF NOT receipt_register(v_receipt, NULL, p_now) THEN
        IF v_owner_id IS NOT NULL AND paybill_is_whole(v_amount)
           AND paybill_is_allowed(v_owner_id, p_is_kyc_required, p_now) THEN
            transaction_id := paybill_release_named(v_receipt, v_amount, v_owner_id, p_now);
        END IF;
        IF transaction_id IS NOT NULL THEN
            verdict := 'applied';
            RETURN;
        END IF;
        SELECT receipt.transaction_id INTO transaction_id FROM payments_receipt AS receipt
         WHERE receipt.number = v_receipt;
        verdict := 'duplicate';
        RETURN;
    END IF;
    IF v_owner_id IS NULL THEN
        -- Numbers are unique, so a phone number that was typed names one customer at most.
        SELECT customer.id INTO v_phone_owner_id FROM users_user AS customer
         WHERE customer.phone_number = p_payment ->> 'phone';
    END IF;
    v_reason := CASE
        WHEN v_phone_owner_id IS NOT NULL THEN 'phone_typed'
        WHEN v_owner_id IS NULL THEN 'unknown_account'
        WHEN NOT paybill_is_allowed(v_owner_id, p_is_kyc_required, p_now)
            THEN 'customer_not_allowed'
        WHEN NOT paybill_is_whole(v_amount) THEN 'odd_amount' END;
    IF v_reason IS NULL THEN
        transaction_id := paybill_credit(p_payment, p_source, v_owner_id, p_now);
        verdict := 'applied';
    ELSE
        PERFORM paybill_hold(p_payment, p_source, v_reason,
                             coalesce(v_owner_id, v_phone_owner_id), p_now);
        verdict := 'held';
    END IF;
END $$;

-- Give a payment by hand that is held in suspense to a customer. The caller holds the locks of the
-- deposit, if `p_transaction_id` names one, and of the case, which is OPEN; and has found out whose
-- the payment is. Without a deposit the payment gets one of its own, if amount and customer can have
-- one.
-- Either an operator decided (`p_operator_id`) or M-Pesa's own word (`p_released_by`).
CREATE OR REPLACE FUNCTION paybill_release(
    p_case_id bigint, p_user_id bigint, p_transaction_id bigint, p_operator_id bigint,
    p_released_by text, p_note text, p_now timestamptz,
    OUT entry_id bigint, OUT transaction_id bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_case payments_suspensecase%ROWTYPE;
    v_payment payments_paybillpayment%ROWTYPE;
    v_amount numeric;
BEGIN
    SELECT * INTO STRICT v_case FROM payments_suspensecase WHERE id = p_case_id FOR UPDATE;
    v_amount := coalesce(v_case.corrected_amount, v_case.amount);
    SELECT * INTO STRICT v_payment FROM payments_paybillpayment WHERE case_id = p_case_id;
    p_now := greatest(p_now, v_case.opened_at);
    transaction_id := p_transaction_id;
    IF transaction_id IS NULL AND paybill_is_whole(v_amount)
       AND paybill_has_msisdn(p_user_id) THEN
        transaction_id := paybill_deposit(p_user_id, v_amount, v_payment.business_short_code,
                                          p_now);
    END IF;
    entry_id := ledger_post(
        'resolve:' || p_case_id, ledger_system_account('suspense', 'suspense'),
        ledger_customer_account(p_user_id), v_amount,
        'M-Pesa ' || v_case.mpesa_receipt_number || ': resolved', p_now);
    UPDATE payments_suspensecase SET
        status = 'RESOLVED', decision = 'credited', resolved_at = p_now,
        resolved_by_id = p_operator_id,
        released_by = coalesce(p_released_by, ''), resolution_note = left(p_note, 255),
        transaction_id = paybill_release.transaction_id,
        resolution_entry_id = paybill_release.entry_id
     WHERE id = p_case_id;
    IF transaction_id IS NULL THEN
        RETURN;
    END IF;
    UPDATE payments_receipt SET transaction_id = paybill_release.transaction_id
     WHERE number = v_case.mpesa_receipt_number;
    UPDATE payments_paybillpayment SET transaction_id = paybill_release.transaction_id
     WHERE receipt = v_case.mpesa_receipt_number;
    UPDATE payments_transaction AS txn SET
        status = 'COMPLETED', credit_entry_id = paybill_release.entry_id, completed_at = p_now,
        mpesa_receipt_number = v_case.mpesa_receipt_number, result_code = '0',
        next_query_at = NULL, regular_query_at = NULL, updated_at = p_now,
        review_reason = CASE WHEN EXISTS (
            SELECT 1 FROM payments_suspensecase AS other
             WHERE other.transaction_id = txn.id AND other.status = 'OPEN') THEN 'suspense' END
     WHERE txn.id = paybill_release.transaction_id;
END $$;

-- Release a payment that waits in suspense for want of an owner, now that M-Pesa's word names its
-- deposit (a callback, or a confirmation with its reference). Returns false where no such payment of
-- this receipt and amount waits, or where an earlier report of it did not agree with this deposit:
-- that has a case of its own, which an operator decides. The caller holds the deposit's lock; it is not COMPLETED.
CREATE OR REPLACE FUNCTION paybill_release_to(
    p_txn payments_transaction, p_receipt text, p_amount numeric, p_now timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_case_id bigint;
BEGIN
    SELECT item.id INTO v_case_id
      FROM payments_paybillpayment AS payment
      JOIN payments_suspensecase AS item ON item.id = payment.case_id
     WHERE payment.receipt = p_receipt AND item.status = 'OPEN'
       AND coalesce(item.corrected_amount, item.amount) = p_amount
       AND NOT EXISTS (SELECT 1 FROM payments_suspensecase AS other
                        WHERE other.transaction_id = p_txn.id
                          AND other.mpesa_receipt_number = p_receipt)
       FOR UPDATE OF item;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM paybill_release(v_case_id, p_txn.user_id, p_txn.id, NULL, 'callback',
                            'M-Pesa named the deposit', p_now);
    RETURN true;
END $$;

-- Release a payment that was reported without an account number, as by Transaction Status, now that
-- another report of it names a customer's. Returns the payment's own deposit, or NULL where no such
-- payment of this receipt and amount waits.
CREATE OR REPLACE FUNCTION paybill_release_named(
    p_receipt text, p_amount numeric, p_user_id bigint, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_case_id bigint;
BEGIN
    SELECT item.id INTO v_case_id
      FROM payments_paybillpayment AS payment
      JOIN payments_suspensecase AS item ON item.id = payment.case_id
     WHERE payment.receipt = p_receipt
       AND (payment.source = 'status' OR payment.account_number = '')
       AND item.status = 'OPEN'
       AND coalesce(item.corrected_amount, item.amount) = p_amount
       FOR UPDATE OF item;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT released.transaction_id FROM paybill_release(
        v_case_id, p_user_id, NULL, NULL, 'callback', 'M-Pesa named the account number', p_now)
        AS released);
END $$;

-- Settle a confirmation, then store it with its verdict. `p_payment` NULL: the body could not be
-- read. `p_is_trusted_source` false: it came from an address that is not believed, so it is kept for
-- an operator and settles nothing. `note` says why one that could be read was not settled.
CREATE OR REPLACE FUNCTION confirmation_record(
    p_payment jsonb, p_is_trusted_source boolean, p_source_address inet, p_headers jsonb,
    p_raw_body bytea, p_is_kyc_required boolean, p_now timestamptz,
    OUT confirmation_id bigint, OUT verdict text, OUT transaction_id bigint, OUT note text
) LANGUAGE plpgsql AS $$
BEGIN
    note := '';
    -- An error in this block undoes the settling but not the confirmation: it is stored as
    -- `received`, and the worker replays it.
    BEGIN
        IF p_payment IS NULL THEN
            verdict := 'malformed';
        ELSIF NOT p_is_trusted_source THEN
            verdict := 'untrusted';
            note := 'it came from an address that is not in MPESA_CALLBACK_ALLOWED_IPS';
        ELSE
            SELECT settled.verdict, settled.transaction_id INTO verdict, transaction_id
              FROM paybill_settle(p_payment, 'confirmation', p_is_kyc_required, p_now) AS settled;
            IF verdict = 'untrusted' THEN
                note := 'short code ' || (p_payment ->> 'business_short_code') || ' is not ours';
            END IF;
        END IF;
    EXCEPTION
        WHEN deadlock_detected OR serialization_failure THEN RAISE;
        WHEN OTHERS THEN
            verdict := 'received';
            note := left(SQLSTATE || ' ' || SQLERRM, 255);
    END;
    INSERT INTO payments_confirmation
        (raw_body, headers, source_address, receipt, transaction_id, verdict, note, received_at,
         processed_at)
    VALUES (p_raw_body, p_headers, p_source_address, p_payment ->> 'receipt',
            confirmation_record.transaction_id, confirmation_record.verdict,
            confirmation_record.note, p_now,
            CASE WHEN confirmation_record.verdict <> 'received' THEN p_now END)
    RETURNING id INTO confirmation_id;
END $$;
