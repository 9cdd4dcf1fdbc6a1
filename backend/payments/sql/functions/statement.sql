-- Statements of M-Pesa's organisation portal, compared with our books; and what one row of them does.
--
-- A statement is a file, and anybody can write one. So an import moves nothing; each row is settled
-- by an operator's decision (or by the command, which who has the shell may run), and what a file
-- would give to a customer beyond a limit takes another operator than the one who uploaded it.
--
-- Locks, in this order: the operator's turn, the row, then what paybill_settle locks.

-- What we booked for receipts, as M-Pesa names them: the amount, whose it is, and the case that holds
-- it. No row for a receipt that we never booked.
CREATE OR REPLACE FUNCTION statement_booked(p_receipt text)
RETURNS TABLE (amount numeric, transaction_id bigint, case_id bigint, entry_id bigint)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(held.amount, owner.amount), receipt.transaction_id, item.id,
           coalesce(item.resolution_entry_id,
                    CASE WHEN held.id IS NULL THEN owner.credit_entry_id END)
      FROM payments_receipt AS receipt
      LEFT JOIN payments_transaction AS owner ON owner.id = receipt.transaction_id
      -- Held in suspense, and perhaps released: the case has the amount that M-Pesa told us of it.
      LEFT JOIN wallet_journalentry AS held ON held.key = 'suspense:' || receipt.number
      LEFT JOIN payments_suspensecase AS item ON item.entry_id = held.id
     WHERE receipt.number = p_receipt
$$;

-- Compare rows of a statement, by line, with our books as they are now. `match` and `action` as
-- payments.models.StatementRow; `booked_amount`: what we booked for the payment, NULL: nothing.
CREATE OR REPLACE FUNCTION statement_compare(p_file_id bigint, p_from int, p_to int)
RETURNS TABLE (row_id bigint, match text, action text, booked_amount numeric)
LANGUAGE sql STABLE AS $$
    WITH compared AS (
        SELECT line.id, line.kind, line.amount_in,
               booked.amount AS booked, booked.transaction_id IS NULL AS is_unowned,
               item.status AS case_status,
               named.id AS named_id, named.status AS named_status, named.amount AS named_amount,
               -- A status query credited it, and no receipt is known yet.
               named.status = 'COMPLETED' AND NOT EXISTS (
                   SELECT 1 FROM payments_receipt AS other
                    WHERE other.transaction_id = named.id) AS lacks_receipt,
               EXISTS (SELECT 1 FROM payments_paybillaccount AS account
                        WHERE account.number = line.personal_number) AS has_account,
               EXISTS (SELECT 1 FROM payments_suspensecase AS told
                        WHERE told.transaction_id = booked.transaction_id
                          AND told.mpesa_receipt_number = line.receipt) AS has_case,
               EXISTS (SELECT 1 FROM payments_statementrow AS back
                        WHERE back.linked_receipt = line.receipt AND back.kind = 'reversal'
                          AND back.linked_receipt <> '') AS is_taken_back,
               taken.amount AS taken_amount,
               EXISTS (SELECT 1 FROM payments_reversal AS reversal
                        WHERE reversal.entry_id = taken.entry_id) AS is_reversed,
               line.linked_receipt
          FROM payments_statementrow AS line
          LEFT JOIN payments_transaction AS named
            ON named.account_reference = line.reference AND line.reference <> ''
          LEFT JOIN LATERAL statement_booked(line.receipt) AS booked ON line.kind = 'payment'
          LEFT JOIN payments_suspensecase AS item ON item.id = booked.case_id
          LEFT JOIN LATERAL statement_booked(line.linked_receipt) AS taken
            ON line.kind = 'reversal' AND line.linked_receipt <> ''
         WHERE line.file_id = p_file_id AND line.line BETWEEN p_from AND p_to
    ), judged AS (
        SELECT compared.*, CASE
            WHEN kind NOT IN ('payment', 'reversal') THEN kind
            WHEN kind = 'reversal' THEN CASE
                -- Of a payment that we never booked there is nothing to take back.
                WHEN is_reversed OR (linked_receipt <> '' AND taken_amount IS NULL)
                THEN 'reversed_known' ELSE 'reversal_untold' END
            WHEN booked = amount_in THEN 'both'
            WHEN booked IS NOT NULL THEN 'amount_differs'
            WHEN is_taken_back THEN 'taken_back'
            WHEN lacks_receipt AND named_amount = amount_in THEN 'fills'
            WHEN lacks_receipt THEN 'amount_differs'
            ELSE 'theirs_only' END AS judgement
          FROM compared
    )
    SELECT id, judgement, CASE judgement
            -- It waits for want of an owner, and this row names the deposit.
            WHEN 'both' THEN CASE
                WHEN case_status = 'OPEN' AND is_unowned AND named_status <> 'COMPLETED'
                     AND named_amount = amount_in THEN 'credit' ELSE '' END
            WHEN 'fills' THEN 'fill'
            WHEN 'amount_differs' THEN CASE
                WHEN booked IS NULL THEN 'open_case'
                WHEN case_status IS NULL AND NOT has_case THEN 'open_case' ELSE '' END
            WHEN 'theirs_only' THEN CASE
                WHEN named_status <> 'COMPLETED' AND named_amount = amount_in THEN 'credit'
                WHEN named_id IS NULL AND has_account THEN 'by_hand'
                ELSE 'hold' END
            ELSE '' END,
           CASE WHEN kind <> 'payment' THEN taken_amount
                WHEN booked IS NULL AND lacks_receipt THEN named_amount ELSE booked END
      FROM judged
