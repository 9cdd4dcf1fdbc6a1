-- Reversals: M-Pesa took back a payment that had been credited to a customer.

-- Debit the customer's wallet by one earlier credit, once per journal entry. The entry and its
-- reversal both stay in the ledger and on the statement; the deposit stays COMPLETED and its review
-- reason becomes `reversed`. Only an entry that credited a customer can be reversed. The money goes
-- to the clearing account even where the credit came out of suspense: a resolved case is not
-- reopened. Outcome: reversed, already_reversed, no_such_entry, not_reversible, or own_money (the
-- wallet is the operator's). Where the wallet no longer holds the amount, the constraint
-- wallet_balance raises an error and nothing is reversed.
CREATE OR REPLACE FUNCTION payment_reverse(
    p_entry_id bigint, p_operator_id bigint, p_reason text, p_now timestamptz,
    OUT outcome text, OUT entry_id bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_entry wallet_journalentry%ROWTYPE;
    v_txn payments_transaction%ROWTYPE;
    v_owner_id bigint;
BEGIN
    SELECT * INTO v_entry FROM wallet_journalentry AS entry WHERE entry.id = p_entry_id;
    IF NOT FOUND THEN
        outcome := 'no_such_entry';
        RETURN;
    END IF;
    SELECT account.user_id INTO v_owner_id FROM wallet_ledgeraccount AS account
     WHERE account.id = v_entry.credit_account_id;
    -- Lock the deposit first, then the wallet, in the same order as settling does: no deadlock.
    SELECT txn.* INTO v_txn FROM payments_transaction AS txn
     WHERE txn.id = coalesce(
        (SELECT item.transaction_id FROM payments_suspensecase AS item
          WHERE item.resolution_entry_id = p_entry_id),
        (SELECT credited.id FROM payments_transaction AS credited
          WHERE credited.credit_entry_id = p_entry_id))
       FOR NO KEY UPDATE OF txn;
    IF v_owner_id IS NULL OR v_txn.id IS NULL THEN
        outcome := 'not_reversible';
        RETURN;
    END IF;
    IF v_owner_id = p_operator_id THEN
        outcome := 'own_money';
        RETURN;
    END IF;
    IF EXISTS (SELECT 1 FROM payments_reversal AS reversal WHERE reversal.entry_id = p_entry_id) THEN
        outcome := 'already_reversed';
        RETURN;
    END IF;
    p_now := greatest(p_now, v_entry.created_at);
    entry_id := ledger_post(
        'reverse:' || v_entry.key, v_entry.credit_account_id,
        ledger_system_account('mpesa:' || v_txn.business_short_code, 'clearing'),
        v_entry.amount, left('Reversed: ' || v_entry.description, 255), p_now);
    INSERT INTO payments_reversal
        (transaction_id, entry_id, reversal_entry_id, operator_id, reason, reversed_at)
    VALUES (v_txn.id, p_entry_id, payment_reverse.entry_id, p_operator_id, p_reason, p_now);
    UPDATE payments_transaction AS txn SET review_reason = 'reversed', updated_at = p_now
     WHERE txn.id = v_txn.id AND txn.credit_entry_id = p_entry_id AND txn.review_reason IS NULL;
    outcome := 'reversed';
END $$;
