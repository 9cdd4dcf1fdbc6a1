-- Store a decision of the fraud rules, in the same transaction as its deposit. For a denied request
-- p_transaction_id is NULL.

CREATE OR REPLACE FUNCTION risk_decision_store(
    p_decision jsonb, p_user_id bigint, p_amount numeric, p_transaction_id bigint,
    p_now timestamptz
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO risk_decision
        (transaction_id, user_id, amount, facts, findings, verdict, applied, mode, decided_at)
    VALUES (
        p_transaction_id, p_user_id, p_amount, p_decision -> 'facts', p_decision -> 'findings',
        p_decision ->> 'verdict', p_decision ->> 'applied', p_decision ->> 'mode', p_now
    )
$$;