$$;

-- Compare rows of a statement with our books and store what was found; return how many changed. A
-- settled row keeps what was found when it was settled.
CREATE OR REPLACE FUNCTION statement_match(p_file_id bigint, p_from int, p_to int) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
    v_count int;
BEGIN
    UPDATE payments_statementrow AS line SET
        match = found.match, action = found.action, booked_amount = found.booked_amount
      FROM statement_compare(p_file_id, p_from, p_to) AS found
     WHERE line.id = found.row_id AND line.verdict = ''
       AND (line.match, line.action, line.booked_amount)
           IS DISTINCT FROM (found.match, found.action, found.booked_amount);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;

-- What we booked, and the file does not have, although it covers the time of the payment. The chain
-- of balances covers it from the first row to the last; M-Pesa's clock and ours differ, and a
-- payment takes some time after its prompt, so the last hour does not count. A deposit without a
-- receipt is looked for by its account reference, where the layout has them.
CREATE OR REPLACE FUNCTION statement_ours_only(p_file_id bigint)
RETURNS TABLE (transaction_id bigint, case_id bigint, receipt text, reference text,
               amount numeric, paid_at timestamptz)
LANGUAGE sql STABLE AS $$
    WITH file AS MATERIALIZED (
        SELECT id, short_code, names_accounts, first_row_at AS begins_at,
               last_row_at - interval '1 hour' AS ends_at
          FROM payments_statementimport WHERE id = p_file_id AND rows_deleted_at IS NULL
    ), ours AS (
        SELECT txn.id AS transaction_id, NULL::bigint AS case_id, receipt.number AS receipt,
               txn.account_reference AS reference, txn.amount,
               coalesce(payment.paid_at, txn.created_at) AS paid_at,
               txn.credit_entry_id AS entry_id
          FROM file
          JOIN payments_transaction AS txn
            ON txn.business_short_code = file.short_code AND txn.status = 'COMPLETED'
          JOIN payments_receipt AS receipt ON receipt.number = txn.mpesa_receipt_number
          LEFT JOIN payments_paybillpayment AS payment ON payment.receipt = receipt.number
         -- Reported at some later time, however late.
         WHERE txn.created_at >= file.begins_at
           AND coalesce(payment.paid_at, txn.created_at) BETWEEN file.begins_at AND file.ends_at
        UNION ALL
        -- In suspense, or out of it and in no deposit with this receipt.
        SELECT item.transaction_id, item.id, item.mpesa_receipt_number, NULL, item.amount,
               coalesce(payment.paid_at, txn.created_at, item.opened_at),
               item.resolution_entry_id
          FROM file
          JOIN payments_suspensecase AS item ON item.amount IS NOT NULL
          LEFT JOIN payments_paybillpayment AS payment ON payment.case_id = item.id
          LEFT JOIN payments_transaction AS txn ON txn.id = item.transaction_id
         WHERE coalesce(payment.business_short_code, txn.business_short_code) = file.short_code
           AND txn.mpesa_receipt_number IS DISTINCT FROM item.mpesa_receipt_number
           AND coalesce(payment.paid_at, txn.created_at, item.opened_at)
               BETWEEN file.begins_at AND file.ends_at
        UNION ALL
        SELECT txn.id, NULL, NULL, txn.account_reference, txn.amount, txn.created_at,
               txn.credit_entry_id
          FROM file
          JOIN payments_transaction AS txn
            ON txn.business_short_code = file.short_code AND txn.status = 'COMPLETED'
         WHERE file.names_accounts AND txn.mpesa_receipt_number IS NULL
           AND txn.created_at BETWEEN file.begins_at AND file.ends_at
           AND NOT EXISTS (SELECT 1 FROM payments_receipt AS receipt
                            WHERE receipt.transaction_id = txn.id)
           AND NOT EXISTS (SELECT 1 FROM payments_statementrow AS line
                            WHERE line.file_id = file.id AND line.kind = 'payment'
                              AND line.reference = txn.account_reference)
    )
    SELECT ours.transaction_id, ours.case_id, ours.receipt, ours.reference, ours.amount,
           ours.paid_at
      FROM ours
     WHERE NOT EXISTS (SELECT 1 FROM payments_statementrow AS line
                        WHERE line.file_id = p_file_id AND line.kind = 'payment'
                          AND line.receipt = ours.receipt)
       -- What M-Pesa took back, and we as well, is in neither book any more.
       AND NOT EXISTS (SELECT 1 FROM payments_reversal AS reversal
                        WHERE reversal.entry_id = ours.entry_id)
