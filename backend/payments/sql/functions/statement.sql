-- Statements of M-Pesa's organisation portal, compared with our books; and what one row of them does.
--
-- A statement is a file, and anybody can write one. So an import moves nothing; each row is settled
-- by an operator's decision (or by the command, which anybody with a shell on the server may run).
-- What a file would give to a customer beyond a limit takes an operator other than the one who
-- uploaded it.
--
-- Locks, in this order: the operator's turn, the row, then what paybill_settle locks.

-- What we booked for receipts, as M-Pesa names them: the amount, whose it is, the case that holds or
-- held it, and the entry that credited a customer with it. No row for a receipt that we never booked;
-- 0 where an operator decided that it is not in M-Pesa's books, or was paid back. Where a deposit was
-- credited with it after such a decision (statement_credit_after_all), that credit counts.
CREATE OR REPLACE FUNCTION statement_booked(p_receipt text)
RETURNS TABLE (amount numeric, transaction_id bigint, case_id bigint, entry_id bigint)
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN after_all.is_true THEN owner.amount
                WHEN item.decision IN ('not_in_books', 'refunded') THEN 0
                WHEN item.decision = 'belongs_to_deposit' THEN owner.amount
                ELSE coalesce(item.corrected_amount, held.amount, owner.amount) END,
           receipt.transaction_id, item.id,
           CASE WHEN after_all.is_true THEN owner.credit_entry_id
                WHEN item.decision IN ('not_in_books', 'refunded') THEN NULL
                WHEN held.id IS NULL OR item.decision = 'belongs_to_deposit'
                THEN owner.credit_entry_id ELSE item.resolution_entry_id END
      FROM payments_receipt AS receipt
      LEFT JOIN payments_transaction AS owner ON owner.id = receipt.transaction_id
      -- Held in suspense, and perhaps released: the case has the amount that M-Pesa told us of it.
      LEFT JOIN wallet_journalentry AS held ON held.key = 'suspense:' || receipt.number
      LEFT JOIN payments_suspensecase AS item ON item.entry_id = held.id
     CROSS JOIN LATERAL (
        SELECT item.decision IN ('not_in_books', 'credited') AND owner.status = 'COMPLETED'
               AND owner.mpesa_receipt_number = receipt.number
               AND owner.credit_entry_id <> item.resolution_entry_id AS is_true) AS after_all
     WHERE receipt.number = p_receipt
$$;

