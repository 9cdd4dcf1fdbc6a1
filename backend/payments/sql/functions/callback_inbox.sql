-- The inbox: every callback at a deposit's secret address, and every hint that the caller admits,
-- is stored raw, whether or not it could be settled.

-- Store one callback and return the id of its row. Anyone may post up to 64 KiB to the callback
-- address; M-Pesa's own callbacks need less than 1 KiB. So only the first 1 KiB of a stranger's body
-- and 100 characters of each header are stored (the constraint payments_callback_size refuses more
-- than 4 KiB, which release 0.1.0 kept), and the stored headers say how many bytes were left out.
CREATE OR REPLACE FUNCTION callback_store(
    p_transaction_id bigint, p_has_token boolean, p_source_address inet, p_headers jsonb,
    p_raw_body bytea, p_verdict text, p_note text, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
    v_left_out int := octet_length(p_raw_body) - 1024;
    v_is_cut boolean := NOT p_has_token AND v_left_out > 0;
BEGIN
    IF NOT p_has_token THEN
        SELECT coalesce(jsonb_object_agg(key, left(value, 100)), '{}') INTO p_headers
          FROM jsonb_each_text(p_headers);
    END IF;
    INSERT INTO payments_callbackevent
        (transaction_id, has_token, source_address, headers, raw_body, verdict, note, received_at,
         processed_at)
    VALUES (
        p_transaction_id, p_has_token, p_source_address,
        CASE WHEN v_is_cut THEN p_headers || jsonb_build_object(
            'body-cut', v_left_out || ' bytes left out') ELSE p_headers END,
        CASE WHEN v_is_cut THEN substr(p_raw_body, 1, 1024) ELSE p_raw_body END,
        p_verdict, p_note, p_now, CASE WHEN p_verdict <> 'received' THEN p_now END
    ) RETURNING id INTO v_id;
    RETURN v_id;
END $$;

-- Settle a callback at a deposit's secret address, then store it with its verdict. Where no deposit
-- has this token, has_token is false and nothing is stored: the caller decides whether a stranger's
-- callback is stored. `p_result` has the fields of stk_result; NULL: the body could not be read.
-- `p_is_trusted_source` false: the callback came from an address that is not allowed, so it moves
-- no money even with the right token.
--
-- Nearly every callback is plain: a complete success that agrees with a deposit which is neither
-- COMPLETED nor under review. This function credits such a callback itself, to save time, and
-- writes the same rows as deposit_settle_callback would (tests/sql/test_plain_path.py); it passes
-- every other callback to deposit_settle_callback.
CREATE OR REPLACE FUNCTION callback_record(
    p_token_hash text, p_source_address inet, p_headers jsonb, p_raw_body bytea, p_result jsonb,
    p_is_trusted_source boolean, p_now timestamptz,
    OUT event_id bigint, OUT transaction_id bigint, OUT has_token boolean, OUT verdict text,
    OUT note text
) LANGUAGE plpgsql AS $$
DECLARE
    v_txn record;
    v_result stk_result;
    v_entry_id bigint;
BEGIN
    note := '';
    SELECT txn.id, txn.amount, txn.status, txn.review_reason, txn.description,
           txn.checkout_request_id, txn.created_at, wallet.id AS wallet_id,
           clearing.id AS clearing_id
      INTO v_txn
      FROM payments_transaction AS txn
      LEFT JOIN wallet_ledgeraccount AS wallet ON wallet.user_id = txn.user_id
      LEFT JOIN wallet_ledgeraccount AS clearing
             ON clearing.code = 'mpesa:' || txn.business_short_code
     WHERE txn.callback_token_hash = p_token_hash
       FOR NO KEY UPDATE OF txn;
    has_token := FOUND;
    IF NOT has_token THEN
        verdict := 'unmatched';
        RETURN;
    END IF;
    transaction_id := v_txn.id;
    -- The clock of the host that initiated the deposit may be ahead of this one's.
    p_now := greatest(p_now, v_txn.created_at);
    -- An error in this block undoes the settling but not the callback: it is stored as `received`,
    -- and the worker replays it.
    BEGIN
        v_result := jsonb_populate_record(NULL::stk_result, p_result);
        IF p_is_trusted_source AND v_result.is_final AND v_result.result_code = '0'
           AND v_result.mpesa_receipt_number IS NOT NULL
           AND v_result.amount = v_txn.amount
           AND v_result.checkout_request_id = v_txn.checkout_request_id
           AND v_txn.status <> 'COMPLETED' AND v_txn.review_reason IS NULL
           AND v_txn.wallet_id IS NOT NULL AND v_txn.clearing_id IS NOT NULL THEN
            IF receipt_register(v_result.mpesa_receipt_number, v_txn.id, p_now) THEN
                v_entry_id := ledger_post('deposit:' || v_txn.id, v_txn.clearing_id,
                                          v_txn.wallet_id, v_txn.amount, v_txn.description, p_now);
                UPDATE payments_transaction AS txn SET
                    status = 'COMPLETED',
                    credit_entry_id = v_entry_id,
                    completed_at = p_now,
                    updated_at = p_now,
                    mpesa_receipt_number = v_result.mpesa_receipt_number,
                    merchant_request_id = coalesce(
                        txn.merchant_request_id, v_result.merchant_request_id),
                    result_code = '0',
                    result_desc = left(coalesce(v_result.result_desc, ''), 255),
                    next_query_at = NULL, regular_query_at = NULL
                 WHERE txn.id = v_txn.id;
                verdict := 'applied';
            END IF;
        END IF;
        IF p_result IS NULL THEN
            verdict := 'malformed';
        ELSIF verdict IS NULL THEN
            verdict := deposit_settle_callback(
                v_txn.id, true, p_is_trusted_source, p_result, p_now);
        END IF;
    EXCEPTION
        WHEN deadlock_detected OR serialization_failure THEN RAISE;
        WHEN OTHERS THEN
            verdict := 'received';
            note := left(SQLSTATE || ' ' || SQLERRM, 255);
    END;
    event_id := callback_store(v_txn.id, true, p_source_address, p_headers, p_raw_body, verdict,
                               note, p_now);
END $$;

-- Store a stranger's callback (one without a deposit's token). Its checkout_request_id names the
-- deposit; all the callback can do is make the deposit's next status query due now.
CREATE OR REPLACE FUNCTION callback_record_hint(
    p_source_address inet, p_headers jsonb, p_raw_body bytea, p_result jsonb, p_now timestamptz,
    OUT event_id bigint, OUT transaction_id bigint, OUT has_token boolean, OUT verdict text,
    OUT note text
) LANGUAGE plpgsql AS $$
BEGIN
    note := '';
    has_token := false;
    SELECT txn.id INTO transaction_id FROM payments_transaction AS txn
     WHERE txn.checkout_request_id = p_result ->> 'checkout_request_id';
    BEGIN
        verdict := deposit_settle_callback(transaction_id, false, false, p_result, p_now);
    EXCEPTION
        WHEN deadlock_detected OR serialization_failure THEN RAISE;
        WHEN OTHERS THEN
            verdict := 'received';
            note := left(SQLSTATE || ' ' || SQLERRM, 255);
    END;
    event_id := callback_store(transaction_id, false, p_source_address, p_headers, p_raw_body,
                               verdict, note, p_now);
