-- Seals: a hash chain over the ledger, which shows entries that were changed, deleted or inserted
-- later, and names the first.

-- Return the SHA-256 of one journal entry. The text of jsonb is unambiguous: the values of two
-- different entries cannot give the same text.
CREATE OR REPLACE FUNCTION ledger_entry_digest(p_entry_id bigint) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        entry.id, entry.key, entry.description, extract(epoch FROM entry.created_at),
        entry.debit_account_id, entry.credit_account_id, entry.amount
    )::text, 'UTF8')), 'hex')
    FROM wallet_journalentry AS entry WHERE entry.id = p_entry_id
$$;

CREATE OR REPLACE FUNCTION ledger_link_digest(p_previous text, p_entry_digests text[])
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(
        p_previous || array_to_string(p_entry_digests, ''), 'UTF8')), 'hex')
$$;

-- Seal up to p_limit entries and return their number. The table lock ensures that no entry with a
-- smaller id is committed later: an insert takes its id under a lock that conflicts with this one.
-- The lock is waited for 200 ms at most, because deposits queue behind it; the worker tries again
-- soon.
CREATE OR REPLACE FUNCTION ledger_seal(p_limit int, p_now timestamptz) RETURNS int
LANGUAGE plpgsql SET lock_timeout = '200ms' AS $$
DECLARE
    v_last bigint;
    v_previous text;
    v_ids bigint[];
    v_digests text[];
BEGIN
    LOCK TABLE wallet_journalentry IN SHARE ROW EXCLUSIVE MODE;
    SELECT last_entry_id, digest INTO v_last, v_previous
      FROM wallet_ledgerseal ORDER BY last_entry_id DESC LIMIT 1;
    SELECT array_agg(id ORDER BY id), array_agg(ledger_entry_digest(id) ORDER BY id)
      INTO v_ids, v_digests
      FROM (SELECT id FROM wallet_journalentry WHERE id > coalesce(v_last, 0)
             ORDER BY id LIMIT p_limit) AS batch;
    IF v_ids IS NULL THEN
        RETURN 0;
    END IF;
    v_previous := coalesce(v_previous, repeat('0', 64));
    INSERT INTO wallet_ledgerseal
        (entry_ids, entry_digests, last_entry_id, previous_digest, digest, sealed_at)
    VALUES (v_ids, v_digests, v_ids[array_upper(v_ids, 1)], v_previous,
            ledger_link_digest(v_previous, v_digests), p_now);
    RETURN array_length(v_ids, 1);
END $$;
