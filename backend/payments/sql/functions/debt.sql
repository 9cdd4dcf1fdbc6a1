-- Debts: what a customer owes because M-Pesa took a payment back after it was spent. A debt never
-- changes; what is left of it is its amount less its repayments, and the balance of the account
-- `debts` always equals the sum of what is left. The row of the customer's wallet is the lock:
-- every function that opens or repays a debt holds it.

-- Record a debt. The caller has posted its entry, and the reversal whose shortfall it is.
CREATE OR REPLACE FUNCTION debt_open(
    p_customer_id bigint, p_reversal_id bigint, p_entry_id bigint, p_amount numeric,
    p_now timestamptz
) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO payments_debt (customer_id, reversal_id, entry_id, amount, owed_since)
    VALUES (p_customer_id, p_reversal_id, p_entry_id, p_amount, p_now) RETURNING id
$$;

-- Return what is left of a debt, in KES.
CREATE OR REPLACE FUNCTION debt_left(p_debt_id bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT debt.amount - coalesce((
            SELECT sum(entry.amount) FROM payments_repayment AS repayment
              JOIN wallet_journalentry AS entry ON entry.id = repayment.entry_id
             WHERE repayment.debt_id = debt.id), 0)
      FROM payments_debt AS debt WHERE debt.id = p_debt_id
$$;

-- Take what the debtor's wallet holds, up to what is left of the debt; the operator gives a reason.
-- Repeated, it takes what has come into the wallet since.
-- Outcome: collected, with the entry and its amount; or nothing is changed: no_such_debt, own_money
-- (the debt is the operator's), repaid (nothing is left of it), empty_wallet.
CREATE OR REPLACE FUNCTION debt_collect(
    p_debt_id bigint, p_operator_id bigint, p_reason text, p_now timestamptz,
    OUT outcome text, OUT entry_id bigint, OUT amount numeric
) LANGUAGE plpgsql AS $$
DECLARE
    v_debt payments_debt%ROWTYPE;
    v_wallet_id bigint;
    v_balance numeric;
    v_left numeric;
    v_number int;
BEGIN
    SELECT * INTO v_debt FROM payments_debt AS debt WHERE debt.id = p_debt_id;
    IF NOT FOUND THEN
        outcome := 'no_such_debt';
        RETURN;
    END IF;
    IF v_debt.customer_id = p_operator_id THEN
        outcome := 'own_money';
        RETURN;
    END IF;
    SELECT account.id, account.balance INTO v_wallet_id, v_balance
      FROM wallet_ledgeraccount AS account
     WHERE account.user_id = v_debt.customer_id FOR NO KEY UPDATE;
    -- Read under the lock: another operator may have collected meanwhile.
    v_left := debt_left(p_debt_id);
    outcome := CASE WHEN v_left = 0 THEN 'repaid' WHEN v_balance = 0 THEN 'empty_wallet' END;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    p_now := greatest(p_now, v_debt.owed_since);
    amount := least(v_left, v_balance);
    SELECT 1 + count(*) INTO v_number FROM payments_repayment AS repayment
     WHERE repayment.debt_id = p_debt_id;
    entry_id := ledger_post(
        'repay:' || p_debt_id || ':' || v_number, v_wallet_id,
        ledger_system_account('debts', 'debt'), amount,
        'Repaid: a payment that was spent before M-Pesa took it back', p_now);
    INSERT INTO payments_repayment (debt_id, number, entry_id, operator_id, reason, repaid_at)
    VALUES (p_debt_id, v_number, debt_collect.entry_id, p_operator_id, left(p_reason, 255), p_now);
    outcome := 'collected';
END $$;
