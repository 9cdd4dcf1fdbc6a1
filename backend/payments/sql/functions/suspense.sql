-- Suspense: verified money that does not agree with its deposit, until an operator decides. The
-- balance of the suspense account always equals the sum of the open cases' true amounts: what
-- M-Pesa's own record says, where an operator corrected it, else what was reported.
--
-- Locks, in this order: the operator's decisions (operator_lock), deposits by id, the case, wallets
-- (ledger_post).

-- Hold in suspense a success that does not agree with its deposit, and open a case. New money (its
-- receipt was never registered) is posted to suspense. Nothing is posted where the receipt was used
-- before, or where `p_is_new_money` is false: this payment is in the ledger already
-- (docs/api.md §5). Verdict: mismatched, or duplicate where this deposit has a case for this
-- receipt.
CREATE OR REPLACE FUNCTION suspense_hold(
    p_txn payments_transaction, p_reason text, p_result stk_result, p_is_new_money boolean,
    p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_receipt text := p_result.mpesa_receipt_number;
    v_entry_id bigint;
    v_is_first_use boolean;
BEGIN
    IF EXISTS (SELECT 1 FROM payments_suspensecase
                WHERE transaction_id = p_txn.id AND mpesa_receipt_number = v_receipt) THEN
        RETURN 'duplicate';
    END IF;
    v_is_first_use := receipt_register(v_receipt, p_txn.id, p_now);
    IF v_is_first_use AND p_is_new_money THEN
        v_entry_id := ledger_post(
            'suspense:' || v_receipt,
            ledger_system_account('mpesa:' || p_txn.business_short_code, 'clearing'),
            ledger_system_account('suspense', 'suspense'),
            p_result.amount, 'M-Pesa ' || v_receipt || ': ' || p_reason, p_now);
    END IF;
    INSERT INTO payments_suspensecase
        (transaction_id, mpesa_receipt_number, reason, amount, entry_id, status, opened_at)
    VALUES (p_txn.id, v_receipt, CASE WHEN v_is_first_use THEN p_reason ELSE 'receipt_used' END,
            CASE WHEN v_entry_id IS NOT NULL THEN p_result.amount END, v_entry_id, 'OPEN', p_now);
    -- The customer has answered the prompt, so it is closed. No further status query: its answer
    -- could credit the money that an operator now decides on.
    UPDATE payments_transaction SET
        review_reason = 'suspense',
        next_query_at = NULL, regular_query_at = NULL,
        prompt_expires_at = least(prompt_expires_at, p_now),
        updated_at = p_now
    WHERE id = p_txn.id;
    RETURN 'mismatched';
END $$;

-- Return why a customer may not get a payment that came with somebody else's deposit, or NULL:
-- operator, blocked, unverified, paused. A deposit's own customer is not asked: the money is theirs.
CREATE OR REPLACE FUNCTION suspense_objection(p_user_id bigint, p_now timestamptz)
RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_user users_user%ROWTYPE;
BEGIN
    SELECT * INTO v_user FROM users_user WHERE id = p_user_id;
    RETURN CASE
        WHEN v_user.is_staff OR v_user.is_superuser THEN 'operator'
        WHEN NOT v_user.is_active THEN 'blocked'
        WHEN v_user.kyc_status <> 'VERIFIED' THEN 'unverified'
        WHEN (SELECT blocked_until FROM own_limits_in_force(p_user_id, p_now)) IS NOT NULL
        THEN 'paused' END;
END $$;

-- Return whether a decision about an amount takes two operators: it is above the limit of one. Without
-- a limit every decision does, except one that moves nothing.
CREATE OR REPLACE FUNCTION decision_takes_two(p_amount numeric, p_limit numeric) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(p_amount, 0) > coalesce(p_limit, 0)
$$;

-- Let an operator's decisions come one after the other until the transaction ends, or two at once
-- could each be the last below the limit. Before every other lock: statement_settle goes on to
-- deposits and cases.
CREATE OR REPLACE FUNCTION operator_lock(p_operator_id bigint) RETURNS void
LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('statement operator', coalesce(p_operator_id, 0)))
$$;

