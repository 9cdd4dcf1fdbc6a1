-- What a customer may still deposit, and when their phone may be prompted again: read by whoever
-- opens a deposit, under its locks, and by whoever tells the customer beforehand.

-- The day and the week (from Monday) in Nairobi, over PENDING and COMPLETED. `daily_limit` is the
-- smaller one of the tier's and the customer's own; `weekly_limit` is only ever the customer's own,
-- and NULL, as `used_this_week` is, without one.
CREATE OR REPLACE FUNCTION deposit_allowance(
    p_user_id bigint, p_tier_daily_limit numeric, p_now timestamptz,
    OUT daily_limit numeric, OUT used_today numeric, OUT day_ends_at timestamptz,
    OUT weekly_limit numeric, OUT used_this_week numeric, OUT week_ends_at timestamptz
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    -- Hours, not days: these would follow the session's time zone, and Nairobi's days are all alike.
    v_day timestamptz := date_trunc('day', p_now, 'Africa/Nairobi');
    v_week timestamptz := date_trunc('week', p_now, 'Africa/Nairobi');
BEGIN
    day_ends_at := v_day + interval '24 hours';
    week_ends_at := v_week + interval '168 hours';
    SELECT least(p_tier_daily_limit, own.daily_cap), own.weekly_cap
      INTO daily_limit, weekly_limit FROM own_limits_in_force(p_user_id, p_now) AS own;
    SELECT coalesce(sum(txn.amount) FILTER (
               WHERE txn.created_at >= v_day AND txn.created_at < day_ends_at), 0),
           CASE WHEN weekly_limit IS NOT NULL THEN coalesce(sum(txn.amount), 0) END
      INTO used_today, used_this_week
      FROM payments_transaction AS txn
     WHERE txn.user_id = p_user_id AND txn.status IN ('PENDING', 'COMPLETED')
       AND txn.created_at >= CASE WHEN weekly_limit IS NULL THEN v_day ELSE v_week END
       AND txn.created_at < week_ends_at;
END $$;

-- When a phone may be prompted again; NULL: now. Refusals (cancelled, wrong PIN: 1031, 1032, 2001)
-- in a row lengthen the pause: the n-th costs the n-th of p_refusal_pauses (seconds, the last one
-- for all later ones), counted from its end; a success, or 24 hours, wipe the slate. Prompts that
-- nobody answered (1019, 1036, 1037) are a row of their own, of which two cost what one refusal does:
-- whoever sleeps refuses nothing. A phone whose session M-Pesa found busy rests for a minute; after
-- result 17 the same amount waits for two (payments.result_codes has both). NULL p_refusal_pauses:
-- nothing is counted.
CREATE OR REPLACE FUNCTION prompt_free_at(
    p_phone_number text, p_amount numeric, p_refusal_pauses int[], p_now timestamptz
) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_last_success timestamptz;
    v_refusals int;
    v_last_refusal timestamptz;
    v_unanswered int;
    v_last_unanswered timestamptz;
    v_busy timestamptz;
    v_same_amount timestamptz;
    v_free_at timestamptz;
BEGIN
    IF p_refusal_pauses IS NULL THEN
        RETURN NULL;
    END IF;
    -- A deposit ends within a day of its beginning (GIVE_UP_AFTER), so two days back are enough.
    SELECT max(txn.completed_at) INTO v_last_success FROM payments_transaction AS txn
     WHERE txn.phone_number = p_phone_number AND txn.status = 'COMPLETED'
       AND txn.created_at > p_now - interval '48 hours';
    SELECT count(*) FILTER (WHERE code IN ('1031', '1032', '2001') AND is_counted),
           max(ended_at) FILTER (WHERE code IN ('1031', '1032', '2001')),
           count(*) FILTER (WHERE code IN ('1019', '1036', '1037') AND is_counted),
           max(ended_at) FILTER (WHERE code IN ('1019', '1036', '1037')),
           max(ended_at) FILTER (WHERE code IN ('1001', 'subscriber_busy')),
           max(ended_at) FILTER (WHERE code = '17' AND amount = p_amount)
      INTO v_refusals, v_last_refusal, v_unanswered, v_last_unanswered, v_busy, v_same_amount
      FROM (SELECT txn.result_code AS code, txn.amount, txn.updated_at AS ended_at,
                   txn.updated_at > coalesce(v_last_success, '-infinity') AS is_counted
              FROM payments_transaction AS txn
             WHERE txn.phone_number = p_phone_number AND txn.status = 'FAILED'
               AND txn.created_at > p_now - interval '48 hours'
               AND txn.updated_at > p_now - interval '24 hours') AS failure;
    v_free_at := greatest(
        v_busy + interval '60 seconds', v_same_amount + interval '120 seconds',
        v_last_refusal + make_interval(secs => p_refusal_pauses[
            least(v_refusals, cardinality(p_refusal_pauses))]),
        v_last_unanswered + make_interval(secs => p_refusal_pauses[
            least(v_unanswered / 2, cardinality(p_refusal_pauses))]));
    RETURN CASE WHEN v_free_at > p_now THEN v_free_at END;
END $$;

-- Why an amount is too much for its customer now; NULL: it is not. Of several limits the one that
-- holds longest answers, so that `until` is a time at which trying again makes sense; an amount that
-- alone is above the own day makes sense at no time, so that cap answers before the week.
CREATE OR REPLACE FUNCTION deposit_refuse_amount(
    p_user_id bigint, p_amount numeric, p_tier_max numeric, p_tier_daily_limit numeric,
    p_now timestamptz, OUT outcome text, OUT limit_amount numeric, OUT until timestamptz
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_room record;
    v_is_own_day boolean;
BEGIN
    IF p_amount > p_tier_max THEN
        outcome := 'invalid_amount';
        limit_amount := p_tier_max;
        RETURN;
    END IF;
    SELECT * INTO v_room FROM deposit_allowance(p_user_id, p_tier_daily_limit, p_now);
    v_is_own_day := v_room.daily_limit < p_tier_daily_limit;
    IF v_room.used_this_week + p_amount > v_room.weekly_limit
       AND NOT (v_is_own_day AND p_amount > v_room.daily_limit) THEN
        outcome := 'own_weekly_limit';
        limit_amount := v_room.weekly_limit;
        until := v_room.week_ends_at;
    ELSIF v_room.used_today + p_amount > v_room.daily_limit THEN
        outcome := CASE WHEN v_is_own_day THEN 'own_daily_limit' ELSE 'daily_limit' END;
        limit_amount := v_room.daily_limit;
        until := v_room.day_ends_at;
    END IF;
END $$;

-- Whole seconds to wait, never less than one; NULL: no wait.
CREATE OR REPLACE FUNCTION seconds_until(p_moment timestamptz, p_now timestamptz)
RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT greatest(ceil(extract(epoch FROM p_moment - p_now))::int, 1)
     WHERE p_moment IS NOT NULL
$$;