-- Compare rows of a statement, by line, with our books as they are now. `match` and `action` as
-- payments.models.StatementRow; `booked_amount`: what we booked for the payment, NULL: nothing.
CREATE OR REPLACE FUNCTION statement_compare(p_file_id bigint, p_from int, p_to int)
RETURNS TABLE (row_id bigint, match text, action text, booked_amount numeric)
LANGUAGE sql STABLE AS $$
    WITH compared AS (
        SELECT line.id, line.kind, line.amount_in,
               booked.amount, booked.transaction_id IS NULL AS is_unowned,
               -- We have reversed it, so M-Pesa must have taken it back as well.
               EXISTS (SELECT 1 FROM payments_reversal AS reversal
                        WHERE reversal.entry_id = booked.entry_id)
                   -- A payment in shares has no single entry. (One with an entry is not judged
                   -- by its case: the deposit may have been credited after the case was decided.)
                   OR booked.entry_id IS NULL AND booked.case_id IS NOT NULL
                      AND suspense_is_undone(booked.case_id)
                   AS is_undone,
               item.status AS case_status, item.corrected_amount IS NOT NULL AS is_corrected,
               item.decision AS case_decision,
               -- It was given to the customer of the deposit that this row names.
               item.decision = 'credited' AND item.transaction_id = named.id AND EXISTS (
                   SELECT 1 FROM wallet_journalentry AS given
                     JOIN wallet_ledgeraccount AS wallet ON wallet.id = given.credit_account_id
                    WHERE given.id = booked.entry_id AND wallet.user_id = named.user_id)
                   AS is_given_to_named,
               booked.transaction_id = named.id AS is_of_named,
               -- It is booked for another deposit, or another customer, than M-Pesa names.
               EXISTS (SELECT 1 FROM payments_transaction AS owner
                        WHERE owner.id = booked.transaction_id
                          AND CASE WHEN named.id IS NOT NULL THEN owner.id <> named.id
                              ELSE owner.user_id <> (
                                  SELECT account.user_id FROM payments_paybillaccount AS account
                                   WHERE account.number = line.personal_number) END) AS is_of_other,
               -- No report of it has said an account number yet.
               EXISTS (SELECT 1 FROM payments_paybillpayment AS told
                        WHERE told.receipt = line.receipt
                          AND (told.source = 'status' OR told.account_number = ''))
                   AS is_nameless,
               named.id AS named_id, named.status AS named_status, named.amount AS named_amount,
               -- A status query credited it, and no receipt is known yet.
               named.status = 'COMPLETED' AND NOT EXISTS (
                   SELECT 1 FROM payments_receipt AS other
                    WHERE other.transaction_id = named.id) AS lacks_receipt,
               EXISTS (SELECT 1 FROM payments_reversal AS reversal
                        WHERE reversal.entry_id = named.credit_entry_id) AS is_named_undone,
               EXISTS (SELECT 1 FROM payments_paybillaccount AS account
                        WHERE account.number = line.personal_number) AS has_account,
               EXISTS (SELECT 1 FROM payments_suspensecase AS told
                        WHERE told.transaction_id = booked.transaction_id
                          AND told.mpesa_receipt_number = line.receipt) AS has_case,
               -- Another report told another amount of a payment that is booked.
               EXISTS (SELECT 1 FROM payments_suspensecase AS told
                         JOIN payments_transaction AS txn ON txn.id = told.transaction_id
                        WHERE told.transaction_id = booked.transaction_id
                          AND told.mpesa_receipt_number = line.receipt
                          AND told.status = 'OPEN' AND told.amount IS NULL
                          AND txn.status = 'COMPLETED' AND txn.amount = line.amount_in)
                   AS has_empty_case,
               -- Anybody may upload a file with a made-up reversal: it must not hide a payment that
               -- another file has. (A file of the command counts: only operators of the server can
               -- run it.)
               EXISTS (SELECT 1 FROM payments_statementrow AS back
                         JOIN payments_statementimport AS file ON file.id = back.file_id
                        WHERE back.linked_receipt = line.receipt AND back.kind = 'reversal'
                          AND back.linked_receipt <> ''
                          AND (file.id = line.file_id OR file.uploaded_by_id IS NULL))
                   AS is_taken_back,
               -- A made-up reversal still means that an operator must look before anybody gets
               -- the payment.
               EXISTS (SELECT 1 FROM payments_statementrow AS back
                        WHERE back.linked_receipt = line.receipt AND back.kind = 'reversal'
                          AND back.linked_receipt <> '') AS is_said_back,
               taken.amount AS taken_amount, line.amount_out,
               taken.entry_id IS NOT NULL OR EXISTS (
                   SELECT 1 FROM payments_suspensecase AS held
                    WHERE held.id = taken.case_id AND held.status = 'OPEN') AS can_be_taken_back,
               EXISTS (SELECT 1 FROM payments_reversal AS reversal
                        WHERE reversal.entry_id = taken.entry_id)
                   OR taken.entry_id IS NULL AND taken.case_id IS NOT NULL
                      AND suspense_is_undone(taken.case_id)
                   AS is_reversed,
               -- It took back a payment that a status query had credited; the credit is not
               -- reversed, and its deposit has no receipt.
               line.kind = 'reversal' AND EXISTS (
                   SELECT 1 FROM payments_statementrow AS paid
                     JOIN payments_transaction AS txn ON txn.account_reference = paid.reference
                    WHERE paid.receipt = line.linked_receipt AND paid.kind = 'payment'
                      -- || '': the index of references is no way to a receipt.
                      AND paid.reference || '' <> '' AND txn.status = 'COMPLETED'
                      AND txn.amount = paid.amount_in AND NOT EXISTS (
                          SELECT 1 FROM payments_receipt AS other
                           WHERE other.transaction_id = txn.id) AND NOT EXISTS (
                          SELECT 1 FROM payments_reversal AS reversal
                           WHERE reversal.entry_id = txn.credit_entry_id)) AS is_of_query,
               line.linked_receipt
          FROM payments_statementrow AS line
          LEFT JOIN payments_transaction AS named
            ON named.account_reference = line.reference AND line.reference <> ''
          LEFT JOIN LATERAL statement_booked(line.receipt) AS booked ON line.kind = 'payment'
          LEFT JOIN payments_suspensecase AS item ON item.id = booked.case_id
          LEFT JOIN LATERAL statement_booked(line.linked_receipt) AS taken
            ON line.kind = 'reversal' AND line.linked_receipt <> ''
         WHERE line.file_id = p_file_id AND line.line BETWEEN p_from AND p_to
    ), counted AS (
        -- `by_query`: what a status query credited, if this row is the payment behind it.
        SELECT compared.*,
               CASE WHEN lacks_receipt AND named_amount = amount_in AND NOT is_named_undone
                    THEN named_amount END AS by_query,
               CASE WHEN is_undone AND NOT is_taken_back THEN 0 ELSE amount END AS booked
          FROM compared
    ), judged AS (
        SELECT counted.*,
               -- A report of it without its account number is held in suspense as well, so that
               -- our books have the one payment of this row twice.
               coalesce(by_query > 0 AND case_status = 'OPEN' AND is_unowned
                        AND booked = amount_in, false) AS is_booked_twice,
               CASE
            WHEN kind NOT IN ('payment', 'reversal') THEN kind
            WHEN kind = 'reversal' THEN CASE
                -- A payment that we never booked needs no reversal.
                WHEN is_reversed OR (linked_receipt <> '' AND coalesce(taken_amount, 0) = 0
                                     AND NOT is_of_query)
                THEN 'reversed_known' ELSE 'reversal_untold' END
            -- Judged before `is_taken_back`: the payment is credited, so it has to leave the
            -- wallet even where M-Pesa took it back.
            WHEN by_query > 0 THEN CASE
                WHEN booked IS NULL THEN 'fills'
                WHEN booked = 0 THEN 'both'
                -- The same payment also waits in suspense without an owner: it is booked twice.
                ELSE 'amount_differs' END
            WHEN booked = 0 AND is_taken_back THEN 'taken_back'
            WHEN booked = amount_in THEN
                CASE WHEN is_of_other THEN 'other_deposit' ELSE 'both' END
            WHEN booked IS NOT NULL THEN 'amount_differs'
            WHEN is_taken_back THEN 'taken_back'
            WHEN lacks_receipt THEN 'amount_differs'
            ELSE 'theirs_only' END AS judgement
          FROM counted
    )
    SELECT id, judgement, CASE judgement
            WHEN 'both' THEN CASE
                WHEN has_empty_case THEN 'correct'
                WHEN case_status <> 'OPEN' OR NOT is_unowned OR is_said_back THEN ''
                -- The payment has no owner yet, and this row names the deposit or the customer.
                WHEN named_status <> 'COMPLETED' AND named_amount = amount_in THEN 'credit'
                WHEN named_id IS NULL AND has_account AND is_nameless THEN 'by_hand' ELSE '' END
            WHEN 'fills' THEN 'fill'
            WHEN 'amount_differs' THEN CASE
                WHEN is_booked_twice THEN 'correct'
                WHEN booked IS NULL THEN 'open_case'
                -- An operator decides in its open case, which names the deposit; or one reversed
                -- it.
                WHEN by_query > 0 OR is_undone THEN ''
                WHEN is_said_back AND case_status = 'RESOLVED' THEN ''
                -- An operator decided that it is not in M-Pesa's books, or gave it away with
                -- another amount.
                WHEN (case_decision = 'not_in_books' AND (is_unowned OR is_of_named)
                      OR is_given_to_named)
                     AND named_status <> 'COMPLETED' AND named_amount = amount_in THEN 'after_all'
                WHEN case_decision = 'not_in_books' AND is_unowned AND named_id IS NULL
                     AND has_account THEN 'after_all'
                WHEN case_status = 'OPEN' AND NOT is_corrected AND NOT is_said_back THEN 'correct'
                WHEN case_status IS NULL AND NOT has_case THEN 'open_case' ELSE '' END
            WHEN 'reversal_untold' THEN CASE
                -- A payment that is booked twice is first made one (suspense_dismiss); a
                -- reversal alone would leave the other booking.
                WHEN can_be_taken_back AND NOT is_of_query AND taken_amount = amount_out
                THEN 'take_back' ELSE '' END
            WHEN 'theirs_only' THEN CASE
                WHEN is_said_back THEN 'hold'
                WHEN named_status <> 'COMPLETED' AND named_amount = amount_in THEN 'credit'
                WHEN named_id IS NULL AND has_account THEN 'by_hand'
                ELSE 'hold' END
            ELSE '' END,
           CASE WHEN kind <> 'payment' THEN taken_amount
                WHEN by_query > 0 THEN by_query + coalesce(booked, 0)
                WHEN booked IS NULL AND lacks_receipt AND NOT is_named_undone THEN named_amount
                ELSE booked END
      FROM judged