-- Return how much an operator alone made into customers' money on the Nairobi day of `p_now`: cases
-- that they gave away or corrected upward without a proposal, each once and by its true amount, and
-- rows of statements that they brought themselves. The case `p_but_case_id` does not count: the
-- decision that is compared is about it. Nor does a case whose amount a row of a statement says that
-- they settled: their own rows are in the sum, and a colleague's statement is a second operator.
-- (Rows in suspense count too, since a claim may release them, and so do receipts that are filled in:
-- the true receipt then counts as a second payment.)
CREATE OR REPLACE FUNCTION decided_alone(
    p_operator_id bigint, p_but_case_id bigint, p_now timestamptz
) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT sum(coalesce(item.corrected_amount, item.amount))
          FROM payments_suspensecase AS item
          LEFT JOIN wallet_journalentry AS corrected ON corrected.id = item.correction_entry_id
         WHERE item.id IS DISTINCT FROM p_but_case_id
           AND (item.resolved_by_id = p_operator_id AND item.decision = 'credited'
                    AND item.share_count IS NULL
                    AND item.resolved_at >= date_trunc('day', p_now, 'Africa/Nairobi')
                    AND NOT EXISTS (
                        SELECT 1 FROM users_proposal AS proposal
                         WHERE proposal.kind = 'resolve_case' AND proposal.subject_id = item.id
                           AND proposal.status = 'APPROVED')
             OR item.corrected_by_id = p_operator_id AND item.corrected_amount > item.amount
                    AND corrected.created_at >= date_trunc('day', p_now, 'Africa/Nairobi')
                    AND NOT EXISTS (
                        SELECT 1 FROM users_proposal AS proposal
                         WHERE proposal.kind = 'correct_case' AND proposal.subject_id = item.id
                           AND proposal.status = 'APPROVED'))
           AND NOT EXISTS (
                SELECT 1 FROM payments_statementrow AS line
                 WHERE line.receipt = item.mpesa_receipt_number
                   AND line.settled_by_id = p_operator_id AND line.verdict <> ''
                   AND line.amount_in = coalesce(item.corrected_amount, item.amount))), 0)
         + coalesce((
        SELECT sum(coalesce(line.amount_in, line.amount_out))
          FROM payments_statementrow AS line
          JOIN payments_statementimport AS file ON file.id = line.file_id
         WHERE line.settled_by_id = p_operator_id AND line.verdict <> ''
           AND line.settled_at >= date_trunc('day', p_now, 'Africa/Nairobi')
           AND file.uploaded_by_id = p_operator_id), 0)
$$;

-- Return whether another operator proposed exactly this decision, and this one approved it
-- (users_proposal, which holds the two apart). `p_customer_id` NULL: it gives nobody anything.
CREATE OR REPLACE FUNCTION decision_is_approved(
    p_kind text, p_subject_id bigint, p_customer_id bigint, p_detail text, p_operator_id bigint
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM users_proposal AS proposal
         WHERE proposal.kind = p_kind AND proposal.subject_id = p_subject_id
           AND proposal.customer_id IS NOT DISTINCT FROM p_customer_id
           AND proposal.detail = p_detail AND proposal.status = 'APPROVED'
           AND proposal.decided_by_id = p_operator_id
           AND proposal.proposed_by_id <> p_operator_id)
$$;

-- Return whether the payment of a case is the operator's own: of a deposit of theirs, or paid by hand
-- and seemingly for them.
CREATE OR REPLACE FUNCTION suspense_is_own(p_case_id bigint, p_operator_id bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM payments_suspensecase AS item
          LEFT JOIN payments_transaction AS txn ON txn.id = item.transaction_id
          LEFT JOIN payments_paybillpayment AS payment ON payment.case_id = item.id
         WHERE item.id = p_case_id AND p_operator_id IN (txn.user_id, payment.proposed_user_id))
$$;

