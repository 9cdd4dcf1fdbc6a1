-- Claims: a customer says that they have paid, and names M-Pesa's receipt. The claim moves no money;
-- what M-Pesa itself reports of that receipt does. Nothing that the customer hears depends on whose
-- receipt it is, unless it is their own.
--
-- Locks, in this order: the customer (claim_make), the claim, the case, and what a release of its
-- payment locks. No function that locks a case or a wallet locks a claim.

-- Return the open case of a payment by hand that M-Pesa's own data give to the claim's customer, or
-- NULL. The customer named the receipt; and either what the payer typed is the customer's phone
-- number or account number, apart from slips (blanks, words, letters that look like digits), or it
-- says nothing and the payer's number is the customer's. Where a typed text names another customer,
-- or the customer may not get payments, or the amount cannot be a deposit, an operator decides.
CREATE OR REPLACE FUNCTION claim_find_payment(
    p_claim payments_claim, p_is_kyc_required boolean, p_now timestamptz
) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT item.id
      FROM payments_paybillpayment AS payment
      JOIN payments_suspensecase AS item ON item.id = payment.case_id AND item.status = 'OPEN'
      JOIN users_user AS customer ON customer.id = p_claim.user_id
      LEFT JOIN payments_paybillaccount AS account ON account.user_id = customer.id
     CROSS JOIN LATERAL (SELECT
            regexp_replace(payment.account_number, '[^0-9]', '', 'g') AS plain,
            regexp_replace(translate(upper(payment.account_number), 'OIL', '011'),
                           '[^0-9]', '', 'g') AS corrected,
            right(customer.phone_number, 9) AS local_number) AS typed
     WHERE payment.receipt = ANY (p_claim.readings)
       AND NOT customer.is_staff AND NOT customer.is_superuser
       AND paybill_is_allowed(customer.id, p_is_kyc_required, p_now)
       AND paybill_is_whole(coalesce(item.corrected_amount, item.amount))
       -- A statement says that M-Pesa took it back: an operator looks first.
       AND NOT EXISTS (SELECT 1 FROM payments_statementrow AS back
                        WHERE back.linked_receipt = payment.receipt AND back.linked_receipt <> ''
                          AND back.kind = 'reversal')
       AND CASE item.reason
            WHEN 'phone_typed' THEN payment.proposed_user_id = customer.id
            -- The customer's own account number, who may get payments again by now.
            WHEN 'customer_not_allowed' THEN payment.proposed_user_id = customer.id
            WHEN 'unknown_account' THEN
                typed.plain IN (account.number, customer.phone_number,
                                '0' || typed.local_number, typed.local_number)
                OR typed.corrected IN (account.number, customer.phone_number,
                                       '0' || typed.local_number, typed.local_number)
                -- The payer's number alone does not prove a payment by hand. A prompt of the
                -- same amount without a receipt could be this very payment, which a status query
                -- has credited, or may still credit.
                OR (payment.source <> 'status' AND lower(payment.payer_hash)
                           = encode(sha256(convert_to(customer.phone_number, 'UTF8')), 'hex')
                    OR transaction_status_names_payer(payment.receipt, customer.id))
                   AND NOT EXISTS (
                    SELECT 1 FROM payments_transaction AS txn
                     WHERE txn.user_id = customer.id
                       AND txn.amount = coalesce(item.corrected_amount, item.amount)
                       AND txn.mpesa_receipt_number IS NULL
                       -- Some reports come long after the payment.
                       AND txn.created_at >= least(payment.paid_at, payment.seen_at)
                                             - interval '3 days')
            END
     ORDER BY array_position(p_claim.readings, payment.receipt::varchar)
     LIMIT 1
$$;

