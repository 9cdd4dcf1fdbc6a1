-- Suspense: verified money that does not agree with its deposit, until an operator decides. The
-- balance of the suspense account always equals the sum of the open cases' amounts.

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

-- Give a payment held in suspense to a customer, by new postings; the operator gives a reason. The
-- deposit becomes COMPLETED only if the amount is the requested one and goes to the deposit's own
-- customer. Another customer gets it only if an operator proposed exactly that, this operator
-- approved it (users_proposal, which holds the two apart), and nothing speaks against the customer.
-- A payment by hand has no deposit yet, so that any customer is another customer.
-- Outcome: resolved, already_resolved, no_such_case; or nothing is changed: own_money (the operator
-- is the customer), not_approved, or what suspense_objection says.
CREATE OR REPLACE FUNCTION suspense_resolve(
    p_case_id bigint, p_user_id bigint, p_operator_id bigint, p_note text, p_now timestamptz,
    OUT outcome text, OUT entry_id bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_case payments_suspensecase%ROWTYPE;
    v_txn payments_transaction%ROWTYPE;
BEGIN
    -- Lock the deposit first, then its case, in the same order as settling does: no deadlock.
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
    IF p_user_id IS DISTINCT FROM v_txn.user_id THEN
        outcome := suspense_objection(p_user_id, p_now);
        IF outcome IS NULL AND NOT EXISTS (
            SELECT 1 FROM users_proposal AS proposal
             WHERE proposal.kind = 'resolve_case' AND proposal.subject_id = p_case_id
               AND proposal.customer_id = p_user_id AND proposal.status = 'APPROVED'
               AND proposal.decided_by_id = p_operator_id
               AND proposal.proposed_by_id <> p_operator_id) THEN
            outcome := 'not_approved';
        END IF;
        IF outcome IS NOT NULL THEN
            RETURN;
        END IF;
    END IF;
    IF v_txn.id IS NULL THEN
        SELECT released.entry_id INTO entry_id
          FROM paybill_release(p_case_id, p_user_id, NULL, p_operator_id, NULL, p_note, p_now)
            AS released;
        outcome := 'resolved';
        RETURN;
    END IF;
    p_now := greatest(p_now, v_case.opened_at);
    IF v_case.amount IS NOT NULL THEN
        entry_id := ledger_post(
            'resolve:' || p_case_id, ledger_system_account('suspense', 'suspense'),
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
    -- A deposit that is not COMPLETED becomes `resolved`: no later status query may credit it, for
    -- the operator has just decided about its payment.
    UPDATE payments_transaction AS txn SET
        review_reason = CASE
            WHEN txn.status <> 'COMPLETED' THEN 'resolved'
            WHEN EXISTS (SELECT 1 FROM payments_reversal AS reversal
                          WHERE reversal.entry_id = txn.credit_entry_id) THEN 'reversed' END,
        updated_at = p_now
     WHERE txn.id = v_txn.id AND NOT EXISTS (
        SELECT 1 FROM payments_suspensecase AS other
         WHERE other.transaction_id = txn.id AND other.status = 'OPEN');
    outcome := 'resolved';
END $$;
