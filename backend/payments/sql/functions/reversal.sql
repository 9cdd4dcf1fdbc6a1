-- Reversals: M-Pesa took back a payment that had been credited to a customer.

-- Debit the customer's wallet by one earlier credit, once per journal entry. The entry and its
-- reversal both stay in the ledger and on the statement; the deposit stays COMPLETED and its review
-- reason becomes `reversed`. Only an entry that credited a customer can be reversed: of a deposit, or
-- of a decided case. Of a payment that was shared out each share is reversed alone. The money goes to the clearing account that it came from, even where the credit
-- came out of suspense: a resolved case is not reopened.
--
-- What the wallet no longer holds becomes a debt of the customer, if it is at most `p_most_owed`
-- (NULL: nothing may): the shortfall is lent to the wallet first, so that its balance ends at zero
-- and is never below. More than `p_limit` takes an approved proposal of exactly this (kind
-- reverse_credit, detail `owing:<p_most_owed with two decimals>`).
-- Outcome: reversed, already_reversed, no_such_entry, not_reversible; or nothing is changed:
-- own_money (the wallet is the operator's), not_approved, spent. `shortfall`, what the wallet lacks,
-- is told with reversed and spent.
CREATE OR REPLACE FUNCTION payment_reverse_owing(
    p_entry_id bigint, p_operator_id bigint, p_reason text, p_most_owed numeric, p_limit numeric,
    p_now timestamptz,
    OUT outcome text, OUT entry_id bigint, OUT debt_id bigint, OUT shortfall numeric
) LANGUAGE plpgsql AS $$
DECLARE
    v_entry wallet_journalentry%ROWTYPE;
    v_txn payments_transaction%ROWTYPE;
    v_case payments_suspensecase%ROWTYPE;
    v_owner_id bigint;
    v_reversal_id bigint;
    v_lent_id bigint;
BEGIN
    SELECT * INTO v_entry FROM wallet_journalentry AS entry WHERE entry.id = p_entry_id;
    IF NOT FOUND THEN
        outcome := 'no_such_entry';
        RETURN;
    END IF;
    SELECT account.user_id INTO v_owner_id FROM wallet_ledgeraccount AS account
     WHERE account.id = v_entry.credit_account_id;
    -- Lock the deposit first, then the case, then the wallet, in the same order as settling does: no
    -- deadlock.
    SELECT txn.* INTO v_txn FROM payments_transaction AS txn
     WHERE txn.id = coalesce(
        (SELECT item.transaction_id FROM payments_suspensecase AS item
          WHERE item.resolution_entry_id = p_entry_id),
        (SELECT item.transaction_id FROM payments_caseshare AS share
           JOIN payments_suspensecase AS item ON item.id = share.case_id
          WHERE share.entry_id = p_entry_id),
        (SELECT credited.id FROM payments_transaction AS credited
          WHERE credited.credit_entry_id = p_entry_id))
       FOR NO KEY UPDATE OF txn;
    IF v_txn.id IS NULL THEN
        SELECT * INTO v_case FROM payments_suspensecase AS item
         WHERE item.id = coalesce(
            (SELECT given.id FROM payments_suspensecase AS given
              WHERE given.resolution_entry_id = p_entry_id),
            (SELECT share.case_id FROM payments_caseshare AS share
              WHERE share.entry_id = p_entry_id))
           FOR UPDATE;
    END IF;
    outcome := CASE
        WHEN v_owner_id IS NULL OR coalesce(v_txn.id, v_case.id) IS NULL THEN 'not_reversible'
        WHEN v_owner_id = p_operator_id THEN 'own_money'
        WHEN EXISTS (SELECT 1 FROM payments_reversal AS reversal
                      WHERE reversal.entry_id = p_entry_id) THEN 'already_reversed'
        WHEN decision_takes_two(v_entry.amount, p_limit) AND NOT decision_is_approved(
                'reverse_credit', p_entry_id, NULL,
                'owing:' || coalesce(p_most_owed, 0)::numeric(14, 2), p_operator_id)
            THEN 'not_approved' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT greatest(v_entry.amount - account.balance, 0) INTO shortfall
      FROM wallet_ledgeraccount AS account
     WHERE account.id = v_entry.credit_account_id FOR NO KEY UPDATE;
    IF shortfall > coalesce(p_most_owed, 0) THEN
        outcome := 'spent';
        RETURN;
    END IF;
    p_now := greatest(p_now, v_entry.created_at);
    IF shortfall > 0 THEN
        v_lent_id := ledger_post(
            'debt:' || v_entry.key, ledger_system_account('debts', 'debt'),
            v_entry.credit_account_id, shortfall,
            'Owed: a payment that was spent before M-Pesa took it back', p_now);
    END IF;
    entry_id := ledger_post(
        'reverse:' || v_entry.key, v_entry.credit_account_id,
        coalesce(
            (SELECT held.debit_account_id FROM wallet_journalentry AS held
              WHERE held.id = v_case.entry_id),
            ledger_system_account('mpesa:' || v_txn.business_short_code, 'clearing')),
        v_entry.amount, left('Reversed: ' || v_entry.description, 255), p_now);
    INSERT INTO payments_reversal
        (transaction_id, case_id, entry_id, reversal_entry_id, operator_id, reason, reversed_at)
    VALUES (v_txn.id, v_case.id, p_entry_id, payment_reverse_owing.entry_id, p_operator_id, p_reason,
            p_now)
    RETURNING id INTO v_reversal_id;
    IF v_lent_id IS NOT NULL THEN
        debt_id := debt_open(v_owner_id, v_reversal_id, v_lent_id, shortfall, p_now);
    END IF;
    UPDATE payments_transaction AS txn SET review_reason = 'reversed', updated_at = p_now
     WHERE txn.id = v_txn.id AND txn.credit_entry_id = p_entry_id AND txn.review_reason IS NULL;
    outcome := 'reversed';
END $$;

-- Reverse a credit whose whole amount is in the wallet, for code of releases that know no limit and no
-- debt. Where the wallet no longer holds it, the error is that of the constraint wallet_balance.
CREATE OR REPLACE FUNCTION payment_reverse(
    p_entry_id bigint, p_operator_id bigint, p_reason text, p_now timestamptz,
    OUT outcome text, OUT entry_id bigint
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT done.outcome, done.entry_id INTO outcome, entry_id
      FROM payment_reverse_owing(p_entry_id, p_operator_id, p_reason, 0, 'infinity', p_now) AS done;
    IF outcome = 'spent' THEN
        RAISE EXCEPTION 'the reversal of entry % violates check constraint "wallet_balance"',
            p_entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'wallet_balance',
                  TABLE = 'wallet_ledgeraccount';
    END IF;
END $$;
