-- M-Pesa's own list of payments (Pull Transactions): what one row of it does.

-- Settle a row of the list, and store it where it was new to us or could not be used. `p_payment`
-- as in paybill.sql; NULL: the row could not be read. `p_raw`: the row, for an operator. It may come
-- any number of times, and beside the callback and the confirmation of the same payment. Verdict:
-- applied, filled, held, duplicate (nothing was changed or stored), failed or unreadable.
CREATE OR REPLACE FUNCTION pull_record(
    p_payment jsonb, p_raw jsonb, p_is_kyc_required boolean, p_now timestamptz,
    OUT verdict text, OUT transaction_id bigint, OUT note text
) LANGUAGE plpgsql AS $$
DECLARE
    v_was_credited boolean;
BEGIN
    note := '';
    -- An error in this block undoes the settling but not the row, which is stored as `failed`.
    BEGIN
        IF p_payment IS NULL THEN
            verdict := 'unreadable';
        ELSE
            -- Locked first, as paybill_settle does: so it is known whether money moves now.
            SELECT txn.status = 'COMPLETED' INTO v_was_credited FROM payments_transaction AS txn
             WHERE txn.account_reference = p_payment ->> 'reference' FOR NO KEY UPDATE;
            SELECT settled.verdict, settled.transaction_id INTO verdict, transaction_id
              FROM paybill_settle(p_payment, 'pull', p_is_kyc_required, p_now) AS settled;
            IF verdict = 'applied' AND v_was_credited THEN
                verdict := 'filled';
            END IF;
        END IF;
    EXCEPTION
        WHEN deadlock_detected OR serialization_failure THEN RAISE;
        WHEN OTHERS THEN
            verdict := 'failed';
            transaction_id := NULL;
            note := left(SQLSTATE || ' ' || SQLERRM, 255);
    END;
    IF verdict = 'duplicate' THEN
        RETURN;
    END IF;
    INSERT INTO payments_pulledrow
        (receipt, raw, digest, verdict, note, transaction_id, pulled_at)
    VALUES (p_payment ->> 'receipt', p_raw,
            CASE WHEN p_payment IS NULL
                THEN encode(sha256(convert_to(p_raw::text, 'UTF8')), 'hex') ELSE '' END,
            pull_record.verdict, pull_record.note, pull_record.transaction_id, p_now)
    ON CONFLICT DO NOTHING;
END $$;

-- Return whether a payment is known that M-Pesa's list of this window must have: booked between the
-- two times, and not paid before the first. (A callback may come long after its payment.)
CREATE OR REPLACE FUNCTION pull_misses(p_begin timestamptz, p_end timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM payments_receipt AS receipt
          LEFT JOIN payments_paybillpayment AS payment ON payment.receipt = receipt.number
          LEFT JOIN payments_transaction AS txn ON txn.id = receipt.transaction_id
         WHERE receipt.booked_at BETWEEN p_begin AND p_end
           AND CASE WHEN payment.receipt IS NULL THEN txn.created_at
                    ELSE payment.paid_at END BETWEEN p_begin AND p_end)
$$;
