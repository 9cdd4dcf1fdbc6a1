-- Shares: a payment held in suspense that is of several customers, each of whom gets a part of it.
--
-- Locks, in the order of suspense.sql; the wallets all at once (ledger_post_many).

-- Return why a payment may not be shared out like this: bad_shares (not two to five customers, in the
-- order of their ids, each once; or amounts that are not above zero, or have more than cents, or do
-- not add up to `p_amount`), or NULL.
CREATE OR REPLACE FUNCTION shares_objection(
    p_amount numeric, p_user_ids bigint[], p_amounts numeric[]
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN coalesce(cardinality(p_user_ids) BETWEEN 2 AND 5
            AND cardinality(p_amounts) = cardinality(p_user_ids)
            AND p_user_ids = ARRAY(SELECT DISTINCT id FROM unnest(p_user_ids) AS share(id)
                                    WHERE id IS NOT NULL ORDER BY id)
            -- NaN is above every number.
            AND NOT EXISTS (SELECT 1 FROM unnest(p_amounts) AS share(amount)
                             WHERE (amount > 0 AND amount < 1000000000
                                    AND amount = round(amount, 2)) IS NOT TRUE)
            AND p_amount = (SELECT sum(amount) FROM unnest(p_amounts) AS share(amount)), false)
        THEN NULL ELSE 'bad_shares' END
$$;

-- Return shares as a proposal says them: `<customer id>:<KES with two decimals>`, by a comma.
CREATE OR REPLACE FUNCTION shares_text(p_user_ids bigint[], p_amounts numeric[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(user_id || ':' || amount::numeric(14, 2), ',' ORDER BY nth)
      FROM unnest(p_user_ids, p_amounts) WITH ORDINALITY AS share(user_id, amount, nth)
$$;

-- Share a payment held in suspense out among two to five customers, by one entry each. Always what
-- another operator proposed exactly (kind split_case, detail shares_text) and this one approved.
-- Nothing may speak against a customer, but for the deposit's own, whose money it is. The deposit
-- becomes COMPLETED if its own customer's share is the amount that it asked for. Without a deposit (a
-- payment by hand) no share gets one: a receipt is of one deposit.
-- Outcome: split, already_resolved, no_such_case; or nothing is changed: no_money (the case holds
-- none), bad_shares (shares_objection), own_money (it is a payment, or a share, of the operator's, or
-- a share of the proposer's), not_approved, or what suspense_objection says.
CREATE OR REPLACE FUNCTION suspense_split(
    p_case_id bigint, p_user_ids bigint[], p_amounts numeric[], p_operator_id bigint, p_note text,
    p_now timestamptz, OUT outcome text, OUT entry_ids bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    v_case payments_suspensecase%ROWTYPE := suspense_lock(p_case_id, NULL);
    v_txn payments_transaction%ROWTYPE;
    v_count int := cardinality(p_user_ids);
    v_wallet_ids bigint[];
    v_own_entry_id bigint;
BEGIN
    SELECT * INTO v_txn FROM payments_transaction WHERE id = v_case.transaction_id;
    outcome := CASE
        WHEN v_case.id IS NULL THEN 'no_such_case'
        WHEN v_case.status = 'RESOLVED' THEN 'already_resolved'
        WHEN v_case.amount IS NULL THEN 'no_money'
        ELSE shares_objection(coalesce(v_case.corrected_amount, v_case.amount), p_user_ids,
                              p_amounts) END;
    IF outcome IS NULL THEN
        outcome := CASE
            WHEN p_operator_id = ANY (p_user_ids) OR suspense_is_own(p_case_id, p_operator_id)
                THEN 'own_money'
            WHEN NOT decision_is_approved('split_case', p_case_id, NULL,
                                          shares_text(p_user_ids, p_amounts), p_operator_id)
                THEN 'not_approved'
            WHEN EXISTS (SELECT 1 FROM users_proposal AS proposal
                          WHERE proposal.kind = 'split_case' AND proposal.subject_id = p_case_id
                            AND proposal.status = 'APPROVED'
                            AND proposal.proposed_by_id = ANY (p_user_ids)) THEN 'own_money'
            ELSE (SELECT min(suspense_objection(user_id, p_now))
                    FROM unnest(p_user_ids) AS share(user_id)
                   WHERE user_id IS DISTINCT FROM v_txn.user_id) END;
    END IF;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    p_now := greatest(p_now, v_case.opened_at);
    -- In the order of the customers' ids: two cases at once open missing wallets in the same order.
    v_wallet_ids := ARRAY(SELECT ledger_customer_account(user_id)
                            FROM unnest(p_user_ids) WITH ORDINALITY AS share(user_id, nth)
                           ORDER BY nth);
    entry_ids := ledger_post_many(
        ARRAY(SELECT 'share:' || p_case_id || ':' || nth FROM generate_series(1, v_count) AS nth
               ORDER BY nth),
        array_fill(ledger_system_account('suspense', 'suspense'), ARRAY[v_count]),
        v_wallet_ids, p_amounts,
        array_fill('M-Pesa ' || v_case.mpesa_receipt_number || ': a share of it', ARRAY[v_count]),
        array_fill(p_now, ARRAY[v_count]));
    INSERT INTO payments_caseshare (case_id, number, customer_id, amount, entry_id)
    SELECT p_case_id, share.nth, share.user_id, share.amount, share.entry_id
      FROM unnest(p_user_ids, p_amounts, entry_ids) WITH ORDINALITY
        AS share(user_id, amount, entry_id, nth);
    UPDATE payments_suspensecase SET
        status = 'RESOLVED', decision = 'credited', share_count = v_count, resolved_at = p_now,
        resolved_by_id = p_operator_id, resolution_note = left(p_note, 255)
     WHERE id = p_case_id;
    SELECT share.entry_id INTO v_own_entry_id FROM payments_caseshare AS share
     WHERE share.case_id = p_case_id AND share.customer_id = v_txn.user_id
       AND share.amount = v_txn.amount;
    IF v_own_entry_id IS NOT NULL AND v_txn.status <> 'COMPLETED' THEN
        UPDATE payments_transaction SET
            status = 'COMPLETED', credit_entry_id = v_own_entry_id, completed_at = p_now,
            mpesa_receipt_number = v_case.mpesa_receipt_number, result_code = '0',
            next_query_at = NULL, regular_query_at = NULL, updated_at = p_now
         WHERE id = v_txn.id;
    END IF;
    PERFORM suspense_review(v_txn.id, p_now);
    outcome := 'split';
END $$;

-- Return whether all that a case gave to customers is reversed.
CREATE OR REPLACE FUNCTION suspense_is_undone(p_case_id bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_and(EXISTS (SELECT 1 FROM payments_reversal AS reversal
                                      WHERE reversal.entry_id = given.entry_id)), false)
      FROM (SELECT item.resolution_entry_id AS entry_id FROM payments_suspensecase AS item
             WHERE item.id = p_case_id AND item.decision IN ('', 'credited')
               AND item.resolution_entry_id IS NOT NULL
             UNION ALL
            SELECT share.entry_id FROM payments_caseshare AS share
             WHERE share.case_id = p_case_id) AS given
$$;
