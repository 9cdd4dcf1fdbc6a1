-- What the fraud rules go by (risk.facts), read without locks before a deposit is initiated.

-- Numbers of deposits are of 24 hours, but for `completed_ever` and `largest_completed`: these are
-- of the customer's newest `p_most` completed deposits, and both they and the accounts stop counting
-- at `p_most`, so that no question grows with a history or with a busy address. `p_failures` are
-- the codes of a payer's own doing, `p_never_sent` those of deposits that M-Pesa never took.
CREATE OR REPLACE FUNCTION deposit_risk_inputs(
    p_user_id bigint, p_address_hash text, p_device_hash text, p_failures text[],
    p_never_sent text[], p_most int, p_now timestamptz,
    OUT deposits_1h bigint, OUT deposits_24h bigint, OUT failures_1h bigint,
    OUT failures_24h bigint, OUT completed_ever bigint, OUT largest_completed numeric,
    OUT accounts_from_address_24h bigint, OUT accounts_from_device_24h bigint,
    OUT account_age_s numeric, OUT kyc_age_s numeric, OUT phone_change_age_s numeric
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_day timestamptz := p_now - interval '24 hours';
    v_hour timestamptz := p_now - interval '1 hour';
    v_signed_up_at timestamptz;
    v_verified_at timestamptz;
    v_wallet_id bigint;
BEGIN
    SELECT count(*) FILTER (WHERE created_at > v_hour), count(*),
           count(*) FILTER (WHERE created_at > v_hour AND is_failure),
           count(*) FILTER (WHERE is_failure)
      INTO deposits_1h, deposits_24h, failures_1h, failures_24h
      FROM (SELECT txn.created_at, txn.status = 'FAILED' AND txn.result_code = ANY(p_failures)
                   AS is_failure
              FROM payments_transaction AS txn
             WHERE txn.user_id = p_user_id AND txn.created_at > v_day
               AND coalesce(txn.result_code, '') <> ALL(p_never_sent)) AS last_day;

    -- By the credits of the wallet, newest first: an index of their own leads to them, however many
    -- deposits failed. One of a case is a deposit's only where it completed the case's own.
    SELECT wallet.id INTO v_wallet_id
      FROM wallet_ledgeraccount AS wallet WHERE wallet.user_id = p_user_id;
    SELECT count(*), coalesce(max(amount), 0) INTO completed_ever, largest_completed
      FROM (SELECT entry.amount FROM wallet_journalentry AS entry
             WHERE entry.credit_account_id = v_wallet_id AND (entry.key LIKE 'deposit:%' OR EXISTS (
                 SELECT 1 FROM payments_suspensecase AS item
                   JOIN payments_transaction AS txn ON txn.id = item.transaction_id
                  WHERE item.resolution_entry_id = entry.id AND txn.credit_entry_id = entry.id))
             ORDER BY entry.id * 2 DESC LIMIT p_most) AS completed;

    SELECT 1 + count(*) INTO accounts_from_address_24h
      FROM (SELECT 1 FROM risk_sighting AS seen
             WHERE seen.kind = 'address' AND seen.value_hash = p_address_hash
               AND seen.last_seen_at > v_day AND seen.user_id <> p_user_id
             LIMIT p_most) AS others;
    SELECT 1 + count(*) INTO accounts_from_device_24h
      FROM (SELECT 1 FROM risk_sighting AS seen
             WHERE seen.kind = 'device' AND seen.value_hash = p_device_hash
               AND seen.last_seen_at > v_day AND seen.user_id <> p_user_id
             LIMIT p_most) AS others;

    -- The history holds how a customer began and what was new at each change: VERIFIED counts from
    -- the first row that says so after the last one that said otherwise, or from the account's age.
    SELECT customer.created_at INTO v_signed_up_at
      FROM users_user AS customer WHERE customer.id = p_user_id;
    SELECT CASE WHEN NOT bool_or(history.pgh_label = 'insert')
                THEN min(history.pgh_created_at) END INTO v_verified_at
      FROM users_userhistory AS history
     WHERE history.pgh_obj_id = p_user_id AND history.pgh_id > (
        SELECT coalesce(max(before.pgh_id), 0) FROM users_userhistory AS before
         WHERE before.pgh_obj_id = p_user_id AND before.kyc_status <> 'VERIFIED');
    account_age_s := extract(epoch FROM p_now - v_signed_up_at);
    kyc_age_s := extract(epoch FROM p_now - coalesce(v_verified_at, v_signed_up_at));
    SELECT extract(epoch FROM p_now - max(change.decided_at)) INTO phone_change_age_s
      FROM users_phonechange AS change
     WHERE change.user_id = p_user_id AND change.status = 'APPROVED';
END $$;
