-- What the database refuses by itself, whatever the code does.

-- History is only ever appended to.
CREATE OR REPLACE FUNCTION wallet_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER wallet_entry_append_only BEFORE UPDATE OR DELETE ON wallet_journalentry
    FOR EACH ROW EXECUTE FUNCTION wallet_refuse_change();
CREATE TRIGGER wallet_entry_no_truncate BEFORE TRUNCATE ON wallet_journalentry
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_refuse_change();
CREATE TRIGGER wallet_posting_append_only BEFORE UPDATE OR DELETE ON wallet_posting
    FOR EACH ROW EXECUTE FUNCTION wallet_refuse_change();
CREATE TRIGGER wallet_posting_no_truncate BEFORE TRUNCATE ON wallet_posting
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_refuse_change();
CREATE TRIGGER wallet_seal_append_only BEFORE UPDATE OR DELETE ON wallet_ledgerseal
    FOR EACH ROW EXECUTE FUNCTION wallet_refuse_change();
CREATE TRIGGER wallet_seal_no_truncate BEFORE TRUNCATE ON wallet_ledgerseal
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_refuse_change();

-- Debits equal credits in every entry, and none is without postings. Deferred: the entry comes
-- before its postings, and the look is taken at commit.
CREATE OR REPLACE FUNCTION wallet_refuse_imbalance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_entry_id bigint;
    v_debits numeric;
    v_credits numeric;
BEGIN
    IF TG_TABLE_NAME = 'wallet_posting' THEN
        v_entry_id := NEW.entry_id;
    ELSE
        v_entry_id := NEW.id;
    END IF;
    SELECT coalesce(sum(amount) FILTER (WHERE side = 'debit'), 0),
           coalesce(sum(amount) FILTER (WHERE side = 'credit'), 0)
      INTO v_debits, v_credits
      FROM wallet_posting WHERE entry_id = v_entry_id;
    -- NaN equals itself and is above every number, so it would pass all other checks.
    IF v_debits <> v_credits OR v_debits = 0 OR v_debits = 'NaN' THEN
        RAISE EXCEPTION 'journal entry % does not sum to zero: debits %, credits %',
            v_entry_id, v_debits, v_credits USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER wallet_entry_balanced AFTER INSERT ON wallet_journalentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wallet_refuse_imbalance();
CREATE CONSTRAINT TRIGGER wallet_posting_balanced AFTER INSERT ON wallet_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wallet_refuse_imbalance();

-- An entry's postings come in one statement: a balanced pair slipped into an old entry would move
-- money under a key that was used before.
--
-- The customer's balance moves in the statement that posts, and in no other. Accounts are locked
-- in the order of their ids, so that two batches cannot wait for each other.
CREATE OR REPLACE FUNCTION wallet_move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM wallet_posting AS posting
                WHERE posting.entry_id IN (SELECT entry_id FROM new_postings)
                  AND posting.id NOT IN (SELECT id FROM new_postings)) THEN
        RAISE EXCEPTION 'a journal entry that has its postings takes no more'
            USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM 1 FROM wallet_ledgeraccount
      WHERE kind = 'customer' AND id IN (SELECT account_id FROM new_postings)
      ORDER BY id FOR NO KEY UPDATE;
    UPDATE wallet_ledgeraccount AS account
       SET balance = account.balance + change.amount
      FROM (SELECT account_id,
                   sum(CASE side WHEN 'credit' THEN amount ELSE -amount END) AS amount
              FROM new_postings GROUP BY account_id) AS change
     WHERE account.id = change.account_id AND account.kind = 'customer';
    RETURN NULL;
END $$;

CREATE TRIGGER wallet_posting_moves_balances AFTER INSERT ON wallet_posting
    REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT EXECUTE FUNCTION wallet_move_balances();

CREATE OR REPLACE FUNCTION wallet_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Depth 2 is the trigger above at work; depth 1 is somebody's own UPDATE.
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.code, NEW.kind, NEW.user_id)
            IS DISTINCT FROM (OLD.id, OLD.code, OLD.kind, OLD.user_id)
            OR (NEW.balance IS DISTINCT FROM OLD.balance AND pg_trigger_depth() < 2) THEN
        RAISE EXCEPTION 'ledger account %: only postings change it', OLD.code
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER wallet_account_guard BEFORE UPDATE OR DELETE ON wallet_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION wallet_guard_account();

CREATE OR REPLACE FUNCTION wallet_new_account_is_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.balance <> 0 THEN
        RAISE EXCEPTION 'ledger account % must start at zero', NEW.code
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER wallet_account_starts_empty BEFORE INSERT ON wallet_ledgeraccount
    FOR EACH ROW EXECUTE FUNCTION wallet_new_account_is_empty();

-- The wallet row is updated by every credit: room on its page keeps the update cheap (HOT).
ALTER TABLE wallet_ledgeraccount SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
