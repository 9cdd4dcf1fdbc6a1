-- The rule inputs that the database knows (risk.inputs), read without locks before a deposit is
-- initiated.

-- Deposits, failures and accounts are counted over 1 hour or 24 hours, as each name says;
-- `completed_ever` and `largest_completed` are taken over the customer's newest `p_most` completed
-- deposits. Counts of accounts stop at about `p_most`, too, so that a long history or a shared
-- network address does not slow the query down. `p_failures`: result codes that the payer causes.
-- `p_never_sent`: result codes of pushes that M-Pesa did not take; such deposits are not counted.
-- A hash is NULL where the address or device is unknown.
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

    -- Counted by the wallet's credits, newest first, because an index finds these quickly however
    -- many deposits failed. A credit from a suspense case counts only where it completed the
    -- deposit of that case.
    SELECT wallet.id INTO v_wallet_id
      FROM wallet_ledgeraccount AS wallet WHERE wallet.user_id = p_user_id;
    SELECT count(*), coalesce(max(amount), 0) INTO completed_ever, largest_completed
      FROM (SELECT entry.amount FROM wallet_journalentry AS entry
             WHERE entry.credit_account_id = v_wallet_id AND (entry.key LIKE 'deposit:%' OR EXISTS (
                 SELECT 1 FROM payments_suspensecase AS item
                   JOIN payments_transaction AS txn ON txn.id = item.transaction_id
                  WHERE item.resolution_entry_id = entry.id AND txn.credit_entry_id = entry.id)
                 OR EXISTS (
                 SELECT 1 FROM payments_caseshare AS share
                   JOIN payments_suspensecase AS item ON item.id = share.case_id
                   JOIN payments_transaction AS txn ON txn.id = item.transaction_id
                  WHERE share.entry_id = entry.id AND txn.credit_entry_id = entry.id))
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

    -- users_userhistory has one row for the account's creation and one for each change. The
    -- customer has been VERIFIED since the first VERIFIED row after the last row with another
    -- status; an account that was VERIFIED when created, since its creation.
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