END $$;

-- Kept for release 0.1.0, which calls it and runs beside this release during a deployment.
CREATE OR REPLACE FUNCTION callback_receive(
    p_token_hash text, p_source_address inet, p_headers jsonb, p_raw_body bytea, p_result jsonb,
    p_is_trusted_source boolean, p_now timestamptz,
    OUT event_id bigint, OUT transaction_id bigint, OUT has_token boolean, OUT verdict text,
    OUT note text
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT * INTO event_id, transaction_id, has_token, verdict, note
      FROM callback_record(p_token_hash, p_source_address, p_headers, p_raw_body, p_result,
                           p_is_trusted_source, p_now);
    IF has_token THEN
        RETURN;
    END IF;
    IF p_result IS NULL THEN
        verdict := 'malformed';
        RETURN;
    END IF;
    SELECT * INTO event_id, transaction_id, has_token, verdict, note
      FROM callback_record_hint(p_source_address, p_headers, p_raw_body, p_result, p_now);
END $$;

-- Settle the plain callbacks among many, in one transaction; return a row for each one settled.
-- `place` is its position in the arrays, from 1. It stores nothing of the other callbacks: the
-- caller passes each to callback_record. Every callback given must come from an allowed address.
--
-- Two calls at once cannot deadlock: a deposit that another transaction has locked is skipped, not
-- waited for; receipts are locked in the order of their numbers, then wallets by id. lock_timeout
-- limits the wait for a wallet or a receipt that another transaction holds for long, because every
-- callback of this call waits with it.
CREATE OR REPLACE FUNCTION callbacks_record(
    p_token_hashes text[], p_source_addresses inet[], p_headers jsonb[], p_raw_bodies bytea[],
    p_results jsonb[], p_now timestamptz[]
) RETURNS TABLE (place int, event_id bigint, transaction_id bigint)
LANGUAGE plpgsql SET lock_timeout = '1s' AS $$
DECLARE
    v_places int[];
    v_ids bigint[];
    v_wallet_ids bigint[];
    v_clearing_ids bigint[];
    v_amounts numeric[];
    v_descriptions text[];
    v_entry_ids bigint[];
    v_moments timestamptz[];
BEGIN
    WITH own AS MATERIALIZED (
        SELECT txn.id, txn.callback_token_hash, txn.checkout_request_id, txn.amount,
               txn.description, txn.user_id, txn.business_short_code, txn.created_at
          FROM payments_transaction AS txn
         WHERE txn.callback_token_hash = ANY (p_token_hashes)
           AND txn.status <> 'COMPLETED' AND txn.review_reason IS NULL
         ORDER BY txn.id FOR NO KEY UPDATE SKIP LOCKED
    ), first_callback AS (
        SELECT DISTINCT ON (item.token_hash) item.token_hash, item.result, item.place
          FROM unnest(p_token_hashes, p_results) WITH ORDINALITY
                    AS item(token_hash, result, place)
         ORDER BY item.token_hash, item.place
    ), plain AS MATERIALIZED (
        SELECT own.id, own.amount, own.description, wallet.id AS wallet_id,
               clearing.id AS clearing_id, item.place, result.mpesa_receipt_number,
               greatest(p_now[item.place], own.created_at) AS moment
          FROM own
          JOIN first_callback AS item ON item.token_hash = own.callback_token_hash
         CROSS JOIN LATERAL jsonb_populate_record(NULL::stk_result, item.result) AS result
          JOIN wallet_ledgeraccount AS wallet ON wallet.user_id = own.user_id
          JOIN wallet_ledgeraccount AS clearing
            ON clearing.code = 'mpesa:' || own.business_short_code
         WHERE result.is_final AND result.result_code = '0' AND result.amount = own.amount
           AND result.checkout_request_id = own.checkout_request_id
           AND result.mpesa_receipt_number IS NOT NULL
    ), registered AS (
        -- A callback whose receipt is registered already, or comes twice in this call, is left out.
        INSERT INTO payments_receipt (number, transaction_id, booked_at)
        SELECT plain.mpesa_receipt_number, plain.id, plain.moment
          FROM plain ORDER BY plain.mpesa_receipt_number, plain.place
        ON CONFLICT (number) DO NOTHING
        RETURNING payments_receipt.transaction_id AS id
    )
    SELECT array_agg(plain.place), array_agg(plain.id), array_agg(plain.wallet_id),
           array_agg(plain.clearing_id), array_agg(plain.amount), array_agg(plain.description),
           array_agg(plain.moment)
      INTO v_places, v_ids, v_wallet_ids, v_clearing_ids, v_amounts, v_descriptions, v_moments
      FROM plain JOIN registered ON registered.id = plain.id;
    IF v_ids IS NULL THEN
        RETURN;
    END IF;
    v_entry_ids := ledger_post_many(
        ARRAY(SELECT 'deposit:' || id FROM unnest(v_ids) AS id), v_clearing_ids, v_wallet_ids,
        v_amounts, v_descriptions, v_moments);
    UPDATE payments_transaction AS txn SET
        status = 'COMPLETED',
        credit_entry_id = item.entry_id,
        completed_at = item.moment,
        updated_at = item.moment,
        mpesa_receipt_number = result.mpesa_receipt_number,
        merchant_request_id = coalesce(txn.merchant_request_id, result.merchant_request_id),
        result_code = '0',
        result_desc = left(coalesce(result.result_desc, ''), 255),
        next_query_at = NULL, regular_query_at = NULL
      FROM unnest(v_places, v_ids, v_entry_ids, v_moments) AS item(place, id, entry_id, moment)
     CROSS JOIN LATERAL jsonb_populate_record(NULL::stk_result, p_results[item.place]) AS result
     WHERE txn.id = item.id;
    RETURN QUERY
    WITH stored AS (
        INSERT INTO payments_callbackevent
            (transaction_id, has_token, source_address, headers, raw_body, verdict, received_at,
             processed_at)
        SELECT item.id, true, p_source_addresses[item.place], p_headers[item.place],
               p_raw_bodies[item.place], 'applied', item.moment, item.moment
          FROM unnest(v_places, v_ids, v_moments) AS item(place, id, moment)
        RETURNING payments_callbackevent.id AS event_id,
                  payments_callbackevent.transaction_id AS id
    )
    SELECT item.place, stored.event_id, stored.id
      FROM stored JOIN unnest(v_places, v_ids) AS item(place, id) ON item.id = stored.id;
END $$;
