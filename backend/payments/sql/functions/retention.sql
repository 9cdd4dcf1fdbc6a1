-- Cut what is past its age (docs/retention.md). The guards of the tables refuse anything younger
-- than the law's seven years, and anything more than this, whatever a caller asks for.

-- Cut, of each kind, at most `p_most` records older than `p_before`, and return how many were cut:
-- bodies of callbacks and confirmations (what is left is the receipt, by which check_ledger explains
-- a credit), the admin's log, and who did what for which reason. Repeating it is harmless, and two
-- at once share the work.
CREATE OR REPLACE FUNCTION retention_cut(p_before timestamptz, p_most int)
RETURNS TABLE (kind text, cut bigint) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY
    WITH old AS (
        SELECT event.id FROM payments_callbackevent AS event
         WHERE event.received_at < p_before AND event.has_token
           AND (octet_length(event.raw_body) > 10 OR event.headers <> '{}'
                OR event.source_address IS NOT NULL)
         ORDER BY event.id LIMIT p_most FOR UPDATE SKIP LOCKED
    ), done AS (
        UPDATE payments_callbackevent AS event
           SET raw_body = coalesce(convert_to((
                   SELECT receipt.number FROM payments_receipt AS receipt
                    WHERE receipt.transaction_id = event.transaction_id
                      AND octet_length(receipt.number) <= 10
                      AND position(receipt.number IN upper(encode(event.raw_body, 'escape'))) > 0
                    ORDER BY receipt.number LIMIT 1), 'UTF8'), ''),
               headers = '{}', source_address = NULL
          FROM old WHERE event.id = old.id RETURNING 1
    ) SELECT 'callbacks', count(*) FROM done;

    RETURN QUERY
    WITH old AS (
        SELECT told.id FROM payments_confirmation AS told
         WHERE told.received_at < p_before
           AND (octet_length(told.raw_body) > 10 OR told.headers <> '{}'
                OR told.source_address IS NOT NULL)
         ORDER BY told.id LIMIT p_most FOR UPDATE SKIP LOCKED
    ), done AS (
        UPDATE payments_confirmation AS told
           SET raw_body = CASE
                   WHEN octet_length(told.receipt) <= 10
                    AND position(told.receipt IN upper(encode(told.raw_body, 'escape'))) > 0
                   THEN convert_to(told.receipt, 'UTF8') ELSE '' END,
               headers = '{}', source_address = NULL
          FROM old WHERE told.id = old.id RETURNING 1
    ) SELECT 'confirmations', count(*) FROM done;

    RETURN QUERY
    WITH old AS (
        SELECT entry.id FROM django_admin_log AS entry WHERE entry.action_time < p_before
         ORDER BY entry.id LIMIT p_most FOR UPDATE SKIP LOCKED
    ), done AS (
        DELETE FROM django_admin_log AS entry USING old WHERE entry.id = old.id RETURNING 1
    ) SELECT 'admin_log', count(*) FROM done;

    RETURN QUERY
    WITH old AS (
        SELECT context.id FROM pghistory_context AS context WHERE context.created_at < p_before
         LIMIT p_most FOR UPDATE SKIP LOCKED
    ), done AS (
        DELETE FROM pghistory_context AS context USING old
         WHERE context.id = old.id RETURNING 1
    ) SELECT 'contexts', count(*) FROM done;
END $$;
