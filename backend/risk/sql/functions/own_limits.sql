-- Reads the limits that customers set for themselves, for initiating a deposit.

-- Return the caps in force, and the end of a running pause or self-exclusion; each NULL where there
-- is none. Pending caps are in force from effective_at on, without a job that applies them.
CREATE OR REPLACE FUNCTION own_limits_in_force(
    p_user_id bigint, p_now timestamptz,
    OUT daily_cap numeric, OUT weekly_cap numeric, OUT blocked_until timestamptz
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT CASE WHEN own.effective_at <= p_now THEN own.pending_daily_cap ELSE own.daily_cap END,
           CASE WHEN own.effective_at <= p_now THEN own.pending_weekly_cap ELSE own.weekly_cap END,
           CASE WHEN greatest(own.paused_until, own.excluded_until) > p_now
                THEN greatest(own.paused_until, own.excluded_until) END
      INTO daily_cap, weekly_cap, blocked_until
      FROM risk_ownlimits AS own WHERE own.user_id = p_user_id;
END $$;