$$;

-- The deposits that the file proves unpaid: PENDING, asked for while the file covers it (as above),
-- and in no row of it. Only a file whose balances are chained, and which has the account numbers,
-- proves that. `p_transaction_id` NULL: all. A deposit with a payment in suspense, or with a decided
-- case, is not among them; nor one that a payment of its amount without a readable account number may
-- belong to, while nobody has that payment.
CREATE OR REPLACE FUNCTION statement_unpaid(p_file_id bigint, p_transaction_id bigint DEFAULT NULL)
RETURNS TABLE (transaction_id bigint, amount numeric, reference text, created_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT txn.id, txn.amount, txn.account_reference, txn.created_at
      FROM payments_statementimport AS file
      JOIN payments_transaction AS txn
        ON txn.business_short_code = file.short_code AND txn.status = 'PENDING'
       AND coalesce(txn.review_reason, 'no_answer') = 'no_answer'
       AND txn.account_reference IS NOT NULL
       AND txn.created_at >= file.first_row_at
       AND txn.created_at <= file.last_row_at - interval '1 hour'
     WHERE file.id = p_file_id AND file.state = 'ready' AND file.is_chained
       AND file.names_accounts AND file.rows_deleted_at IS NULL
       AND (p_transaction_id IS NULL OR txn.id = p_transaction_id)
       AND NOT EXISTS (SELECT 1 FROM payments_statementrow AS line
                        WHERE line.reference = txn.account_reference AND line.reference <> ''
                          AND line.kind = 'payment')
       AND NOT EXISTS (
            SELECT 1 FROM payments_statementrow AS line
             WHERE line.file_id = file.id AND line.kind = 'payment'
               AND line.amount_in = txn.amount AND line.reference = ''
               AND line.personal_number = ''
               AND line.completed_at BETWEEN txn.created_at - interval '10 minutes'
                                         AND txn.created_at + interval '1 hour'
               AND NOT EXISTS (SELECT 1 FROM payments_receipt AS receipt
                                WHERE receipt.number = line.receipt
                                  AND receipt.transaction_id IS NOT NULL))
$$;

-- Our books less M-Pesa's, over the payments and reversals of the file: to the cent, what its lists
-- explain. Charges, sweeps and payouts are no payments of customers.
CREATE OR REPLACE FUNCTION statement_difference(p_file_id bigint) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT sum(coalesce(line.booked_amount, 0) - line.amount_in)
                       FROM payments_statementrow AS line
                      WHERE line.file_id = p_file_id AND line.kind = 'payment'
                        AND line.match <> 'taken_back'), 0)
         + coalesce((SELECT sum(line.amount_out) FROM payments_statementrow AS line
                      WHERE line.file_id = p_file_id AND line.match = 'reversal_untold'), 0)
         + coalesce((SELECT sum(ours.amount) FROM statement_ours_only(p_file_id) AS ours), 0)
