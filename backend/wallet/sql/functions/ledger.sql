-- Opens ledger accounts, and moves money: `ledger_post` records one movement, `ledger_post_many` a
-- batch. Only SQL functions of payments call them (callback inbox, settlement, suspense,
-- reversals, debts). The caller passes the time.

-- Return the id of the customer's account; open it with balance zero if it does not exist.
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

-- Return the id of a house account (clearing, suspense or debts) by its code; open it if it is
-- missing.
CREATE OR REPLACE FUNCTION ledger_system_account(p_code text, p_kind text) RETURNS bigint
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

-- Record one movement of money, once per key, and return the id of its journal entry. Repeating a
-- call is harmless: it returns the first entry. The same key with other accounts or another amount
-- is an error (SQLSTATE KB001). The journal's trigger updates the customers' balances.
CREATE OR REPLACE FUNCTION ledger_post(
    p_key text, p_debit_account_id bigint, p_credit_account_id bigint,
    p_amount numeric, p_description text, p_now timestamptz
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_entry_id bigint;
BEGIN
    INSERT INTO wallet_journalentry
        (key, debit_account_id, credit_account_id, amount, description, created_at)
    VALUES (p_key, p_debit_account_id, p_credit_account_id, p_amount, p_description, p_now)
    ON CONFLICT (key) DO NOTHING
    RETURNING id INTO v_entry_id;
    IF v_entry_id IS NOT NULL THEN
        RETURN v_entry_id;
    END IF;
    -- The unique key already prevents a double credit. This query finds a caller's bug: the same
    -- key used for another movement.
    SELECT id INTO v_entry_id FROM wallet_journalentry AS entry
     WHERE entry.key = p_key AND entry.debit_account_id = p_debit_account_id
       AND entry.credit_account_id = p_credit_account_id AND entry.amount = p_amount;
    IF v_entry_id IS NULL THEN
        RAISE EXCEPTION 'ledger key % belongs to another movement', p_key USING ERRCODE = 'KB001';
    END IF;
    RETURN v_entry_id;
END $$;

-- Record many movements in one statement, so that the journal's trigger locks and updates each
-- wallet once. Return the ids of the entries in the order of the keys. If a key exists already, the
-- call fails and records nothing.
CREATE OR REPLACE FUNCTION ledger_post_many(
    p_keys text[], p_debit_account_ids bigint[], p_credit_account_ids bigint[],
    p_amounts numeric[], p_descriptions text[], p_now timestamptz[]
) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
    v_entry_ids bigint[];
BEGIN
    WITH posted AS (
        INSERT INTO wallet_journalentry
            (key, debit_account_id, credit_account_id, amount, description, created_at)
        SELECT * FROM unnest(p_keys, p_debit_account_ids, p_credit_account_ids, p_amounts,
                             p_descriptions, p_now)
        RETURNING wallet_journalentry.id, wallet_journalentry.key
    )
    SELECT array_agg(posted.id ORDER BY item.nth) INTO v_entry_ids
      FROM posted
      JOIN unnest(p_keys) WITH ORDINALITY AS item(key, nth) ON item.key = posted.key;
    RETURN v_entry_ids;
END $$;