-- Lock the deposit of a case, and one more where `p_deposit_id` names it; then the case. Settling
-- takes the same order: no deadlock. Return the case, all NULL where there is none.
CREATE OR REPLACE FUNCTION suspense_lock(p_case_id bigint, p_deposit_id bigint)
RETURNS payments_suspensecase LANGUAGE plpgsql AS $$
DECLARE
    v_case payments_suspensecase%ROWTYPE;
BEGIN
    PERFORM FROM payments_transaction AS txn
      WHERE txn.id IN (p_deposit_id, (SELECT item.transaction_id FROM payments_suspensecase AS item
                                       WHERE item.id = p_case_id))
      ORDER BY txn.id FOR NO KEY UPDATE;
    SELECT * INTO v_case FROM payments_suspensecase WHERE id = p_case_id FOR UPDATE;
    RETURN v_case;
END $$;

-- Set a deposit's status and review reason after one of its cases was decided; while another one
-- is open, nothing changes. COMPLETED: only a reversal sets the review reason. Else, where a
-- payment was given to somebody, or closed without money, it is `resolved`: no later status query
-- may credit it, for the operator has just decided about its payment. Where M-Pesa paid it back, it
-- is FAILED and `refunded`. Where M-Pesa knows no payment of these receipts, the deposit is what it
-- was before: M-Pesa is asked about it again; without a checkout_request_id nobody can ask, and
-- operators look for it.
CREATE OR REPLACE FUNCTION suspense_review(p_transaction_id bigint, p_now timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_is_given boolean;
    v_is_refunded boolean;
BEGIN
    SELECT coalesce(bool_or(decision IN ('', 'credited')), false),
           coalesce(bool_or(decision = 'refunded'), false)
      INTO v_is_given, v_is_refunded
      FROM payments_suspensecase WHERE transaction_id = p_transaction_id AND status = 'RESOLVED';
    UPDATE payments_transaction AS txn SET
        status = CASE WHEN txn.status = 'PENDING' AND v_is_refunded AND NOT v_is_given
            THEN 'FAILED' ELSE txn.status END,
        review_reason = CASE
            WHEN txn.status = 'COMPLETED' THEN CASE WHEN EXISTS (
                SELECT 1 FROM payments_reversal AS reversal
                 WHERE reversal.entry_id = txn.credit_entry_id) THEN 'reversed' END
            WHEN v_is_given THEN 'resolved'
            WHEN v_is_refunded THEN 'refunded'
            WHEN txn.status = 'PENDING' AND txn.checkout_request_id IS NULL THEN 'no_answer' END,
        next_query_at = CASE WHEN txn.status <> 'COMPLETED' AND NOT v_is_given
            AND NOT v_is_refunded AND txn.checkout_request_id IS NOT NULL THEN p_now END,
        updated_at = greatest(txn.updated_at, p_now)
     WHERE txn.id = p_transaction_id AND NOT EXISTS (
        SELECT 1 FROM payments_suspensecase AS other
         WHERE other.transaction_id = txn.id AND other.status = 'OPEN');
END $$;

-- Give a payment held in suspense to a customer, by new postings; the operator gives a reason. The
-- deposit becomes COMPLETED only if the true amount is the requested one and goes to the deposit's
-- own customer. Another customer gets it, and anybody gets more than `p_limit`, only if an operator
-- proposed exactly that and this operator approved it; another customer also only if nothing speaks
-- against them. What the operator decided alone on the same day counts with it (decided_alone). A payment by hand has no deposit yet, so that any customer is another customer.
-- Outcome: resolved, already_resolved, no_such_case; or nothing is changed: own_money (the operator
-- is the customer), not_approved, or what suspense_objection says.
CREATE OR REPLACE FUNCTION suspense_give(
    p_case_id bigint, p_user_id bigint, p_operator_id bigint, p_note text, p_limit numeric,
    p_now timestamptz, OUT outcome text, OUT entry_id bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_case payments_suspensecase%ROWTYPE;
    v_txn payments_transaction%ROWTYPE;
    v_amount numeric;
    v_is_own boolean;
BEGIN
    PERFORM operator_lock(p_operator_id);
    v_case := suspense_lock(p_case_id, NULL);
    v_amount := coalesce(v_case.corrected_amount, v_case.amount);
    IF v_case.id IS NULL THEN
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
    SELECT * INTO v_txn FROM payments_transaction WHERE id = v_case.transaction_id;
    v_is_own := p_user_id IS NOT DISTINCT FROM v_txn.user_id;
    IF NOT v_is_own THEN
        outcome := suspense_objection(p_user_id, p_now);
    END IF;
    IF outcome IS NULL AND (NOT v_is_own OR decision_takes_two(
            v_amount + decided_alone(p_operator_id, p_case_id, p_now), p_limit))
       AND NOT decision_is_approved('resolve_case', p_case_id, p_user_id, '', p_operator_id) THEN
        outcome := 'not_approved';
    END IF;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    IF v_txn.id IS NULL THEN
        SELECT released.entry_id INTO entry_id
          FROM paybill_release(p_case_id, p_user_id, NULL, p_operator_id, NULL, p_note, p_now)
            AS released;
        outcome := 'resolved';
        RETURN;
    END IF;
    p_now := greatest(p_now, v_case.opened_at);
    IF v_amount IS NOT NULL THEN
        entry_id := ledger_post(
            'resolve:' || p_case_id, ledger_system_account('suspense', 'suspense'),
            ledger_customer_account(p_user_id), v_amount,
            'M-Pesa ' || v_case.mpesa_receipt_number || ': resolved', p_now);
    END IF;
    UPDATE payments_suspensecase SET
        status = 'RESOLVED', resolved_at = p_now, resolved_by_id = p_operator_id,
        decision = CASE WHEN v_amount IS NOT NULL THEN 'credited' ELSE '' END,
        resolution_entry_id = suspense_give.entry_id, resolution_note = left(p_note, 255)
    WHERE id = p_case_id;
    IF entry_id IS NOT NULL AND v_txn.status <> 'COMPLETED'
       AND v_amount = v_txn.amount AND p_user_id = v_txn.user_id THEN
        UPDATE payments_transaction SET
            status = 'COMPLETED', credit_entry_id = suspense_give.entry_id, completed_at = p_now,
            mpesa_receipt_number = v_case.mpesa_receipt_number, result_code = '0',
            next_query_at = NULL, regular_query_at = NULL, updated_at = p_now
        WHERE id = v_txn.id;
    END IF;
    PERFORM suspense_review(v_txn.id, p_now);
    outcome := 'resolved';
END $$;

-- Give a payment held in suspense to a customer, for code of releases that know no limit.
CREATE OR REPLACE FUNCTION suspense_resolve(
    p_case_id bigint, p_user_id bigint, p_operator_id bigint, p_note text, p_now timestamptz,
    OUT outcome text, OUT entry_id bigint
) LANGUAGE sql AS $$
    SELECT * FROM suspense_give(p_case_id, p_user_id, p_operator_id, p_note, 'infinity', p_now)
$$;

-- Return whether a case's payment can be the one that a status query credited to a deposit: it is
-- COMPLETED without a receipt (a query names none), of the same amount and short code. The receipt
-- is registered for no other deposit: receipts never move. A case without money is about a payment
-- that is booked, and may come after the deposit got its receipt.
CREATE OR REPLACE FUNCTION suspense_fits(p_case payments_suspensecase, p_deposit_id bigint)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM payments_transaction AS txn
          JOIN payments_receipt AS receipt ON receipt.number = p_case.mpesa_receipt_number
         WHERE txn.id = p_deposit_id AND txn.status = 'COMPLETED'
           AND coalesce(receipt.transaction_id, txn.id) = txn.id
           AND CASE WHEN p_case.amount IS NULL
               THEN p_case.transaction_id = txn.id
                    AND coalesce(txn.mpesa_receipt_number, receipt.number) = receipt.number
               ELSE txn.mpesa_receipt_number IS NULL
                    AND coalesce(p_case.transaction_id, txn.id) = txn.id
                    AND txn.amount = coalesce(p_case.corrected_amount, p_case.amount)
                    AND EXISTS (
                        SELECT 1 FROM wallet_journalentry AS held
                          JOIN wallet_ledgeraccount AS clearing ON clearing.id = held.debit_account_id
                         WHERE held.id = p_case.entry_id
                           AND clearing.code = 'mpesa:' || txn.business_short_code) END)
$$;

-- Decide that nobody gets the money of a case, and close it: what was posted to suspense goes back to
-- the very clearing account that it came from. `p_decision`: not_in_books (M-Pesa has no such payment:
-- the money never came), refunded (paid back in M-Pesa's portal), or belongs_to_deposit (a status
-- query had credited the same payment to the deposit `p_deposit_id`, which now gets its receipt). A
-- case without an amount is closed without postings. More than `p_limit` takes an approved proposal
-- of exactly this (kind dismiss_case, detail `<decision>` or `<decision>:<deposit id>`).
-- Outcome: dismissed, already_resolved, no_such_case; or nothing is changed: no_such_decision,
-- own_money (it is a payment of the operator's), unfit_deposit (suspense_fits), not_approved.
CREATE OR REPLACE FUNCTION suspense_dismiss(
    p_case_id bigint, p_decision text, p_deposit_id bigint, p_operator_id bigint, p_note text,
    p_limit numeric, p_now timestamptz, OUT outcome text, OUT entry_id bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_case payments_suspensecase%ROWTYPE := suspense_lock(p_case_id, p_deposit_id);
    v_amount numeric := coalesce(v_case.corrected_amount, v_case.amount);
    v_is_of_deposit boolean := p_decision = 'belongs_to_deposit';
BEGIN
    outcome := CASE
        WHEN v_case.id IS NULL THEN 'no_such_case'
        WHEN v_case.status = 'RESOLVED' THEN 'already_resolved'
        WHEN p_decision IS NULL
             OR p_decision NOT IN ('not_in_books', 'refunded', 'belongs_to_deposit')
             OR v_is_of_deposit <> (p_deposit_id IS NOT NULL) THEN 'no_such_decision'
        WHEN suspense_is_own(p_case_id, p_operator_id) OR EXISTS (
                SELECT 1 FROM payments_transaction AS txn
                 WHERE txn.id = p_deposit_id AND txn.user_id = p_operator_id) THEN 'own_money'
        WHEN v_is_of_deposit AND NOT suspense_fits(v_case, p_deposit_id) THEN 'unfit_deposit'
        WHEN decision_takes_two(v_amount, p_limit) AND NOT decision_is_approved(
                'dismiss_case', p_case_id, NULL, concat_ws(':', p_decision, p_deposit_id),
                p_operator_id) THEN 'not_approved' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    p_now := greatest(p_now, v_case.opened_at);
    IF v_amount IS NOT NULL THEN
        entry_id := ledger_post(
            'resolve:' || p_case_id, ledger_system_account('suspense', 'suspense'),
            (SELECT held.debit_account_id FROM wallet_journalentry AS held
              WHERE held.id = v_case.entry_id),
            v_amount, 'M-Pesa ' || v_case.mpesa_receipt_number || ': ' || p_decision, p_now);
    END IF;
    UPDATE payments_suspensecase SET
        status = 'RESOLVED', decision = p_decision, resolved_at = p_now,
        resolved_by_id = p_operator_id, resolution_note = left(p_note, 255),
        resolution_entry_id = suspense_dismiss.entry_id,
        -- Without a deposit of its own it becomes one of this deposit's, unless that has a case of
        -- the same receipt, where both reports of the payment came.
        transaction_id = coalesce(transaction_id, CASE WHEN NOT EXISTS (
            SELECT 1 FROM payments_suspensecase AS other
             WHERE other.transaction_id = p_deposit_id
               AND other.mpesa_receipt_number = v_case.mpesa_receipt_number) THEN p_deposit_id END)
     WHERE id = p_case_id;
    IF v_is_of_deposit THEN
        UPDATE payments_receipt SET transaction_id = p_deposit_id
         WHERE number = v_case.mpesa_receipt_number AND transaction_id IS NULL;
        UPDATE payments_paybillpayment SET transaction_id = p_deposit_id
         WHERE receipt = v_case.mpesa_receipt_number AND transaction_id IS NULL;
        UPDATE payments_transaction
           SET mpesa_receipt_number = v_case.mpesa_receipt_number,
               updated_at = greatest(updated_at, p_now)
         WHERE id = p_deposit_id AND mpesa_receipt_number IS NULL;
    END IF;
    PERFORM suspense_review(coalesce(v_case.transaction_id, p_deposit_id), p_now);
    outcome := 'dismissed';
END $$;

-- Correct the amount of an open case, once, to what M-Pesa's own record (`p_source`: portal or
-- statement) says: the difference is posted between suspense and the clearing account that the
-- case's money came from, so that suspense holds the true amount. An amount above `p_limit`, before
-- or after, takes an approved proposal of exactly this (kind correct_case, detail the amount with two
-- decimals). With a larger amount, what the operator decided alone on the same day counts with it
-- (decided_alone): nothing but their word says it.
-- Outcome: corrected, already_resolved, no_such_case; or nothing is changed: no_money (the case holds
-- none), already_corrected, bad_amount (not above zero, or with more than cents), same_amount,
-- own_money (it is a payment of the operator's), not_approved.
CREATE OR REPLACE FUNCTION suspense_correct(
    p_case_id bigint, p_amount numeric, p_operator_id bigint, p_source text, p_note text,
    p_limit numeric, p_now timestamptz, OUT outcome text, OUT entry_id bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_case payments_suspensecase%ROWTYPE;
    v_held wallet_journalentry%ROWTYPE;
    v_is_more boolean;
BEGIN
    PERFORM operator_lock(p_operator_id);
    v_case := suspense_lock(p_case_id, NULL);
    v_is_more := p_amount > v_case.amount;
    outcome := CASE
        WHEN v_case.id IS NULL THEN 'no_such_case'
        WHEN v_case.status = 'RESOLVED' THEN 'already_resolved'
        WHEN v_case.amount IS NULL THEN 'no_money'
        WHEN v_case.corrected_amount IS NOT NULL THEN 'already_corrected'
        -- NaN is above every number.
        WHEN (p_amount > 0 AND p_amount < 1000000000 AND p_amount = round(p_amount, 2)) IS NOT TRUE
            THEN 'bad_amount'
        WHEN p_amount = v_case.amount THEN 'same_amount'
        WHEN suspense_is_own(p_case_id, p_operator_id) THEN 'own_money'
        WHEN decision_takes_two(
                greatest(p_amount, v_case.amount) + CASE WHEN v_is_more
                    THEN decided_alone(p_operator_id, p_case_id, p_now) ELSE 0 END, p_limit)
             AND NOT decision_is_approved('correct_case', p_case_id, NULL,
                                          p_amount::numeric(14, 2)::text, p_operator_id)
            THEN 'not_approved' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    p_now := greatest(p_now, v_case.opened_at);
    SELECT * INTO STRICT v_held FROM wallet_journalentry WHERE id = v_case.entry_id;
    entry_id := ledger_post(
        'correct:' || p_case_id,
        CASE WHEN v_is_more THEN v_held.debit_account_id ELSE v_held.credit_account_id END,
        CASE WHEN v_is_more THEN v_held.credit_account_id ELSE v_held.debit_account_id END,
        abs(p_amount - v_case.amount),
        'M-Pesa ' || v_case.mpesa_receipt_number || ': corrected by the ' || p_source, p_now);
    UPDATE payments_suspensecase SET
        corrected_amount = p_amount, correction_entry_id = suspense_correct.entry_id,
        corrected_by_id = p_operator_id, correction_note = left(p_source || ': ' || p_note, 255)
     WHERE id = p_case_id;
    outcome := 'corrected';
END $$;
