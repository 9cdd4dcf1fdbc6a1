-- Transaction Status: questions to M-Pesa about one receipt, by the initiator, and what an answer
-- does. A question is stored before it is sent. M-Pesa answers later, once, twice, or never, at the
-- question's own address.
--
-- Locks, in this order: the initiator, the question, a deposit, and then what settling locks. An
-- answer moves no money by amount alone: it names receipt, amount, the business that was paid, and,
-- where M-Pesa shows it, the payer's whole number.

-- Return the initiator's row, locked.
CREATE OR REPLACE FUNCTION initiator_lock() RETURNS payments_initiatorstate
LANGUAGE plpgsql AS $$
DECLARE
    v_state payments_initiatorstate%ROWTYPE;
BEGIN
    INSERT INTO payments_initiatorstate (id) VALUES (1) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT v_state FROM payments_initiatorstate WHERE id = 1 FOR UPDATE;
    RETURN v_state;
END $$;

-- Record what an answer, or its absence, says of the initiator. `p_effect`: stop (the credential or
-- the role is wrong: nothing is asked until an operator says so), busy (M-Pesa is overloaded),
-- silent (no answer came), proven (the credential is right); any other says nothing. Silence may
-- mean a wrong credential. So where no answer has ever proven the credential, the second silence
-- stops the initiator, too: a third wrong credential may lock it. The caller holds the row's lock.
CREATE OR REPLACE FUNCTION initiator_report(p_effect text, p_code text, p_now timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_is_unproven boolean;
BEGIN
    IF p_effect = 'proven' THEN
        UPDATE payments_initiatorstate
           SET proven_at = p_now, failures_in_a_row = 0, paused_until = NULL
         WHERE id = 1;
        RETURN;
    END IF;
    IF p_effect IN ('busy', 'silent') THEN
        UPDATE payments_initiatorstate SET
            failures_in_a_row = failures_in_a_row + 1,
            paused_until = p_now + least(interval '1 minute' * 2 ^ least(failures_in_a_row, 10),
                                         interval '1 hour')
         WHERE id = 1
        RETURNING proven_at IS NULL AND failures_in_a_row >= 2 INTO v_is_unproven;
    END IF;
    IF p_effect = 'stop' OR p_effect = 'silent' AND v_is_unproven THEN
        UPDATE payments_initiatorstate SET
            stopped_at = p_now, proven_at = NULL,
            stopped_code = CASE p_effect WHEN 'stop' THEN left(p_code, 32) ELSE 'unproven' END
         WHERE id = 1 AND stopped_at IS NULL;
    END IF;
END $$;

-- Let the initiator be used again, after an operator has set its credential right. The next question
-- goes alone, and its answer proves the credential. Returns false where it was not stopped.
CREATE OR REPLACE FUNCTION initiator_resume(p_by text, p_now timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM initiator_lock();
    UPDATE payments_initiatorstate SET
        stopped_at = NULL, stopped_code = '', failures_in_a_row = 0, paused_until = NULL,
        proven_at = NULL, resumed_at = p_now, resumed_by = left(p_by, 150)
     WHERE id = 1 AND stopped_at IS NOT NULL;
    RETURN FOUND;
END $$;

-- Store a question that is to be sent now. One is under way at a time, for all processes: until its
-- answer, or for five minutes. Outcome: asked (with query_id); or nothing was stored: stopped,
-- paused (M-Pesa is overloaded, or did not answer), busy (another is under way; or, without an
-- operator, this receipt was asked about within the last minute: two workers may find it at once,
-- and the answer of the first may come before the second asks).
CREATE OR REPLACE FUNCTION transaction_query_ask(
    p_receipt text, p_why text, p_asked_by_id bigint, p_token_hash text, p_short_code text,
    p_now timestamptz, OUT outcome text, OUT query_id bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_state payments_initiatorstate%ROWTYPE := initiator_lock();
BEGIN
    UPDATE payments_transactionquery SET state = 'lost'
     WHERE state = 'asked' AND asked_at <= p_now - interval '5 minutes';
    IF FOUND THEN
        PERFORM initiator_report('silent', '', p_now);
        v_state := initiator_lock();
    END IF;
    outcome := CASE
        WHEN v_state.stopped_at IS NOT NULL THEN 'stopped'
        WHEN v_state.paused_until > p_now THEN 'paused'
        WHEN EXISTS (SELECT 1 FROM payments_transactionquery WHERE state = 'asked') THEN 'busy'
        WHEN p_asked_by_id IS NULL AND EXISTS (
            SELECT 1 FROM payments_transactionquery AS query
             WHERE query.receipt = p_receipt AND query.asked_at > p_now - interval '1 minute')
            THEN 'busy'
        ELSE 'asked' END;
    IF outcome = 'asked' THEN
        INSERT INTO payments_transactionquery
            (receipt, why, asked_by_id, token_hash, business_short_code, asked_at)
        VALUES (p_receipt, p_why, p_asked_by_id, p_token_hash, p_short_code, p_now)
        RETURNING id INTO query_id;
    END IF;
END $$;

-- Record how the sending of a question ended. `p_is_refused`: no answer will come. One that was
-- acknowledged, or whose fate is not known, stays as it is: its answer may be here already.
CREATE OR REPLACE FUNCTION transaction_query_sent(
    p_query_id bigint, p_is_refused boolean, p_conversation_id text, p_originator_id text,
    p_effect text, p_code text, p_note text, p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM initiator_lock();
    PERFORM initiator_report(p_effect, p_code, p_now);
    UPDATE payments_transactionquery SET
        state = CASE WHEN p_is_refused AND state = 'asked' THEN 'refused' ELSE state END,
        conversation_id = p_conversation_id, originator_conversation_id = p_originator_id,
        result_code = CASE WHEN p_is_refused THEN left(p_code, 32) ELSE result_code END,
        note = left(p_note, 255)
     WHERE id = p_query_id AND state <> 'answered';
END $$;

-- Record that M-Pesa says that it did not get to a question in time. That is no answer: the receipt
-- is asked about again later, and an answer that comes after all is taken. Returns NULL where no
-- question has this token.
CREATE OR REPLACE FUNCTION transaction_query_time_out(
    p_token_hash text, p_is_trusted_source boolean, p_source_address inet, p_raw jsonb,
    p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_query payments_transactionquery%ROWTYPE;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM payments_transactionquery WHERE token_hash = p_token_hash) THEN
        RETURN NULL;
    END IF;
    PERFORM initiator_lock();
    SELECT * INTO STRICT v_query FROM payments_transactionquery
     WHERE token_hash = p_token_hash FOR UPDATE;
    IF v_query.state IN ('asked', 'lost', 'refused') THEN
        UPDATE payments_transactionquery SET
            state = CASE WHEN p_is_trusted_source THEN 'timed_out' ELSE state END,
            verdict = CASE WHEN p_is_trusted_source THEN verdict ELSE 'untrusted' END,
            raw = p_raw, source_address = p_source_address
         WHERE id = v_query.id;
        IF p_is_trusted_source AND v_query.state = 'asked' THEN
            PERFORM initiator_report('silent', '', p_now);
        END IF;
    END IF;
    RETURN v_query.id;
END $$;

-- Return the deposits of a customer that a payment from their phone may be: of its amount, begun at
-- about its time, and without a receipt. A prompt is open for minutes; clocks differ by less.
CREATE OR REPLACE FUNCTION transaction_status_deposits(
    p_user_id bigint, p_payer text, p_payment jsonb
) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT txn.id FROM payments_transaction AS txn
     CROSS JOIN (SELECT (p_payment ->> 'paid_at')::timestamptz AS at) AS paid
     WHERE txn.user_id = p_user_id AND txn.phone_number = p_payer
       AND txn.amount = (p_payment ->> 'amount')::numeric
       AND txn.business_short_code = p_payment ->> 'business_short_code'
       AND txn.mpesa_receipt_number IS NULL
       AND NOT EXISTS (SELECT 1 FROM payments_receipt AS receipt
                        WHERE receipt.transaction_id = txn.id)
       AND coalesce(txn.review_reason, '')
           NOT IN ('suspense', 'resolved', 'refunded', 'reversed')
       AND txn.created_at BETWEEN paid.at - interval '15 minutes' AND paid.at + interval '2 minutes'
     ORDER BY txn.id
$$;

-- Return whether M-Pesa's answer about a receipt names this customer as its payer: by the whole
-- number, which was the customer's own when the payment was made. Numbers change hands, and an
-- account may be opened with a number after a payment from it became known.
CREATE OR REPLACE FUNCTION transaction_status_names_payer(p_receipt text, p_user_id bigint)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM payments_transactionquery AS query
          JOIN users_user AS customer ON customer.id = p_user_id
         WHERE query.receipt = p_receipt AND query.verdict IN ('held', 'confirmed')
           AND query.payer_hash = encode(sha256(convert_to(customer.phone_number, 'UTF8')), 'hex')
           AND customer.created_at <= query.paid_at
           AND NOT EXISTS (SELECT 1 FROM users_phonechange AS change
                            WHERE change.user_id = customer.id AND change.status = 'APPROVED'
                              AND change.decided_at > query.paid_at))
$$;

-- Return the deposits that imported statements name for a receipt: by its account reference, with
-- this amount. A file is what somebody uploaded, so it proves nothing alone. Where any file says that
-- M-Pesa took the payment back, an operator looks first, and no deposit is returned.
CREATE OR REPLACE FUNCTION transaction_status_named(p_receipt text, p_amount numeric)
RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT DISTINCT txn.id
      FROM payments_statementrow AS line
      JOIN payments_transaction AS txn ON txn.account_reference = line.reference
     WHERE line.receipt = p_receipt AND line.kind = 'payment' AND line.reference <> ''
       AND line.amount_in = p_amount AND txn.amount = p_amount
       AND NOT EXISTS (SELECT 1 FROM payments_statementrow AS back
                        WHERE back.linked_receipt = p_receipt AND back.linked_receipt <> ''
                          AND back.kind = 'reversal')
$$;

-- Settle a completed payment that our books may not have. Where exactly one deposit of the payer's
-- can be it, and the payer claims its receipt or a statement names this deposit for it, that deposit
-- is credited; one that a status query has credited gets the receipt, since its money is booked.
-- Every other payment waits in suspense, where claim_look, a statement's row or an operator finds its
-- owner: Transaction Status names no account number. Verdict: applied, filled, held, confirmed,
-- differs. `note` is for an operator.
CREATE OR REPLACE FUNCTION transaction_status_settle(
    p_payment jsonb, p_payer text, p_now timestamptz,
    OUT verdict text, OUT transaction_id bigint, OUT note text
) LANGUAGE plpgsql AS $$
DECLARE
    v_receipt text := p_payment ->> 'receipt';
    v_amount numeric := p_payment ->> 'amount';
    v_user_id bigint;
    v_found bigint[];
    v_named bigint[] := ARRAY(SELECT transaction_status_named(v_receipt, v_amount));
    v_txn payments_transaction%ROWTYPE;
    v_result stk_result;
    v_booked record;
BEGIN
    note := '';
    SELECT customer.id INTO v_user_id FROM users_user AS customer
     WHERE customer.phone_number = p_payer;
    v_found := ARRAY(SELECT transaction_status_deposits(v_user_id, p_payer, p_payment));
    -- Of two that the payer's number fits, the one that the statement names.
    IF cardinality(v_named) = 1 AND v_named <@ v_found THEN
        v_found := v_named;
    END IF;
    IF cardinality(v_found) = 1 THEN
        -- The deposit first, then receipt and wallet, in the same order as callbacks: no deadlock.
        SELECT txn.* INTO v_txn FROM payments_transaction AS txn
         WHERE txn.id = v_found[1] FOR NO KEY UPDATE;
        -- A callback may have settled it while its lock was waited for.
        IF v_txn.mpesa_receipt_number IS NULL
           AND NOT EXISTS (SELECT 1 FROM payments_receipt WHERE number = v_receipt)
           AND v_txn.id IN (SELECT transaction_status_deposits(v_user_id, p_payer, p_payment))
           AND (v_txn.status = 'COMPLETED' OR v_found = v_named
                OR EXISTS (SELECT 1 FROM payments_claim AS claim
                            WHERE claim.user_id = v_user_id AND claim.status = 'OPEN'
                              AND v_receipt = ANY (claim.readings))) THEN
            v_result.checkout_request_id := v_txn.checkout_request_id;
            v_result.result_code := '0';
            v_result.amount := v_amount;
            v_result.mpesa_receipt_number := v_receipt;
            verdict := deposit_settle_success(v_txn, v_result, greatest(p_now, v_txn.created_at));
            transaction_id := v_txn.id;
            verdict := CASE
                -- Another transaction registered its receipt a moment ago; the deposit has a
                -- case about it.
                WHEN verdict <> 'applied' THEN 'confirmed'
                WHEN v_txn.status = 'COMPLETED' THEN 'filled'
                ELSE 'applied' END;
            RETURN;
        END IF;
    END IF;
    IF receipt_register(v_receipt, NULL, p_now) THEN
        -- For the operator: the payer's account, or the customer whose deposit a statement names.
        PERFORM paybill_hold(
            p_payment, 'status', 'unknown_account',
            coalesce(v_user_id, (SELECT txn.user_id FROM payments_transaction AS txn
                                  WHERE txn.id = v_named[1] AND cardinality(v_named) = 1)),
            p_now);
        verdict := 'held';
        note := transaction_status_doubt(
            v_amount, coalesce((p_payment ->> 'paid_at')::timestamptz, p_now));
        RETURN;
    END IF;
    SELECT booked.transaction_id, CASE
               -- A decided case: the answer is compared with the amount that was reported, which
               -- the decision was about.
               WHEN item.decision IN ('not_in_books', 'refunded') AND booked.entry_id IS NULL
               THEN coalesce(item.corrected_amount, item.amount)
               ELSE coalesce(booked.amount,
                             (SELECT payment.amount FROM payments_paybillpayment AS payment
                               WHERE payment.receipt = v_receipt)) END AS amount
      INTO v_booked FROM statement_booked(v_receipt) AS booked
      LEFT JOIN payments_suspensecase AS item ON item.id = booked.case_id;
    transaction_id := v_booked.transaction_id;
    verdict := CASE WHEN v_booked.amount <> v_amount THEN 'differs' ELSE 'confirmed' END;
    IF verdict = 'differs' THEN
        note := 'our books have ' || v_booked.amount;
    END IF;
END $$;

-- Return a warning where a payment in suspense may be booked already: deposits of its amount, of
-- about its time, that a status query has credited without a receipt.
CREATE OR REPLACE FUNCTION transaction_status_doubt(p_amount numeric, p_paid_at timestamptz)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce('perhaps booked already: deposit '
                    || left(string_agg(txn.id::text, ', ' ORDER BY txn.id), 200), '')
      FROM payments_transaction AS txn
     WHERE txn.status = 'COMPLETED' AND txn.mpesa_receipt_number IS NULL AND txn.amount = p_amount
       AND txn.created_at BETWEEN p_paid_at - interval '15 minutes'
                              AND p_paid_at + interval '2 minutes'
$$;

-- Return what a final answer that no money stayed means: reversed (our books have its money, and no
-- reversal), confirmed (we have reversed it as well), or not_paid (our books have nothing of it).
CREATE OR REPLACE FUNCTION transaction_status_undone(
    p_receipt text, OUT verdict text, OUT transaction_id bigint
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT receipt.transaction_id INTO transaction_id FROM payments_receipt AS receipt
     WHERE receipt.number = p_receipt;
    IF NOT FOUND THEN
        verdict := 'not_paid';
        RETURN;
    END IF;
    -- The entry that credits a customer with it now: an older one may have been reversed when the
    -- payment was credited after all. In shares there is none, and each has to be taken back.
    SELECT CASE WHEN EXISTS (SELECT 1 FROM payments_reversal AS reversal
                              WHERE reversal.entry_id = booked.entry_id)
                  OR booked.entry_id IS NULL AND booked.case_id IS NOT NULL
                     AND suspense_is_undone(booked.case_id)
        THEN 'confirmed' ELSE 'reversed' END
      INTO STRICT verdict FROM statement_booked(p_receipt) AS booked;
END $$;

-- Settle what was posted to a question's address, and store it with its verdict. It may come any
-- number of times, before the acknowledgement, and after a time-out. `p_result`: result_code,
-- receipt, transaction_status, amount, credit_party (our own short code if it is one of ours),
-- own_short_code, is_completed, is_undone, payer (whole number or NULL), effect (initiator_report),
-- payment (p_payment of paybill.sql); NULL: the body could not be read. Verdict: as
-- TransactionQuery.Verdict, duplicate (a clear answer is here already), or NULL: no question has
-- this token, and nothing was stored.
CREATE OR REPLACE FUNCTION transaction_query_record(
    p_token_hash text, p_is_trusted_source boolean, p_source_address inet, p_result jsonb,
    p_raw jsonb, p_now timestamptz,
    OUT query_id bigint, OUT receipt text, OUT verdict text, OUT transaction_id bigint,
    OUT note text
) LANGUAGE plpgsql AS $$
DECLARE
    v_query payments_transactionquery%ROWTYPE;
BEGIN
    note := '';
    IF NOT EXISTS (SELECT 1 FROM payments_transactionquery AS query
                    WHERE query.token_hash = p_token_hash) THEN
        RETURN;
    END IF;
    PERFORM initiator_lock();
    SELECT * INTO STRICT v_query FROM payments_transactionquery AS query
     WHERE query.token_hash = p_token_hash FOR UPDATE;
    query_id := v_query.id;
    receipt := v_query.receipt;
    p_now := greatest(p_now, v_query.asked_at);
    IF v_query.verdict IN ('applied', 'filled', 'held', 'confirmed', 'differs', 'reversed',
                           'not_paid') THEN
        verdict := 'duplicate';
        transaction_id := v_query.transaction_id;
        RETURN;
    END IF;
    -- An error in this block undoes the settling but not the answer, which is stored as `received`;
    -- the receipt is asked about again.
    BEGIN
        IF p_result IS NULL THEN
            verdict := 'malformed';
        ELSIF NOT p_is_trusted_source THEN
            verdict := 'untrusted';
            note := 'it came from an address that is not in MPESA_CALLBACK_ALLOWED_IPS';
        ELSIF p_result ->> 'result_code' <> '0' OR p_result ->> 'receipt' IS NULL THEN
            verdict := 'unclear';
        ELSIF p_result ->> 'receipt' <> v_query.receipt THEN
            verdict := 'foreign';
            note := 'it is about receipt ' || (p_result ->> 'receipt');
        ELSIF (p_result ->> 'is_undone')::boolean THEN
            SELECT undone.verdict, undone.transaction_id INTO verdict, transaction_id
              FROM transaction_status_undone(v_query.receipt) AS undone;
        ELSIF NOT (p_result ->> 'is_completed')::boolean OR p_result ->> 'amount' IS NULL
              OR p_result ->> 'credit_party' = '' THEN
            verdict := 'unclear';
        ELSIF NOT paybill_is_ours(p_result ->> 'credit_party', p_result ->> 'own_short_code') THEN
            verdict := 'untrusted';
            note := 'short code ' || (p_result ->> 'credit_party') || ' is not ours';
        ELSE
            SELECT settled.verdict, settled.transaction_id, settled.note
              INTO verdict, transaction_id, note
              FROM transaction_status_settle(
                p_result -> 'payment', p_result ->> 'payer', p_now) AS settled;
        END IF;
    EXCEPTION
        WHEN deadlock_detected OR serialization_failure THEN RAISE;
        WHEN OTHERS THEN
            verdict := 'received';
            transaction_id := NULL;
            note := left(SQLSTATE || ' ' || SQLERRM, 255);
    END;
    IF v_query.verdict = 'unclear' AND verdict IN ('foreign', 'untrusted', 'malformed', 'received')
    THEN
        -- A body that is no answer changes nothing once M-Pesa has answered.
        RETURN;
    END IF;
    IF verdict NOT IN ('foreign', 'untrusted', 'malformed') THEN
        PERFORM initiator_report(p_result ->> 'effect', p_result ->> 'result_code', p_now);
    END IF;
    UPDATE payments_transactionquery AS query SET
        state = CASE WHEN transaction_query_record.verdict IN (
                         'foreign', 'untrusted', 'malformed', 'received')
            THEN query.state ELSE 'answered' END,
        answered_at = CASE WHEN transaction_query_record.verdict NOT IN (
            'foreign', 'untrusted', 'malformed', 'received') THEN p_now END,
        verdict = transaction_query_record.verdict,
        transaction_id = transaction_query_record.transaction_id,
        note = left(transaction_query_record.note, 255),
        result_code = coalesce(left(p_result ->> 'result_code', 32), ''),
        transaction_status = coalesce(p_result ->> 'transaction_status', ''),
        amount = (p_result ->> 'amount')::numeric,
        credit_party = coalesce(p_result ->> 'credit_party', ''),
        paid_at = (p_result #>> '{payment,paid_at}')::timestamptz,
        payer_hash = coalesce(p_result #>> '{payment,payer_hash}', ''),
        source_address = p_source_address,
        raw = p_raw
     WHERE query.id = v_query.id;
END $$;

-- Return the receipt of an open claim that M-Pesa is to be asked about next, or NULL: reports had
-- `p_first_after` to come, none is here that says whose the payment is, and M-Pesa has given no clear
-- answer. The next time is twice as far away each time, at most `p_most` times. Of the readings of a
-- customer's text the two best are asked about.
CREATE OR REPLACE FUNCTION transaction_query_next_claim(
    p_first_after interval, p_most int, p_now timestamptz
) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT reading.number
      FROM payments_claim AS claim
     CROSS JOIN LATERAL unnest(claim.readings[1:2]) WITH ORDINALITY AS reading(number, place)
     CROSS JOIN LATERAL (
        SELECT count(*) AS times, max(query.asked_at) AS last_at,
               coalesce(bool_or(query.verdict IN ('applied', 'filled', 'held', 'confirmed',
                                                  'differs', 'reversed', 'not_paid')),
                        false) AS is_clear
          FROM payments_transactionquery AS query WHERE query.receipt = reading.number) AS asked
     WHERE claim.next_look_at IS NOT NULL AND claim.ends_at > p_now
       AND claim.created_at <= p_now - p_first_after
       AND NOT asked.is_clear AND asked.times < p_most
       AND (asked.last_at IS NULL
            OR asked.last_at <= p_now - p_first_after * 2 ^ asked.times::double precision)
       -- A payment in suspense is asked about even so: M-Pesa may name its payer.
       AND NOT EXISTS (SELECT 1 FROM payments_receipt AS receipt
                        WHERE receipt.number = reading.number
                          AND NOT EXISTS (
                            SELECT 1 FROM payments_paybillpayment AS payment
                              JOIN payments_suspensecase AS item ON item.id = payment.case_id
                             WHERE payment.receipt = receipt.number AND item.status = 'OPEN'
                               AND item.reason = 'unknown_account' AND payment.payer_hash = ''))
     ORDER BY asked.times, reading.place, claim.created_at
     LIMIT 1
$$;

-- Return the receipt that M-Pesa is to be asked about again, because M-Pesa may have taken the
-- payment back without a report, or NULL. Such a payment was booked between the two ages, is
-- credited, not reversed by us, and has had no clear answer since it reached the lower age. Of the
-- thousand oldest the largest one is asked about: where there are more receipts than questions, the
-- oldest will soon be too old to be asked about. At most three times, once a day; at most
-- `p_per_hour` receipts in an hour.
CREATE OR REPLACE FUNCTION transaction_query_next_old(
    p_short_code text, p_from interval, p_until interval, p_per_hour int, p_now timestamptz
) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF (SELECT count(*) FROM payments_transactionquery AS query
         WHERE query.asked_at > p_now - interval '1 hour' AND query.why = 'old_receipt')
            >= p_per_hour THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT oldest.number FROM (
            SELECT receipt.number, receipt.booked_at, txn.amount
              FROM payments_receipt AS receipt
              JOIN payments_transaction AS txn
                ON txn.id = receipt.transaction_id AND txn.mpesa_receipt_number = receipt.number
             WHERE receipt.booked_at BETWEEN p_now - p_until AND p_now - p_from
               AND txn.status = 'COMPLETED' AND txn.business_short_code = p_short_code
               AND NOT EXISTS (SELECT 1 FROM payments_reversal AS reversal
                                WHERE reversal.entry_id = txn.credit_entry_id)
               AND NOT EXISTS (
                    SELECT 1 FROM payments_transactionquery AS query
                     WHERE query.receipt = receipt.number
                       AND query.asked_at >= receipt.booked_at + p_from
                    HAVING count(*) >= 3 OR max(query.asked_at) > p_now - interval '1 day'
                           OR bool_or(query.verdict IN ('confirmed', 'differs', 'reversed')))
             ORDER BY receipt.booked_at
             LIMIT 1000) AS oldest
         ORDER BY oldest.amount DESC, oldest.booked_at
         LIMIT 1);
END $$;

-- Return whether M-Pesa may be asked about a receipt now without an operator: not where it gave a
-- clear answer within `p_holds_for`, nor more than `p_most` times in that time; and the wait is twice
-- as long each time, beginning with `p_first_after`.
CREATE OR REPLACE FUNCTION transaction_query_is_due(
    p_receipt text, p_holds_for interval, p_first_after interval, p_most int, p_now timestamptz
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT p_receipt ~ '^[A-Z0-9]{1,32}$'
       AND count(*) < p_most
       AND NOT coalesce(bool_or(query.verdict IN ('applied', 'filled', 'held', 'confirmed',
                                                  'differs', 'reversed', 'not_paid')), false)
       AND coalesce(max(query.asked_at) <= p_now - p_first_after * 2 ^ count(*)::double precision,
                    true)
      FROM payments_transactionquery AS query
     WHERE query.receipt = p_receipt AND query.asked_at > p_now - p_holds_for
$$;

-- Return the receipt of a payment that our books lack, although M-Pesa's own record has it, or NULL:
-- of a statement's row that names a PENDING deposit, else of a row of M-Pesa's list that could not be
-- settled. Of the PENDING deposits the five thousand oldest are looked at. OFFSET 0: a deposit's row
-- is looked up by its index (statement.sql).
CREATE OR REPLACE FUNCTION transaction_query_next_unbooked(
    p_short_code text, p_holds_for interval, p_first_after interval, p_most int, p_now timestamptz
) RETURNS text LANGUAGE sql STABLE AS $$
    WITH waiting AS MATERIALIZED (
        SELECT txn.id, txn.account_reference, txn.amount, txn.created_at
          FROM payments_transaction AS txn
         WHERE txn.status = 'PENDING' AND txn.business_short_code = p_short_code
           AND coalesce(txn.review_reason, 'no_answer') = 'no_answer'
           -- What was asked for in the last minutes may still be reported by M-Pesa.
           AND txn.created_at <= p_now - p_first_after
         ORDER BY txn.created_at
         LIMIT 5000
    )
    SELECT coalesce((
        SELECT line.receipt FROM waiting
         CROSS JOIN LATERAL (
            SELECT row.receipt FROM payments_statementrow AS row
             WHERE row.reference = waiting.account_reference AND row.reference <> ''
               AND row.kind = 'payment' AND row.verdict = '' AND row.amount_in = waiting.amount
            OFFSET 0) AS line
         WHERE NOT EXISTS (SELECT 1 FROM payments_receipt AS receipt
                            WHERE receipt.number = line.receipt)
           AND transaction_query_is_due(line.receipt, p_holds_for, p_first_after, p_most, p_now)
         ORDER BY waiting.created_at, waiting.id
         LIMIT 1), (
        SELECT pulled.receipt FROM payments_pulledrow AS pulled
         WHERE pulled.verdict = 'failed' AND pulled.pulled_at <= p_now - p_first_after
           AND pulled.pulled_at > p_now - p_holds_for
           AND NOT EXISTS (SELECT 1 FROM payments_receipt AS receipt
                            WHERE receipt.number = pulled.receipt)
           AND transaction_query_is_due(pulled.receipt, p_holds_for, p_first_after, p_most, p_now)
         ORDER BY pulled.pulled_at, pulled.id
         LIMIT 1))
$$;

-- Return the receipt of the oldest open case that M-Pesa is to be asked about, or NULL: what is held
-- there may not be in M-Pesa's books, be of another amount, or have been taken back meanwhile. A
-- clear answer holds for `p_holds_for`, and then the case is asked about again. Of the open cases the
-- thousand oldest are looked at, and those of this short code alone.
CREATE OR REPLACE FUNCTION transaction_query_next_case(
    p_short_code text, p_holds_for interval, p_first_after interval, p_most int, p_now timestamptz
) RETURNS text LANGUAGE sql STABLE AS $$
    WITH waiting AS MATERIALIZED (
        SELECT item.mpesa_receipt_number, item.opened_at, item.id,
               coalesce(payment.business_short_code, txn.business_short_code) AS short_code
          FROM payments_suspensecase AS item
          LEFT JOIN payments_paybillpayment AS payment ON payment.case_id = item.id
          LEFT JOIN payments_transaction AS txn ON txn.id = item.transaction_id
         WHERE item.status = 'OPEN' AND item.opened_at <= p_now - p_first_after
         ORDER BY item.opened_at
         LIMIT 1000
    )
    SELECT waiting.mpesa_receipt_number FROM waiting
     WHERE waiting.short_code = p_short_code
       AND transaction_query_is_due(waiting.mpesa_receipt_number, p_holds_for, p_first_after,
                                    p_most, p_now)
     ORDER BY waiting.opened_at, waiting.id
     LIMIT 1
$$;
