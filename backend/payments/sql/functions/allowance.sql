-- The remaining allowance of a customer, and when the customer's phone may be prompted again.
-- Checked when a deposit is initiated, under its locks; read without locks to tell the customer
-- beforehand.

-- Return a customer's limits and what PENDING and COMPLETED deposits have used of them, for the
-- current day and week (from Monday) in Nairobi. `daily_limit` is the smaller of the tier's limit
-- and the customer's own cap. `weekly_limit` is the customer's own cap; without one, `weekly_limit`
-- and `used_this_week` are NULL.
CREATE OR REPLACE FUNCTION deposit_allowance(
    p_user_id bigint, p_tier_daily_limit numeric, p_now timestamptz,
    OUT daily_limit numeric, OUT used_today numeric, OUT day_ends_at timestamptz,
    OUT weekly_limit numeric, OUT used_this_week numeric, OUT week_ends_at timestamptz
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    -- Intervals below are in hours: an interval in days would follow the time zone of the database
    -- session. Nairobi has no daylight saving time, so each of its days has 24 hours.
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

-- Return the pause after `p_count` prompts: element number `p_count` of `p_pauses` (seconds), or
-- its last element where the count is higher; NULL where the count is 0.
CREATE OR REPLACE FUNCTION prompt_pause(p_pauses jsonb, p_count int) RETURNS interval
LANGUAGE sql IMMUTABLE AS $$
    SELECT make_interval(secs =>
               (p_pauses ->> least(p_count, jsonb_array_length(p_pauses)) - 1)::int)
     WHERE p_count > 0
$$;

-- Return when a phone may be prompted again; NULL: now. `p_guard` is what
-- payments.conf.prompt_guard returns, result codes and times; NULL: the prompt guard is off. Each
-- declined prompt (cancelled, wrong PIN) lengthens the pause: the n-th in a row starts the n-th of
-- `pauses_s` when it ends. A success resets the count, and prompts that ended more than
-- `counted_for_s` ago are not counted. Prompts that the customer did not answer (`unanswered`) are
-- counted separately, two of them like one declined. After a `busy` phone, and for the same amount
-- after `same_amount`, the wait is the one that M-Pesa asks for.
CREATE OR REPLACE FUNCTION prompt_free_at(
    p_phone_number text, p_amount numeric, p_guard jsonb, p_now timestamptz
) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_since timestamptz := p_now - make_interval(secs => (p_guard ->> 'look_back_s')::int);
    v_last_success timestamptz;
    v_declined int;
    v_last_declined timestamptz;
    v_unanswered int;
    v_last_unanswered timestamptz;
    v_busy timestamptz;
    v_same_amount timestamptz;
    v_free_at timestamptz;
BEGIN
    IF p_guard IS NULL THEN
        RETURN NULL;
    END IF;
    -- A missing key would read as NULL and switch a part of the guard off.
    IF NOT p_guard ?& ARRAY['pauses_s', 'counted_for_s', 'look_back_s', 'declined', 'unanswered',
                            'busy', 'busy_s', 'same_amount', 'same_amount_s'] THEN
        RAISE EXCEPTION 'prompt_free_at: a key of p_guard is missing' USING ERRCODE = 'KB002';
    END IF;
    SELECT max(txn.completed_at) INTO v_last_success FROM payments_transaction AS txn
     WHERE txn.phone_number = p_phone_number AND txn.status = 'COMPLETED'
       AND txn.created_at > v_since;
    SELECT count(*) FILTER (WHERE p_guard -> 'declined' ? code AND is_counted),
           max(ended_at) FILTER (WHERE p_guard -> 'declined' ? code),
           count(*) FILTER (WHERE p_guard -> 'unanswered' ? code AND is_counted),
           max(ended_at) FILTER (WHERE p_guard -> 'unanswered' ? code),
           max(ended_at) FILTER (WHERE p_guard -> 'busy' ? code),
           max(ended_at) FILTER (WHERE p_guard -> 'same_amount' ? code AND amount = p_amount)
      INTO v_declined, v_last_declined, v_unanswered, v_last_unanswered, v_busy, v_same_amount
      FROM (SELECT txn.result_code AS code, txn.amount, txn.updated_at AS ended_at,
                   txn.updated_at > coalesce(v_last_success, '-infinity') AS is_counted
              FROM payments_transaction AS txn
             WHERE txn.phone_number = p_phone_number AND txn.status = 'FAILED'
               AND txn.created_at > v_since
               AND txn.updated_at > p_now
                   - make_interval(secs => (p_guard ->> 'counted_for_s')::int)) AS failure;
    v_free_at := greatest(
        v_busy + make_interval(secs => (p_guard ->> 'busy_s')::int),
        v_same_amount + make_interval(secs => (p_guard ->> 'same_amount_s')::int),
        v_last_declined + prompt_pause(p_guard -> 'pauses_s', v_declined),
        v_last_unanswered + prompt_pause(p_guard -> 'pauses_s', v_unanswered / 2));
    RETURN CASE WHEN v_free_at > p_now THEN v_free_at END;
END $$;

-- Return the limit that an amount would pass now; outcome NULL: it passes none. Where it passes
-- several limits, the outcome is the one that ends last, so that a second try at `until` can
-- succeed. An amount that by its size alone is above the customer's daily cap can never succeed, so
-- the outcome is then the daily cap, before the weekly one. `p_limits` are the tier's: max_amount,
-- daily_limit.
CREATE OR REPLACE FUNCTION deposit_check_amount(
    p_user_id bigint, p_amount numeric, p_limits jsonb, p_now timestamptz,
    OUT outcome text, OUT limit_amount numeric, OUT until timestamptz
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_tier_daily_limit numeric := p_limits ->> 'daily_limit';
    v_allowance record;
    v_is_own_day boolean;
BEGIN
    limit_amount := p_limits ->> 'max_amount';
    -- A NULL limit would let every amount pass.
    IF limit_amount IS NULL OR v_tier_daily_limit IS NULL THEN
        RAISE EXCEPTION 'deposit_check_amount: a limit is missing' USING ERRCODE = 'KB002';
    END IF;
    IF p_amount > limit_amount THEN
        outcome := 'invalid_amount';
        RETURN;
    END IF;
    limit_amount := NULL;
    SELECT * INTO v_allowance FROM deposit_allowance(p_user_id, v_tier_daily_limit, p_now);
    v_is_own_day := v_allowance.daily_limit < v_tier_daily_limit;
    IF v_allowance.used_this_week + p_amount > v_allowance.weekly_limit
       AND NOT (v_is_own_day AND p_amount > v_allowance.daily_limit) THEN
        outcome := 'own_weekly_limit';
        limit_amount := v_allowance.weekly_limit;
        until := v_allowance.week_ends_at;
    ELSIF v_allowance.used_today + p_amount > v_allowance.daily_limit THEN
        outcome := CASE WHEN v_is_own_day THEN 'own_daily_limit' ELSE 'daily_limit' END;
        limit_amount := v_allowance.daily_limit;
        until := v_allowance.day_ends_at;
    END IF;
END $$;

-- Return the whole seconds from `p_now` to `p_moment`, at least 1; NULL where `p_moment` is NULL.
CREATE OR REPLACE FUNCTION seconds_until(p_moment timestamptz, p_now timestamptz)
RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT greatest(ceil(extract(epoch FROM p_moment - p_now))::int, 1)
     WHERE p_moment IS NOT NULL
$$;