$$;

-- Return whether an operator may settle a row of this amount: alone, while what they credited from
-- files of their own within a day is not above the limit. (Many small rows are a large one, and what
-- is held in suspense a claim may release.) The command, which names no operator, settles only what
-- it imported.
CREATE OR REPLACE FUNCTION statement_is_approved(
    p_file payments_statementimport, p_operator_id bigint, p_amount numeric, p_limit numeric,
    p_now timestamptz
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_operator_id IS NULL THEN p_file.uploaded_by_id IS NULL
        WHEN p_operator_id IS DISTINCT FROM p_file.uploaded_by_id THEN true
        ELSE p_amount + coalesce((
            SELECT sum(line.amount_in) FROM payments_statementrow AS line
              JOIN payments_statementimport AS file ON file.id = line.file_id
             WHERE line.settled_by_id = p_operator_id AND line.verdict IN ('applied', 'held')
               AND line.settled_at > p_now - interval '24 hours'
               AND file.uploaded_by_id = p_operator_id), 0) <= coalesce(p_limit, 0) END
$$;

-- Settle one row by its action, as our books are now; it may come twice, late, or beside a callback,
-- a confirmation or a pull of the same payment, and credits once. `p_operator_id` NULL: the command.
-- `p_rules`: own_short_code, is_kyc_required, approval_above (KES). Outcome: applied, filled, held;
-- or nothing was changed: already_settled, nothing (the books have it already, or a person has to
-- decide elsewhere), own_money (the operator is the customer), not_approved, untrusted (not our short
-- code).
CREATE OR REPLACE FUNCTION statement_settle(
    p_row_id bigint, p_operator_id bigint, p_reason text, p_rules jsonb, p_now timestamptz,
    OUT outcome text, OUT transaction_id bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_row payments_statementrow%ROWTYPE;
    v_file payments_statementimport%ROWTYPE;
    v_found record;
    v_txn payments_transaction%ROWTYPE;
    v_result stk_result;
    v_was_credited boolean;
    v_booked numeric;
BEGIN
    -- A missing key would read as NULL, and as no rule.
    IF NOT p_rules ?& ARRAY['own_short_code', 'is_kyc_required', 'approval_above'] THEN
        RAISE EXCEPTION 'statement_settle: a key of p_rules is missing' USING ERRCODE = 'KB002';
    END IF;
    -- One operator's rows come one after the other, or two could be the last below the limit.
    PERFORM pg_advisory_xact_lock(
        hashtextextended('statement operator', coalesce(p_operator_id, 0)));
    SELECT * INTO STRICT v_row FROM payments_statementrow WHERE id = p_row_id FOR UPDATE;
    SELECT * INTO STRICT v_file FROM payments_statementimport WHERE id = v_row.file_id;
    IF v_row.verdict <> '' THEN
        outcome := 'already_settled';
        transaction_id := v_row.transaction_id;
        RETURN;
    END IF;
    -- Locked first, as paybill_settle does, so that what is found stays true.
    SELECT txn.* INTO v_txn FROM payments_transaction AS txn
     WHERE txn.account_reference = v_row.reference AND v_row.reference <> '' FOR NO KEY UPDATE;
    PERFORM statement_match(v_row.file_id, v_row.line, v_row.line);
    SELECT line.match, line.action, line.booked_amount INTO v_found
      FROM payments_statementrow AS line WHERE line.id = p_row_id;
    IF v_found.action = '' THEN
        outcome := 'nothing';
        RETURN;
    END IF;
    IF p_operator_id IN (v_txn.user_id, (
            SELECT account.user_id FROM payments_paybillaccount AS account
             WHERE account.number = v_row.personal_number)) THEN
        outcome := 'own_money';
        RETURN;
    END IF;
    IF NOT statement_is_approved(v_file, p_operator_id, v_row.amount_in,
                                 (p_rules ->> 'approval_above')::numeric, p_now) THEN
        outcome := 'not_approved';
        RETURN;
    END IF;
    v_booked := v_row.amount_in;
    IF v_found.action = 'open_case' AND v_txn.id IS NULL THEN
        -- Credited with another amount: a case about it, which posts nothing.
        SELECT txn.* INTO STRICT v_txn FROM payments_transaction AS txn
          JOIN payments_receipt AS receipt ON receipt.transaction_id = txn.id
         WHERE receipt.number = v_row.receipt FOR NO KEY UPDATE OF txn;
        v_result.amount := v_row.amount_in;
        v_result.mpesa_receipt_number := v_row.receipt;
        PERFORM suspense_hold(v_txn, 'amount_mismatch', v_result, false,
                              greatest(p_now, v_txn.created_at));
        outcome := 'held';
        transaction_id := v_txn.id;
    ELSE
        v_was_credited := v_txn.status = 'COMPLETED';
        SELECT settled.verdict, settled.transaction_id INTO outcome, transaction_id
          FROM paybill_settle(jsonb_build_object(
                'receipt', v_row.receipt, 'amount', v_row.amount_in::text,
                'business_short_code', v_file.short_code,
                'own_short_code', p_rules ->> 'own_short_code',
                'account_number', v_row.account_number, 'transaction_type', v_row.reason_type,
                'paid_at', v_row.completed_at, 'payer_name', v_row.payer_name,
                'payer_number', v_row.payer_number, 'payer_hash', '',
                'reference', nullif(v_row.reference, ''),
                'number', nullif(v_row.personal_number, ''), 'phone', nullif(v_row.phone, '')),
            'statement', (p_rules ->> 'is_kyc_required')::boolean, p_now) AS settled;
        IF outcome IN ('duplicate', 'untrusted') THEN
            outcome := CASE outcome WHEN 'duplicate' THEN 'nothing' ELSE outcome END;
            RETURN;
        END IF;
        IF outcome = 'applied' AND v_was_credited THEN
            outcome := 'filled';
        END IF;
    END IF;
    IF v_found.match = 'amount_differs' THEN
        v_booked := v_found.booked_amount;
    END IF;
    UPDATE payments_statementrow SET
        verdict = outcome, settled_at = p_now, settled_by_id = p_operator_id,
        reason = left(p_reason, 255), transaction_id = statement_settle.transaction_id,
        booked_amount = v_booked
     WHERE id = p_row_id;
END $$;

-- End a deposit that the file proves unpaid: PENDING -> FAILED. A later success still credits it.
-- Outcome: unpaid; or nothing was changed: already_unpaid, own_money (the operator is the customer),
-- not_proven (statement_unpaid does not have it, or not any more).
CREATE OR REPLACE FUNCTION statement_not_paid(
    p_file_id bigint, p_transaction_id bigint, p_operator_id bigint, p_reason text,
    p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_txn payments_transaction%ROWTYPE;
BEGIN
    SELECT * INTO STRICT v_txn FROM payments_transaction
     WHERE id = p_transaction_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM payments_unpaiddeposit AS unpaid
                WHERE unpaid.transaction_id = p_transaction_id) THEN
        RETURN 'already_unpaid';
    END IF;
    IF v_txn.user_id = p_operator_id THEN
        RETURN 'own_money';
    END IF;
    -- The rows must not be deleted meanwhile: what is not there would look unpaid.
    PERFORM FROM payments_statementimport WHERE id = p_file_id FOR SHARE;
    IF NOT EXISTS (SELECT 1 FROM statement_unpaid(p_file_id, p_transaction_id)) THEN
        RETURN 'not_proven';
    END IF;
    p_now := greatest(p_now, v_txn.created_at);
    UPDATE payments_transaction SET
        status = 'FAILED', result_code = 'not_in_statement',
        result_desc = 'M-Pesa''s statement ' || p_file_id || ' does not have it',
        next_query_at = NULL, regular_query_at = NULL, review_reason = NULL, updated_at = p_now
     WHERE id = p_transaction_id;
    INSERT INTO payments_unpaiddeposit (file_id, transaction_id, operator_id, reason, decided_at)
    VALUES (p_file_id, p_transaction_id, p_operator_id, left(p_reason, 255), p_now);
    RETURN 'unpaid';
END $$;
