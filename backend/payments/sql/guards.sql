-- What the database refuses of a deposit, whatever the code does.

CREATE OR REPLACE FUNCTION payments_guard_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'deposit % is money history and stays', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.id, NEW.user_id, NEW.type, NEW.amount, NEW.phone_number, NEW.created_at,
        NEW.account_reference, NEW.callback_token_hash)
       IS DISTINCT FROM
       (OLD.id, OLD.user_id, OLD.type, OLD.amount, OLD.phone_number, OLD.created_at,
        OLD.account_reference, OLD.callback_token_hash) THEN
        RAISE EXCEPTION 'deposit %: who, what and how much never change', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    -- The table of moves is payments.states.ALLOWED_MOVES.
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN
            (('PENDING', 'COMPLETED'), ('PENDING', 'FAILED'), ('FAILED', 'COMPLETED')) THEN
        RAISE EXCEPTION 'deposit %: % -> % is not a move', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status = 'COMPLETED' AND (NEW.result_code, NEW.result_desc, NEW.description)
            IS DISTINCT FROM (OLD.result_code, OLD.result_desc, OLD.description) THEN
        RAISE EXCEPTION 'deposit %: COMPLETED never changes', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    -- Facts are learnt once: a value may follow NULL and is then fixed.
    IF (OLD.checkout_request_id IS NOT NULL
            AND NEW.checkout_request_id IS DISTINCT FROM OLD.checkout_request_id)
       OR (OLD.mpesa_receipt_number IS NOT NULL
            AND NEW.mpesa_receipt_number IS DISTINCT FROM OLD.mpesa_receipt_number)
       OR (OLD.credit_entry_id IS NOT NULL
            AND NEW.credit_entry_id IS DISTINCT FROM OLD.credit_entry_id)
       OR (OLD.completed_at IS NOT NULL
            AND NEW.completed_at IS DISTINCT FROM OLD.completed_at) THEN
        RAISE EXCEPTION 'deposit %: a known fact never changes', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER payments_transaction_guard BEFORE UPDATE OR DELETE ON payments_transaction
    FOR EACH ROW EXECUTE FUNCTION payments_guard_transaction();

-- A COMPLETED deposit is credited by an entry that pays exactly its amount into its user's wallet.
CREATE OR REPLACE FUNCTION payments_guard_credit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.credit_entry_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM wallet_posting AS posting
          JOIN wallet_ledgeraccount AS account ON account.id = posting.account_id
         WHERE posting.entry_id = NEW.credit_entry_id AND posting.side = 'credit'
           AND posting.amount = NEW.amount AND account.user_id = NEW.user_id
    ) THEN
        RAISE EXCEPTION 'deposit %: entry % does not credit its wallet with its amount',
            NEW.id, NEW.credit_entry_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER payments_transaction_credit BEFORE INSERT OR UPDATE OF credit_entry_id
    ON payments_transaction FOR EACH ROW EXECUTE FUNCTION payments_guard_credit();

CREATE OR REPLACE FUNCTION payments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER payments_receipt_append_only BEFORE UPDATE OR DELETE ON payments_receipt
    FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();
-- TRUNCATE passes no row trigger: one word would empty the history, and free every receipt.
CREATE TRIGGER payments_transaction_no_truncate BEFORE TRUNCATE ON payments_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_receipt_no_truncate BEFORE TRUNCATE ON payments_receipt
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_suspensecase_no_truncate BEFORE TRUNCATE ON payments_suspensecase
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();

-- A case is decided once, by an entry where it holds money; what it is about never changes.
CREATE OR REPLACE FUNCTION payments_guard_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status = 'RESOLVED'
       OR (NEW.id, NEW.transaction_id, NEW.mpesa_receipt_number, NEW.reason, NEW.amount,
           NEW.entry_id, NEW.opened_at)
          IS DISTINCT FROM
          (OLD.id, OLD.transaction_id, OLD.mpesa_receipt_number, OLD.reason, OLD.amount,
           OLD.entry_id, OLD.opened_at) THEN
        RAISE EXCEPTION 'suspense case %: only an open case changes, by its decision', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status = 'RESOLVED' AND (NEW.amount IS NULL) <> (NEW.resolution_entry_id IS NULL) THEN
        RAISE EXCEPTION 'suspense case %: its money needs an entry of its own', OLD.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER payments_suspensecase_guard BEFORE UPDATE OR DELETE ON payments_suspensecase
    FOR EACH ROW EXECUTE FUNCTION payments_guard_case();

-- A deposit's receipt is one that was booked for this very deposit.
ALTER TABLE payments_transaction ADD CONSTRAINT payments_receipt_is_booked
    FOREIGN KEY (mpesa_receipt_number, id) REFERENCES payments_receipt (number, transaction_id)
    DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE payments_transaction SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02);

INSERT INTO payments_querypace (id) VALUES (1) ON CONFLICT DO NOTHING;
INSERT INTO payments_darajatoken (id) VALUES (1) ON CONFLICT DO NOTHING;

-- The inbox is evidence: what came stays as it came. Only strangers' callbacks are ever deleted.
CREATE OR REPLACE FUNCTION payments_guard_callback() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.has_token THEN
            RAISE EXCEPTION 'callback % is evidence and stays', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.raw_body, NEW.headers, NEW.source_address, NEW.has_token, NEW.received_at)
       IS DISTINCT FROM
       (OLD.id, OLD.raw_body, OLD.headers, OLD.source_address, OLD.has_token, OLD.received_at) THEN
        RAISE EXCEPTION 'callback % is evidence and never changes', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER payments_callback_guard BEFORE UPDATE OR DELETE ON payments_callbackevent
    FOR EACH ROW EXECUTE FUNCTION payments_guard_callback();
