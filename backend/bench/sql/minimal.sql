-- The minimal settling function, a yardstick: a guarded UPDATE of the deposit, the receipt, two
-- ledger rows and the wallet, in one function; without inbox, history and guards.
CREATE TABLE b_wallet (
    id bigint PRIMARY KEY, balance numeric(14, 2) NOT NULL, version bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE TABLE b_tx (
    id bigint PRIMARY KEY, wallet_id bigint NOT NULL, amount numeric(12, 2) NOT NULL,
    phone text NOT NULL, checkout_request_id text NOT NULL UNIQUE, status text NOT NULL,
    receipt text, created_at timestamptz NOT NULL DEFAULT now(), completed_at timestamptz
) WITH (fillfactor = 90);
CREATE INDEX b_tx_open ON b_tx (created_at, id) WHERE status = 'PENDING';
CREATE UNIQUE INDEX b_tx_receipt ON b_tx (receipt) WHERE receipt IS NOT NULL;
CREATE TABLE b_receipt (number text PRIMARY KEY, tx_id bigint NOT NULL);
CREATE TABLE b_ledger (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tx_id bigint NOT NULL, side text NOT NULL,
    account text NOT NULL, amount numeric(12, 2) NOT NULL, UNIQUE (tx_id, side)
);

CREATE FUNCTION settle_fn(p_checkout text, p_amount numeric, p_receipt text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
    v_wallet bigint;
BEGIN
    UPDATE b_tx SET status = 'COMPLETED', receipt = p_receipt, completed_at = now()
     WHERE checkout_request_id = p_checkout AND status IN ('PENDING', 'FAILED')
       AND amount = p_amount
    RETURNING id, wallet_id INTO v_id, v_wallet;
    IF NOT FOUND THEN
        RETURN 'nothing';
    END IF;
    INSERT INTO b_receipt (number, tx_id) VALUES (p_receipt, v_id);
    INSERT INTO b_ledger (tx_id, side, account, amount)
    VALUES (v_id, 'debit', 'mpesa', p_amount), (v_id, 'credit', 'wallet:' || v_wallet, p_amount);
    UPDATE b_wallet SET balance = balance + p_amount, version = version + 1 WHERE id = v_wallet;
    RETURN 'applied';
END $$;
