-- Erasing a customer (docs/retention.md says what goes, what stays, and by which law).

-- Return what prevents erasing a customer, as words (users.erasure.WORDS); none: nothing does.
CREATE OR REPLACE FUNCTION erasure_hindrances(p_user_id bigint, p_now timestamptz)
RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT 'operator' FROM users_user WHERE id = p_user_id AND (is_staff OR is_superuser)
    UNION ALL
    SELECT 'switched_off' FROM users_user WHERE id = p_user_id AND NOT is_active
    UNION ALL
    SELECT 'break' FROM risk_ownlimits
     WHERE user_id = p_user_id AND (paused_until > p_now OR excluded_until > p_now)
    UNION ALL
    SELECT 'balance' FROM wallet_ledgeraccount WHERE user_id = p_user_id AND balance > 0
    UNION ALL
    SELECT 'debt' WHERE EXISTS (
        SELECT 1 FROM payments_debt AS debt
         WHERE debt.customer_id = p_user_id AND debt.amount > (
            SELECT coalesce(sum(entry.amount), 0) FROM payments_repayment AS part
              JOIN wallet_journalentry AS entry ON entry.id = part.entry_id
             WHERE part.debt_id = debt.id))
    UNION ALL
    SELECT 'pending' WHERE EXISTS (
        SELECT 1 FROM payments_transaction WHERE user_id = p_user_id AND status = 'PENDING')
    UNION ALL
    SELECT 'requested' WHERE EXISTS (
        SELECT 1 FROM payments_idempotencykey WHERE user_id = p_user_id AND answer IS NULL)
    UNION ALL
    SELECT 'case' WHERE EXISTS (
        SELECT 1 FROM payments_suspensecase AS item
          LEFT JOIN payments_transaction AS txn ON txn.id = item.transaction_id
          LEFT JOIN payments_paybillpayment AS payment ON payment.case_id = item.id
         WHERE item.status = 'OPEN'
           AND (txn.user_id = p_user_id OR payment.proposed_user_id = p_user_id))
    UNION ALL
    SELECT 'claim' WHERE EXISTS (
        SELECT 1 FROM payments_claim WHERE user_id = p_user_id AND status = 'OPEN')
    UNION ALL
    -- A proposal to share a payment out names its customers by id. That of the erasure itself is
    -- no hindrance.
    SELECT 'proposal' WHERE EXISTS (
        SELECT 1 FROM users_proposal AS proposal
          LEFT JOIN users_accountchange AS change
            ON change.id = proposal.subject_id
           AND proposal.kind IN ('set_password', 'change_rights')
         WHERE proposal.status = 'OPEN' AND proposal.proposed_at > p_now - interval '24 hours'
           AND (proposal.customer_id = p_user_id OR change.user_id = p_user_id
                OR proposal.kind = 'split_case'
                   AND proposal.detail ~ ('(^|,)' || p_user_id || ':')))
    UNION ALL
    SELECT 'phone_change' WHERE EXISTS (
        SELECT 1 FROM users_phonechange WHERE user_id = p_user_id AND status = 'PENDING')
    UNION ALL
    SELECT 'submission' WHERE EXISTS (
        SELECT 1 FROM kyc_kycsubmission WHERE user_id = p_user_id AND status = 'PENDING')
$$;

-- Erase a customer, once; `p_proposal_id` NULL: by a command of the server. Returns erased, before
-- (it was done already) or hindered, with what prevents it. Sign-in ends with it, and the
-- number is free: an account that has it later is another customer's. Money stays where it is, by
-- the account's id.
CREATE OR REPLACE FUNCTION customer_erase(
    p_user_id bigint, p_proposal_id bigint, p_now timestamptz
) RETURNS TABLE (outcome text, hindrances text[]) LANGUAGE plpgsql AS $$
DECLARE
    v_hindrances text[];
    v_pseudonym text := 'erased-' || p_user_id;
    v_number text;
BEGIN
    -- A push takes both locks too: it is stored before, and hinders, or finds the account closed.
    PERFORM customer_lock(p_user_id);
    SELECT phone_number INTO v_number FROM users_user WHERE id = p_user_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'customer % is unknown', p_user_id USING ERRCODE = 'no_data_found';
    END IF;
    IF EXISTS (SELECT 1 FROM users_erasure WHERE user_id = p_user_id) THEN
        RETURN QUERY SELECT 'before', '{}'::text[];
        RETURN;
    END IF;
    SELECT coalesce(array_agg(word), '{}') INTO v_hindrances
      FROM erasure_hindrances(p_user_id, p_now) AS word;
    IF v_hindrances <> '{}' THEN
        RETURN QUERY SELECT 'hindered', v_hindrances;
        RETURN;
    END IF;

    -- First its row: by it the guards let go of what follows.
    INSERT INTO users_erasure (user_id, proposal_id, erased_at)
    VALUES (p_user_id, p_proposal_id, p_now);
    UPDATE users_user
       SET phone_number = v_pseudonym, full_name = '', is_active = false,
           password = '!' || replace(gen_random_uuid()::text, '-', ''),
           one_time_password_until = NULL, session_epoch = session_epoch + 1, last_login = NULL
     WHERE id = p_user_id;
    UPDATE users_userhistory SET phone_number = v_pseudonym, full_name = ''
     WHERE pgh_obj_id = p_user_id AND (phone_number <> v_pseudonym OR full_name <> '');
    DELETE FROM users_phonechange WHERE user_id = p_user_id;
    DELETE FROM risk_sighting WHERE user_id = p_user_id;
    DELETE FROM payments_idempotencykey WHERE user_id = p_user_id;
    -- Rows that another transaction has locked are skipped: it may wait for the customer's row,
    -- which is locked here, so waiting for it would be a deadlock. `purge` deletes what is left.
    DELETE FROM django_session WHERE session_key IN (
        SELECT open.session_key FROM django_session AS open
          JOIN users_browsersession AS noted ON noted.key_hash = open.session_key
         WHERE noted.user_id = p_user_id FOR UPDATE OF open SKIP LOCKED);
    DELETE FROM users_browsersession WHERE id IN (
        SELECT id FROM users_browsersession WHERE user_id = p_user_id FOR UPDATE SKIP LOCKED);
    DELETE FROM users_onetimecode WHERE id IN (
        SELECT id FROM users_onetimecode WHERE user_id = p_user_id FOR UPDATE SKIP LOCKED);
    -- Also those withheld from the number: they have no customer.
    DELETE FROM users_textmessage WHERE id IN (
        SELECT id FROM users_textmessage
         WHERE user_id = p_user_id OR user_id IS NULL AND phone_number = v_number
           FOR UPDATE SKIP LOCKED);
    UPDATE users_erasurerequest SET status = 'DONE', ended_at = p_now
     WHERE user_id = p_user_id AND status = 'OPEN';
    RETURN QUERY SELECT 'erased', '{}'::text[];
END $$;
