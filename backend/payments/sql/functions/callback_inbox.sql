-- The inbox: every callback that may matter is stored raw, whatever comes of it.

-- Store one callback and return its row's id. Anyone may post to the callback address, up to 64 KiB
-- at a time; M-Pesa's own callbacks need one KiB. So of a body that came without a deposit's token
-- only the first 4 KiB are stored (payments_callback_size refuses more), and the headers say how
-- much was left out.
CREATE OR REPLACE FUNCTION callback_store(
    p_transaction_id bigint, p_has_token boolean, p_source_address inet, p_headers jsonb,
    p_raw_body bytea, p_verdict text, p_note text, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
    v_left_out int := octet_length(p_raw_body) - 4096;
    v_is_cut boolean := NOT p_has_token AND v_left_out > 0;
BEGIN
    INSERT INTO payments_callbackevent
        (transaction_id, has_token, source_address, headers, raw_body, verdict, note, received_at,
         processed_at)
    VALUES (
        p_transaction_id, p_has_token, p_source_address,
        CASE WHEN v_is_cut THEN p_headers || jsonb_build_object(
            'body-cut', v_left_out || ' bytes left out') ELSE p_headers END,
        CASE WHEN v_is_cut THEN substr(p_raw_body, 1, 4096) ELSE p_raw_body END,
        p_verdict, p_note, p_now, CASE WHEN p_verdict <> 'received' THEN p_now END
    ) RETURNING id INTO v_id;
    RETURN v_id;
END $$;

-- Settle a callback, then store it with what came of it. Settling runs in a sub-block, so that a
-- failure there still keeps the row: its verdict is then `received`, and the worker tries again.
-- The token's hash finds the deposit; without one, the checkout_request_id only expedites a query.
-- `p_result` has the fields of stk_result; NULL: the body could not be read. `p_is_trusted_source`
-- false: not from one of the allowed addresses, so that even with our token it moves nothing.
CREATE OR REPLACE FUNCTION callback_receive(
    p_token_hash text, p_source_address inet, p_headers jsonb, p_raw_body bytea, p_result jsonb,
    p_is_trusted_source boolean, p_now timestamptz,
    OUT event_id bigint, OUT transaction_id bigint, OUT has_token boolean, OUT verdict text,
    OUT note text
) LANGUAGE plpgsql AS $$
BEGIN
    note := '';
    SELECT txn.id INTO transaction_id FROM payments_transaction AS txn
     WHERE txn.callback_token_hash = p_token_hash;
    has_token := FOUND;
    IF p_result IS NULL THEN
        verdict := 'malformed';
        -- Do not store unreadable bodies at unknown addresses.
        IF has_token THEN
            event_id := callback_store(transaction_id, has_token, p_source_address, p_headers,
                                       p_raw_body, verdict, note, p_now);
        END IF;
        RETURN;
    END IF;
    IF NOT has_token THEN
        SELECT txn.id INTO transaction_id FROM payments_transaction AS txn
         WHERE txn.checkout_request_id = p_result ->> 'checkout_request_id';
    END IF;
    BEGIN
        verdict := deposit_settle_callback(transaction_id, has_token, p_is_trusted_source,
                                           p_result, p_now);
    EXCEPTION
        WHEN deadlock_detected OR serialization_failure THEN RAISE;
        WHEN OTHERS THEN
            verdict := 'received';
            note := left(SQLSTATE || ' ' || SQLERRM, 255);
    END;
    event_id := callback_store(transaction_id, has_token, p_source_address, p_headers, p_raw_body,
                               verdict, note, p_now);
END $$;