$$;

-- Compare rows of a statement with our books and store what was found; return how many changed. A
-- settled row keeps what was found when it was settled.
CREATE OR REPLACE FUNCTION statement_match(p_file_id bigint, p_from int, p_to int) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
    v_found record;
    v_count int := 0;
BEGIN
    -- Row by row, by its id: where the planner takes the table for empty, because autovacuum saw it
    -- after a purge, one statement would compare the whole file again for each row.
    FOR v_found IN SELECT * FROM statement_compare(p_file_id, p_from, p_to) LOOP
        UPDATE payments_statementrow AS line SET
            match = v_found.match, action = v_found.action, booked_amount = v_found.booked_amount
         WHERE line.id = v_found.row_id AND line.verdict = ''
           AND (line.match, line.action, line.booked_amount)
               IS DISTINCT FROM (v_found.match, v_found.action, v_found.booked_amount);
        IF FOUND THEN
            v_count := v_count + 1;
        END IF;
    END LOOP;
    RETURN v_count;
END $$;

-- What we booked, and the file does not have, although it covers the time of the payment. The chain
-- of balances covers it from the first row to the last. M-Pesa's clock and ours differ by up to five
-- minutes, and a payment takes some time after its prompt: so the first five minutes do not count, nor
-- does the last hour. A deposit without a receipt is looked for by its account reference, where the
-- layout has them.
--
-- OFFSET 0: each payment is looked up by its index. Within the import the planner has no figures of
-- the new rows, and would go through all of them for each payment. + 0: its figures of older files may
-- make an index of the file alone look as good as one of the receipt, and it would go through the
-- whole file, too. So the file is no key of the look-up: a receipt stands in few files.
CREATE OR REPLACE FUNCTION statement_ours_only(p_file_id bigint)
RETURNS TABLE (transaction_id bigint, case_id bigint, receipt text, reference text,
               amount numeric, paid_at timestamptz)
