-- A decision is evidence: it stays as it was, and is about the deposit of the very person.

CREATE OR REPLACE FUNCTION risk_guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.transaction_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM payments_transaction AS txn
         WHERE txn.id = NEW.transaction_id AND txn.user_id = NEW.user_id
           AND txn.amount = NEW.amount
    ) THEN
        RAISE EXCEPTION 'a decision is about the deposit of its own user and amount'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER risk_decision_guard BEFORE INSERT OR UPDATE OR DELETE ON risk_decision
    FOR EACH ROW EXECUTE FUNCTION risk_guard_decision();
CREATE TRIGGER risk_decision_no_truncate BEFORE TRUNCATE ON risk_decision
    FOR EACH STATEMENT EXECUTE FUNCTION risk_guard_decision();
