-- Money moves here or nowhere. Python calls these through wallet/ledger.py; the settlement
-- functions of payments call them directly. Times are passed in.

CREATE OR REPLACE FUNCTION ledger_customer_account(p_user_id bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
BEGIN
    SELECT id INTO v_id FROM wallet_ledgeraccount WHERE user_id = p_user_id;
    IF v_id IS NULL THEN
        INSERT INTO wallet_ledgeraccount (code, kind, user_id, balance)
        VALUES ('wallet:' || p_user_id, 'customer', p_user_id, 0)
        ON CONFLICT DO NOTHING;
        SELECT id INTO STRICT v_id FROM wallet_ledgeraccount WHERE user_id = p_user_id;
    END IF;
    RETURN v_id;
END $$;

CREATE OR REPLACE FUNCTION ledger_house_account(p_code text, p_kind text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
BEGIN
    SELECT id INTO v_id FROM wallet_ledgeraccount WHERE code = p_code;
    IF v_id IS NULL THEN
        INSERT INTO wallet_ledgeraccount (code, kind) VALUES (p_code, p_kind)
        ON CONFLICT DO NOTHING;
        SELECT id INTO STRICT v_id FROM wallet_ledgeraccount WHERE code = p_code;
    END IF;
    RETURN v_id;
END $$;

-- Record one balanced movement, once per key. Repeating a call is harmless: the first entry comes
-- back. The same key with other accounts or another amount is an error (SQLSTATE KB001).
CREATE OR REPLACE FUNCTION ledger_post(
    p_key text, p_debit_account_id bigint, p_credit_account_id bigint,
    p_amount numeric, p_description text, p_now timestamptz
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_entry_id bigint;
BEGIN
    INSERT INTO wallet_journalentry (key, description, created_at)
    VALUES (p_key, p_description, p_now)
    ON CONFLICT (key) DO NOTHING
    RETURNING id INTO v_entry_id;
    IF v_entry_id IS NOT NULL THEN
        INSERT INTO wallet_posting (entry_id, account_id, side, amount)
        VALUES (v_entry_id, p_debit_account_id, 'debit', p_amount),
               (v_entry_id, p_credit_account_id, 'credit', p_amount);
        RETURN v_entry_id;
    END IF;
    -- The unique key is what stops a double credit; this look turns a caller's bug into an error.
    SELECT id INTO STRICT v_entry_id FROM wallet_journalentry WHERE key = p_key;
    IF (SELECT count(*) <> 2
            OR count(*) FILTER (WHERE (account_id, side, amount)
                                   = (p_debit_account_id, 'debit', p_amount)) <> 1
            OR count(*) FILTER (WHERE (account_id, side, amount)
                                   = (p_credit_account_id, 'credit', p_amount)) <> 1
          FROM wallet_posting WHERE entry_id = v_entry_id) THEN
        RAISE EXCEPTION 'ledger key % belongs to another movement', p_key USING ERRCODE = 'KB001';
    END IF;
    RETURN v_entry_id;
END $$;