LANGUAGE sql STABLE AS $$
    WITH file AS MATERIALIZED (
        SELECT id, short_code, names_accounts, first_row_at + interval '5 minutes' AS begins_at,
               last_row_at - interval '1 hour' AS ends_at
          FROM payments_statementimport WHERE id = p_file_id AND rows_deleted_at IS NULL
    ), credited AS (
        SELECT txn.id, txn.mpesa_receipt_number, txn.account_reference, txn.amount,
               coalesce(payment.paid_at, txn.created_at) AS paid_at, txn.credit_entry_id
          FROM file
          JOIN payments_transaction AS txn
            ON txn.business_short_code = file.short_code AND txn.status = 'COMPLETED'
           AND txn.created_at BETWEEN file.begins_at AND file.ends_at
          LEFT JOIN payments_paybillpayment AS payment
            ON payment.receipt = txn.mpesa_receipt_number
         WHERE txn.mpesa_receipt_number IS NOT NULL
           AND coalesce(payment.paid_at, txn.created_at) BETWEEN file.begins_at AND file.ends_at
        UNION ALL
        -- Reported at some later time, however late.
        SELECT txn.id, txn.mpesa_receipt_number, txn.account_reference, txn.amount,
               payment.paid_at, txn.credit_entry_id
          FROM file
          JOIN payments_paybillpayment AS payment
            ON payment.paid_at BETWEEN file.begins_at AND file.ends_at
          JOIN payments_receipt AS receipt ON receipt.number = payment.receipt
          JOIN payments_transaction AS txn
            ON txn.id = receipt.transaction_id AND txn.mpesa_receipt_number = payment.receipt
           AND txn.business_short_code = file.short_code AND txn.status = 'COMPLETED'
         WHERE txn.created_at > file.ends_at
    ), ours AS (
        SELECT credited.id AS transaction_id, NULL::bigint AS case_id,
               credited.mpesa_receipt_number AS receipt, credited.account_reference AS reference,
               credited.amount, credited.paid_at, credited.credit_entry_id AS entry_id
          FROM credited
         -- A share of a payment: the case below has the whole.
         WHERE NOT EXISTS (SELECT 1 FROM payments_caseshare AS share
                            WHERE share.entry_id = credited.credit_entry_id)
        UNION ALL
        -- In suspense, or out of it and in no deposit with this receipt.
        SELECT item.transaction_id, item.id, item.mpesa_receipt_number, NULL,
               coalesce(item.corrected_amount, item.amount),
               coalesce(payment.paid_at, txn.created_at, item.opened_at),
               item.resolution_entry_id
          FROM file
          JOIN payments_suspensecase AS item
            ON item.amount IS NOT NULL AND item.decision IN ('', 'credited')
          LEFT JOIN payments_paybillpayment AS payment ON payment.case_id = item.id
          LEFT JOIN payments_transaction AS txn ON txn.id = item.transaction_id
         WHERE coalesce(payment.business_short_code, txn.business_short_code) = file.short_code
           AND (txn.mpesa_receipt_number IS DISTINCT FROM item.mpesa_receipt_number
                OR item.share_count IS NOT NULL)
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
                            WHERE line.file_id + 0 = p_file_id AND line.kind = 'payment'
                              AND line.reference = txn.account_reference AND line.reference <> ''
                           OFFSET 0)
    )
    SELECT ours.transaction_id, ours.case_id, ours.receipt, ours.reference, ours.amount,
           ours.paid_at
      FROM ours
     WHERE NOT EXISTS (SELECT 1 FROM payments_statementrow AS line
                        WHERE line.file_id + 0 = p_file_id AND line.kind = 'payment'
                          AND line.receipt = ours.receipt
                       OFFSET 0)
       -- A payment that both M-Pesa and we took back is in neither book any more.
       AND NOT EXISTS (SELECT 1 FROM payments_reversal AS reversal
                        WHERE reversal.entry_id = ours.entry_id)
       AND (ours.case_id IS NULL OR NOT suspense_is_undone(ours.case_id))
$$;

-- The deposits that the file proves unpaid: PENDING, asked for while the file covers it (as above),
-- and in no row of it. Only a file whose balances are chained, and which has the account numbers,
-- proves that. `p_transaction_id` NULL: all. A deposit with a payment in suspense, or with a decided
-- case, is not among them; nor one that a payment of its amount without a readable account number may
-- belong to, while nobody has that payment. OFFSET 0: as above.
CREATE OR REPLACE FUNCTION statement_unpaid(p_file_id bigint, p_transaction_id bigint DEFAULT NULL)
RETURNS TABLE (transaction_id bigint, amount numeric, reference text, created_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT txn.id, txn.amount, txn.account_reference, txn.created_at
      FROM payments_statementimport AS file
      JOIN payments_transaction AS txn
        ON txn.business_short_code = file.short_code AND txn.status = 'PENDING'
       AND coalesce(txn.review_reason, 'no_answer') = 'no_answer'
       AND txn.account_reference IS NOT NULL
       AND txn.created_at >= file.first_row_at + interval '5 minutes'
       AND txn.created_at <= file.last_row_at - interval '1 hour'
     WHERE file.id = p_file_id AND file.state = 'ready' AND file.is_chained
       AND file.names_accounts AND file.rows_deleted_at IS NULL
       AND (p_transaction_id IS NULL OR txn.id = p_transaction_id)
       AND NOT EXISTS (SELECT 1 FROM payments_statementrow AS line
                        WHERE line.reference = txn.account_reference AND line.reference <> ''
                          AND line.kind = 'payment'
                       OFFSET 0)
       AND NOT EXISTS (
            SELECT 1 FROM payments_statementrow AS line
             WHERE line.file_id + 0 = p_file_id AND line.kind = 'payment'
               AND line.amount_in = txn.amount AND line.reference = ''
               AND line.personal_number = ''
               AND line.completed_at BETWEEN txn.created_at - interval '10 minutes'
                                         AND txn.created_at + interval '1 hour'
               AND NOT EXISTS (SELECT 1 FROM payments_receipt AS receipt
                                WHERE receipt.number = line.receipt
                                  AND receipt.transaction_id IS NOT NULL
                               OFFSET 0)
            OFFSET 0)
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
                      WHERE line.file_id = p_file_id AND line.match = 'reversal_untold'
                        AND line.verdict = ''), 0)
         + coalesce((SELECT sum(ours.amount) FROM statement_ours_only(p_file_id) AS ours), 0)