-- Look once whether M-Pesa's reports have credited, or now credit, an open claim's customer. Outcome:
-- credited; checking (nothing yet); or ended (the claim had ended before). `is_new`: this look
-- credited the payment. `p_may_escalate`: hand the claim to operators where its time is over, where
-- its payment has a case, or where its receipt belongs to another customer. The claim stays open,
-- and a later report still credits it.
CREATE OR REPLACE FUNCTION claim_look(
    p_claim_id bigint, p_is_kyc_required boolean, p_may_escalate boolean, p_now timestamptz,
    OUT outcome text, OUT transaction_id bigint, OUT is_new boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_claim payments_claim%ROWTYPE;
    v_case_id bigint;
    v_found record;
BEGIN
    is_new := false;
    SELECT * INTO v_claim FROM payments_claim WHERE id = p_claim_id FOR NO KEY UPDATE;
    IF NOT FOUND OR v_claim.status <> 'OPEN' THEN
        outcome := 'ended';
        RETURN;
    END IF;
    p_now := greatest(p_now, v_claim.created_at);
    v_case_id := claim_find_payment(v_claim, p_is_kyc_required, p_now);
    IF v_case_id IS NOT NULL THEN
        -- An operator, or a report that names the deposit, may decide about it at the same time.
        PERFORM FROM payments_suspensecase WHERE id = v_case_id AND status = 'OPEN' FOR UPDATE;
        IF FOUND THEN
            PERFORM paybill_release(v_case_id, v_claim.user_id, NULL, NULL, 'claim',
                                    'M-Pesa''s data name the customer who claimed it', p_now);
            is_new := true;
        END IF;
    END IF;
    SELECT txn.id AS transaction_id, txn.user_id AS owner_id, item.id AS case_id,
           item.status = 'OPEN' AS is_undecided,
           coalesce(txn.user_id = v_claim.user_id AND txn.status = 'COMPLETED'
                    AND txn.mpesa_receipt_number = receipt.number
                    OR wallet.user_id = v_claim.user_id
                    OR EXISTS (SELECT 1 FROM payments_caseshare AS share
                                WHERE share.case_id = item.id
                                  AND share.customer_id = v_claim.user_id), false) AS is_theirs
      INTO v_found
      FROM payments_receipt AS receipt
      LEFT JOIN payments_transaction AS txn ON txn.id = receipt.transaction_id
      LEFT JOIN payments_paybillpayment AS payment ON payment.receipt = receipt.number
      LEFT JOIN payments_suspensecase AS item ON item.id = coalesce(payment.case_id, (
            SELECT held.id FROM payments_suspensecase AS held
             WHERE held.transaction_id = receipt.transaction_id
               AND held.mpesa_receipt_number = receipt.number))
      LEFT JOIN wallet_journalentry AS entry ON entry.id = item.resolution_entry_id
      LEFT JOIN wallet_ledgeraccount AS wallet ON wallet.id = entry.credit_account_id
     WHERE receipt.number = ANY (v_claim.readings)
     ORDER BY is_theirs DESC, array_position(v_claim.readings, receipt.number::varchar)
     LIMIT 1;
    IF v_found.is_theirs THEN
        outcome := 'credited';
        transaction_id := CASE WHEN v_found.owner_id = v_claim.user_id
            THEN v_found.transaction_id END;
        UPDATE payments_claim SET
            status = 'CREDITED', ended_at = p_now, next_look_at = NULL,
            transaction_id = claim_look.transaction_id,
            case_id = coalesce(v_found.case_id, case_id)
         WHERE id = p_claim_id;
        RETURN;
    END IF;
    outcome := 'checking';
    v_case_id := NULL;
    IF v_found.is_undecided THEN
        -- Locked before its payment, as where it is released: no deadlock.
        SELECT id INTO v_case_id FROM payments_suspensecase
         WHERE id = v_found.case_id AND status = 'OPEN' FOR UPDATE;
        -- An operator who opens the case sees who claims it. This moves nothing.
        UPDATE payments_paybillpayment SET proposed_user_id = v_claim.user_id
         WHERE receipt = v_claim.receipt AND case_id = v_case_id AND proposed_user_id IS NULL;
    END IF;
    UPDATE payments_claim SET
        case_id = coalesce(v_case_id, case_id),
        escalated_at = CASE
            WHEN escalated_at IS NULL AND p_may_escalate
                 AND (p_now >= ends_at OR v_case_id IS NOT NULL
                      OR v_found.owner_id <> v_claim.user_id)
            THEN p_now ELSE escalated_at END,
        -- At each pass at first, since reports come within seconds; then less and less often.
        next_look_at = p_now + least(greatest((p_now - created_at) / 20, interval '4 seconds'),
                                     interval '15 minutes')
     WHERE id = p_claim_id;
END $$;

-- Make a claim and look once. `p_hints`: amount and paid_at, as the customer's text says, or null.
-- `p_rules`: per_day (NULL: no limit) and day_began_at, day_ends_at; lasts_s; is_kyc_required.
-- Outcome: credited, already_credited (with transaction_id), checking; or nothing was made:
-- claim_in_progress (the customer's own, about this receipt), too_many (with retry_after_s).
CREATE OR REPLACE FUNCTION claim_make(
    p_user_id bigint, p_readings text[], p_hints jsonb, p_rules jsonb, p_now timestamptz,
    OUT outcome text, OUT transaction_id bigint, OUT retry_after_s int
) LANGUAGE plpgsql AS $$
DECLARE
    v_claim_id bigint;
    v_look record;
BEGIN
    -- A missing key would read as NULL, and as no limit.
    IF NOT p_rules ?& ARRAY['per_day', 'day_began_at', 'day_ends_at', 'lasts_s',
                            'is_kyc_required'] THEN
        RAISE EXCEPTION 'claim_make: a key of p_rules is missing' USING ERRCODE = 'KB002';
    END IF;
    -- Two claims of one customer come one after the other, or both could be the day's last.
    PERFORM FROM users_user WHERE id = p_user_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM payments_claim AS claim
                WHERE claim.user_id = p_user_id AND claim.receipt = p_readings[1]
                  AND claim.status = 'OPEN') THEN
        outcome := 'claim_in_progress';
        RETURN;
    END IF;
    IF (SELECT count(*) FROM payments_claim AS claim
         WHERE claim.user_id = p_user_id
           AND claim.created_at >= (p_rules ->> 'day_began_at')::timestamptz)
            >= (p_rules ->> 'per_day')::int THEN
        outcome := 'too_many';
        retry_after_s := greatest(ceil(extract(
            epoch FROM (p_rules ->> 'day_ends_at')::timestamptz - p_now)), 1);
        RETURN;
    END IF;
    INSERT INTO payments_claim
        (user_id, receipt, readings, amount, paid_at, status, created_at, ends_at, next_look_at)
    VALUES (p_user_id, p_readings[1], p_readings, (p_hints ->> 'amount')::numeric,
            (p_hints ->> 'paid_at')::timestamptz, 'OPEN', p_now,
            p_now + make_interval(secs => (p_rules ->> 'lasts_s')::double precision), p_now)
    RETURNING id INTO v_claim_id;
    SELECT * INTO v_look
      FROM claim_look(v_claim_id, (p_rules ->> 'is_kyc_required')::boolean, false, p_now);
    transaction_id := v_look.transaction_id;
    outcome := CASE WHEN transaction_id IS NULL THEN 'checking'
                    WHEN v_look.is_new THEN 'credited' ELSE 'already_credited' END;
END $$;