$$;

-- Return whether an operator may settle a row of this amount: of a file of their own, while what they
-- decided alone on this day is not above the limit with it (decided_alone, suspense.sql). The command,
-- which names no operator, settles only what it imported.
CREATE OR REPLACE FUNCTION statement_is_approved(
    p_file payments_statementimport, p_operator_id bigint, p_amount numeric, p_limit numeric,
    p_now timestamptz
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN p_operator_id IS NULL THEN p_file.uploaded_by_id IS NULL
        WHEN p_operator_id IS DISTINCT FROM p_file.uploaded_by_id THEN true
        ELSE NOT decision_takes_two(
            p_amount + decided_alone(p_operator_id, NULL, p_now), p_limit) END
$$;

-- Correct the amount of an open case to what the statement says, and give it to its deposit's own
-- customer where that is the amount that the deposit asked for. Returns applied, held (it still
-- waits in suspense, with its true amount), or why nothing was changed. No limit applies here:
-- statement_settle has checked it for the row.
CREATE OR REPLACE FUNCTION statement_correct(
    p_case_id bigint, p_amount numeric, p_operator_id bigint, p_reason text, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_outcome text;
    v_txn payments_transaction%ROWTYPE;
BEGIN
    SELECT done.outcome INTO v_outcome
      FROM suspense_correct(p_case_id, p_amount, p_operator_id, 'statement', p_reason, 'infinity',
                            p_now) AS done;
    IF v_outcome <> 'corrected' THEN
        RETURN v_outcome;
    END IF;
    SELECT txn.* INTO v_txn FROM payments_transaction AS txn
      JOIN payments_suspensecase AS item ON item.transaction_id = txn.id
     WHERE item.id = p_case_id AND txn.status <> 'COMPLETED' AND txn.amount = p_amount;
    IF NOT FOUND THEN
        RETURN 'held';
    END IF;
    SELECT done.outcome INTO v_outcome
      FROM suspense_give(p_case_id, v_txn.user_id, p_operator_id, p_reason, 'infinity', p_now)
        AS done;
    RETURN CASE v_outcome WHEN 'resolved' THEN 'applied' ELSE 'held' END;
END $$;

-- Close the open cases of a receipt, since the statement proves that the credited deposit has this
-- very payment: what suspense holds of it as well goes back to the clearing account, and the deposit
-- gets the receipt if a status query had credited it. A case that holds nothing comes last, when the
-- deposit has the receipt.
-- Returns filled, or why nothing was changed.
CREATE OR REPLACE FUNCTION statement_join(
    p_receipt text, p_deposit_id bigint, p_operator_id bigint, p_reason text, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_case_id bigint;
    v_outcome text;
BEGIN
    FOR v_case_id IN
        SELECT item.id FROM payments_suspensecase AS item
         WHERE item.mpesa_receipt_number = p_receipt AND item.status = 'OPEN'
           AND (item.transaction_id IS NULL
                OR item.transaction_id = p_deposit_id AND item.amount IS NULL)
         ORDER BY item.amount IS NULL, item.id
    LOOP
        SELECT done.outcome INTO v_outcome
          FROM suspense_dismiss(v_case_id, 'belongs_to_deposit', p_deposit_id, p_operator_id,
                                p_reason, 'infinity', p_now) AS done;
        IF v_outcome <> 'dismissed' THEN
            RETURN v_outcome;
        END IF;
    END LOOP;
    RETURN 'filled';
END $$;

-- Take back what M-Pesa took back: out of the wallet that was credited (`p_entry_id`), where what was
-- spent becomes a debt; or out of suspense, where the open case `p_case_id` holds it. Returns
-- taken_back, or why nothing was changed.
CREATE OR REPLACE FUNCTION statement_take_back(
    p_case_id bigint, p_entry_id bigint, p_amount numeric, p_operator_id bigint, p_reason text,
    p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_outcome text;
BEGIN
    IF p_entry_id IS NOT NULL THEN
        SELECT done.outcome INTO v_outcome
          FROM payment_reverse_owing(p_entry_id, p_operator_id, p_reason, p_amount, 'infinity',
                                     p_now) AS done;
    ELSE
        SELECT done.outcome INTO v_outcome
          FROM suspense_dismiss(p_case_id, 'refunded', NULL, p_operator_id, p_reason, 'infinity',
                                p_now) AS done;
    END IF;
    RETURN CASE WHEN v_outcome IN ('reversed', 'dismissed') THEN 'taken_back' ELSE v_outcome END;
END $$;

-- Credit a deposit with a payment whose case was decided before M-Pesa's statement had it: as not
-- in M-Pesa's books (not_in_books), or given to the deposit's customer with another amount, which
-- is taken back in the same transaction, so that the customer gets or owes the difference. Returns
-- applied. The caller holds the deposit's lock; it is not COMPLETED, and has the amount.
CREATE OR REPLACE FUNCTION statement_credit_after_all(
    p_txn payments_transaction, p_case_id bigint, p_operator_id bigint, p_reason text,
    p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_case payments_suspensecase%ROWTYPE;
    v_entry_id bigint;
    v_outcome text;
BEGIN
    SELECT * INTO STRICT v_case FROM payments_suspensecase WHERE id = p_case_id FOR UPDATE;
    p_now := greatest(p_now, p_txn.created_at, v_case.resolved_at);
    UPDATE payments_receipt SET transaction_id = p_txn.id
     WHERE number = v_case.mpesa_receipt_number AND transaction_id IS NULL;
    UPDATE payments_paybillpayment SET transaction_id = p_txn.id
     WHERE receipt = v_case.mpesa_receipt_number AND transaction_id IS NULL;
    v_entry_id := ledger_post(
        'deposit:' || p_txn.id,
        (SELECT held.debit_account_id FROM wallet_journalentry AS held
          WHERE held.id = v_case.entry_id),
        ledger_customer_account(p_txn.user_id), p_txn.amount, p_txn.description, p_now);
    UPDATE payments_transaction AS txn SET
        status = 'COMPLETED', credit_entry_id = v_entry_id, completed_at = p_now,
        mpesa_receipt_number = v_case.mpesa_receipt_number, result_code = '0',
        next_query_at = NULL, regular_query_at = NULL, updated_at = p_now,
        review_reason = CASE WHEN EXISTS (
            SELECT 1 FROM payments_suspensecase AS other
             WHERE other.transaction_id = txn.id AND other.status = 'OPEN') THEN 'suspense' END
     WHERE txn.id = p_txn.id;
    IF v_case.decision = 'credited' THEN
        SELECT done.outcome INTO v_outcome
          FROM payment_reverse_owing(
            v_case.resolution_entry_id, p_operator_id, p_reason,
            coalesce(v_case.corrected_amount, v_case.amount), 'infinity', p_now) AS done;
        IF v_outcome <> 'reversed' THEN
            -- The customer would keep both credits.
            RAISE EXCEPTION 'case %: what it gave away is not taken back: %', p_case_id, v_outcome
                USING ERRCODE = 'KB002';
        END IF;
    END IF;
    RETURN 'applied';
END $$;

-- Credit a deposit with a payment that waits in suspense without an owner. Another report of the
-- payment did not agree with the deposit, so that it has a case about the same receipt. Giving
-- either case to the deposit would leave the other one open. So the deposit is credited from the
-- clearing account, and both cases are closed as its payment: what suspense holds goes back to the
-- clearing account. Returns applied, or nothing. The caller holds the deposit's lock; it is not
-- COMPLETED, and has the amount.
CREATE OR REPLACE FUNCTION statement_credit_joined(
    p_txn payments_transaction, p_receipt text, p_operator_id bigint, p_reason text,
    p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_entry_id bigint;
    v_outcome text;
BEGIN
    p_now := greatest(p_now, p_txn.created_at);
    -- A claim, or an operator, may have given it away since it was compared.
    PERFORM 1 FROM payments_suspensecase AS item
      JOIN wallet_journalentry AS held ON held.id = item.entry_id
     WHERE held.key = 'suspense:' || p_receipt AND item.status = 'OPEN' FOR UPDATE OF item;
    IF NOT FOUND THEN
        RETURN 'nothing';
    END IF;
    v_entry_id := ledger_post(
        'deposit:' || p_txn.id,
        ledger_system_account('mpesa:' || p_txn.business_short_code, 'clearing'),
        ledger_customer_account(p_txn.user_id), p_txn.amount, p_txn.description, p_now);
    UPDATE payments_transaction SET
        status = 'COMPLETED', credit_entry_id = v_entry_id, completed_at = p_now, result_code = '0',
        next_query_at = NULL, regular_query_at = NULL, updated_at = p_now
     WHERE id = p_txn.id;
    v_outcome := statement_join(p_receipt, p_txn.id, p_operator_id, p_reason, p_now);
    IF v_outcome <> 'filled' OR NOT EXISTS (
            SELECT 1 FROM payments_transaction AS txn
             WHERE txn.id = p_txn.id AND txn.mpesa_receipt_number = p_receipt) THEN
        -- The payment would be booked twice.
        RAISE EXCEPTION 'deposit %: what suspense holds of % stays there: %', p_txn.id, p_receipt,
            v_outcome USING ERRCODE = 'KB002';
    END IF;
    RETURN 'applied';
END $$;

-- Settle one row by its action, as our books are now; it may come twice, late, or beside a callback,
-- a confirmation or a pull of the same payment, and credits once. `p_operator_id` NULL: the command,
-- which corrects no case, takes nothing back, and credits nothing against a decision. `p_rules`: own_short_code, is_kyc_required,
-- approval_above (KES). Outcome: applied, filled, held, taken_back; or nothing was changed:
-- already_settled, nothing (the books have it already, or an operator has to decide elsewhere),
-- own_money (the operator is the customer), not_approved, operator_only, untrusted (not our short
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
    v_booked record;
    v_moved numeric;
    -- The highest amount that one operator may move alone.
    v_alone numeric;
    v_owner_id bigint;
    -- Whether the row's deposit or customer gets the payment at once.
    v_is_named boolean;
BEGIN
    -- A missing key would read as NULL, and as no rule.
    IF NOT p_rules ?& ARRAY['own_short_code', 'is_kyc_required', 'approval_above'] THEN
        RAISE EXCEPTION 'statement_settle: a key of p_rules is missing' USING ERRCODE = 'KB002';
    END IF;
    PERFORM operator_lock(p_operator_id);
    SELECT * INTO STRICT v_row FROM payments_statementrow WHERE id = p_row_id FOR UPDATE;
    -- The rows must not be deleted meanwhile: a payment whose reversal is gone would be credited.
    SELECT * INTO STRICT v_file FROM payments_statementimport WHERE id = v_row.file_id FOR SHARE;
    IF v_row.verdict <> '' THEN
        outcome := 'already_settled';
        transaction_id := v_row.transaction_id;
        RETURN;
    END IF;
    IF v_file.rows_deleted_at IS NOT NULL THEN
        outcome := 'nothing';
        RETURN;
    END IF;
    IF NOT paybill_is_ours(v_file.short_code, p_rules ->> 'own_short_code') THEN
        outcome := 'untrusted';
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
    SELECT * INTO v_booked FROM statement_booked(
        CASE v_row.kind WHEN 'payment' THEN v_row.receipt ELSE v_row.linked_receipt END);
    -- What an action moves: it may also undo what was booked with another amount.
    v_moved := greatest(
        coalesce(v_row.amount_in, v_row.amount_out),
        CASE WHEN v_found.action IN ('after_all', 'correct') THEN v_booked.amount END);
    v_alone := CASE
        -- Only the uploaded file says that the payment is this customer's.
        WHEN v_found.action = 'by_hand' OR v_found.action = 'after_all' AND v_txn.id IS NULL THEN 0
        ELSE (p_rules ->> 'approval_above')::numeric END;
    IF NOT statement_is_approved(v_file, p_operator_id, v_moved, v_alone, p_now) THEN
        outcome := 'not_approved';
        RETURN;
    END IF;
    IF p_operator_id IS NULL AND v_found.action IN ('correct', 'take_back', 'after_all') THEN
        outcome := 'operator_only';
        RETURN;
    END IF;
    -- The operator who decided the case does not undo a large decision alone, nor credit a
    -- customer whom only the file names.
    IF v_found.action = 'after_all' AND decision_takes_two(v_moved, v_alone)
       AND EXISTS (SELECT 1 FROM payments_suspensecase AS item
                    WHERE item.id = v_booked.case_id AND item.resolved_by_id = p_operator_id) THEN
        outcome := 'not_approved';
        RETURN;
    END IF;
    -- Another report of the payment did not agree with the deposit, and has a case of its own.
    IF v_found.action = 'credit' AND v_booked.case_id IS NOT NULL AND EXISTS (
            SELECT 1 FROM payments_suspensecase AS told
             WHERE told.transaction_id = v_txn.id AND told.mpesa_receipt_number = v_row.receipt)
    THEN
        IF p_operator_id IS NULL THEN
            outcome := 'operator_only';
            RETURN;
        END IF;
        v_found.action := 'credit_joined';
    END IF;
    CASE v_found.action
    WHEN 'credit_joined' THEN
        outcome := statement_credit_joined(v_txn, v_row.receipt, p_operator_id, p_reason, p_now);
        transaction_id := v_txn.id;
        v_found.booked_amount := v_row.amount_in;
    WHEN 'take_back' THEN
        outcome := statement_take_back(v_booked.case_id, v_booked.entry_id, v_row.amount_out,
                                       p_operator_id, p_reason, p_now);
        transaction_id := v_booked.transaction_id;
    WHEN 'correct' THEN
        IF v_booked.amount = v_row.amount_in THEN
            -- The amount is right; what is wrong is that a case is open about the payment of a
            -- credited deposit: about another amount, or because it is booked twice.
            transaction_id := coalesce(v_booked.transaction_id, v_txn.id);
            outcome := statement_join(v_row.receipt, transaction_id, p_operator_id, p_reason,
                                      p_now);
        ELSE
            outcome := statement_correct(v_booked.case_id, v_row.amount_in, p_operator_id,
                                         p_reason, p_now);
            transaction_id := v_booked.transaction_id;
        END IF;
        v_found.booked_amount := v_row.amount_in;
    WHEN 'after_all' THEN
        IF v_txn.id IS NULL THEN
            SELECT account.user_id INTO v_owner_id FROM payments_paybillaccount AS account
             WHERE account.number = v_row.personal_number;
            IF NOT paybill_is_whole(v_row.amount_in) OR NOT paybill_is_allowed(
                    v_owner_id, (p_rules ->> 'is_kyc_required')::boolean, p_now) THEN
                outcome := 'nothing';
                RETURN;
            END IF;
            transaction_id := paybill_deposit(v_owner_id, v_row.amount_in, v_file.short_code, p_now);
            SELECT txn.* INTO STRICT v_txn FROM payments_transaction AS txn
             WHERE txn.id = statement_settle.transaction_id;
        END IF;
        outcome := statement_credit_after_all(v_txn, v_booked.case_id, p_operator_id, p_reason,
                                              p_now);
        transaction_id := v_txn.id;
        v_found.booked_amount := v_row.amount_in;
    WHEN 'open_case' THEN
        -- Credited with another amount: a case about it, which posts nothing.
        SELECT txn.* INTO STRICT v_txn FROM payments_transaction AS txn
         WHERE txn.id = coalesce(v_booked.transaction_id, v_txn.id) FOR NO KEY UPDATE;
        v_result.amount := v_row.amount_in;
        v_result.mpesa_receipt_number := v_row.receipt;
        PERFORM suspense_hold(v_txn, 'amount_mismatch', v_result, false,
                              greatest(p_now, v_txn.created_at));
        outcome := 'held';
        transaction_id := v_txn.id;
    ELSE
        v_was_credited := v_txn.status = 'COMPLETED';
        -- Another file says that M-Pesa took the payment back: an operator looks first.
        v_is_named := NOT (v_found.action = 'hold' AND EXISTS (
            SELECT 1 FROM payments_statementrow AS back
             WHERE back.linked_receipt = v_row.receipt AND back.kind = 'reversal'));
        SELECT settled.verdict, settled.transaction_id INTO outcome, transaction_id
          FROM paybill_settle(jsonb_build_object(
                'receipt', v_row.receipt, 'amount', v_row.amount_in::text,
                'business_short_code', v_file.short_code,
                'own_short_code', p_rules ->> 'own_short_code',
                'account_number', v_row.account_number, 'transaction_type', v_row.reason_type,
                'paid_at', v_row.completed_at, 'payer_name', v_row.payer_name,
                'payer_number', v_row.payer_number, 'payer_hash', '',
                'reference', CASE WHEN v_is_named THEN nullif(v_row.reference, '') END,
                'number', CASE WHEN v_is_named THEN nullif(v_row.personal_number, '') END,
                'phone', nullif(v_row.phone, '')),
            'statement', (p_rules ->> 'is_kyc_required')::boolean, p_now) AS settled;
        outcome := CASE
            -- Another report of the payment came after the comparison.
            WHEN outcome = 'duplicate' THEN 'nothing'
            WHEN outcome = 'applied' AND v_was_credited THEN 'filled'
            ELSE outcome END;
        v_found.booked_amount := v_row.amount_in;
    END CASE;
    IF outcome NOT IN ('applied', 'filled', 'held', 'taken_back') THEN
        RETURN;
    END IF;
    UPDATE payments_statementrow SET
        verdict = outcome, settled_at = p_now, settled_by_id = p_operator_id,
        reason = left(p_reason, 255), transaction_id = statement_settle.transaction_id,
        booked_amount = v_found.booked_amount
     WHERE id = p_row_id;
END $$;

-- End a deposit that the file proves unpaid: PENDING -> FAILED. A later success still credits it.
-- The operator who uploaded the file may not end deposits above `p_limit` by it, in sum over the files
-- of their own on the Nairobi day of `p_now`.
-- Outcome: unpaid; or nothing was changed: already_unpaid, own_money (the operator is the customer),
-- not_approved, not_proven (statement_unpaid does not list it, or no longer does).
CREATE OR REPLACE FUNCTION statement_not_paid(
    p_file_id bigint, p_transaction_id bigint, p_operator_id bigint, p_reason text,
    p_limit numeric, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_txn payments_transaction%ROWTYPE;
    v_file payments_statementimport%ROWTYPE;
BEGIN
    PERFORM operator_lock(p_operator_id);
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
    SELECT * INTO STRICT v_file FROM payments_statementimport WHERE id = p_file_id FOR SHARE;
    IF p_operator_id = v_file.uploaded_by_id AND decision_takes_two(v_txn.amount + coalesce((
            SELECT sum(ended.amount) FROM payments_unpaiddeposit AS unpaid
              JOIN payments_statementimport AS file ON file.id = unpaid.file_id
              JOIN payments_transaction AS ended ON ended.id = unpaid.transaction_id
             WHERE unpaid.operator_id = p_operator_id AND file.uploaded_by_id = p_operator_id
               AND unpaid.decided_at >= date_trunc('day', p_now, 'Africa/Nairobi')), 0), p_limit)
    THEN
        RETURN 'not_approved';
    END IF;
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
