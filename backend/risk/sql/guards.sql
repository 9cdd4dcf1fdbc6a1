-- What the database refuses of own limits, whatever the code does: they protect the customer, also
-- from a moment of weakness.

CREATE OR REPLACE FUNCTION risk_guard_own_limits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- The only way to shorten: an operator, with a reason, once the customer's wish is a day old.
    v_is_lifted boolean;
BEGIN
    IF TG_OP = 'DELETE' OR NEW.user_id <> OLD.user_id THEN
        RAISE EXCEPTION 'own limits of user % stay', OLD.user_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    v_is_lifted := NEW.lifted_at IS DISTINCT FROM OLD.lifted_at
        AND NEW.lifted_at >= OLD.blocked_at + interval '24 hours';
    IF NOT coalesce(v_is_lifted, false) AND (
            coalesce(NEW.paused_until < OLD.paused_until, OLD.paused_until IS NOT NULL)
            OR coalesce(NEW.excluded_until < OLD.excluded_until, OLD.excluded_until IS NOT NULL)
            OR coalesce(NEW.blocked_at < OLD.blocked_at, OLD.blocked_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'own limits of user %: a pause is never shortened', OLD.user_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    -- Raising needs a pending change whose time has come, and reaches no higher than it did.
    IF (coalesce(NEW.daily_cap, 'infinity'::numeric) > coalesce(OLD.daily_cap, 'infinity'::numeric)
            OR coalesce(NEW.weekly_cap, 'infinity'::numeric) > coalesce(OLD.weekly_cap, 'infinity'::numeric))
       AND NOT coalesce(
            OLD.effective_at <= NEW.updated_at
            AND coalesce(NEW.daily_cap, 'infinity'::numeric)
                <= coalesce(OLD.pending_daily_cap, 'infinity'::numeric)
            AND coalesce(NEW.weekly_cap, 'infinity'::numeric)
                <= coalesce(OLD.pending_weekly_cap, 'infinity'::numeric), false) THEN
        RAISE EXCEPTION 'own limits of user %: a cap is raised by waiting only', OLD.user_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.effective_at IS NOT NULL
       AND (NEW.effective_at, NEW.pending_daily_cap, NEW.pending_weekly_cap)
           IS DISTINCT FROM (OLD.effective_at, OLD.pending_daily_cap, OLD.pending_weekly_cap)
       AND NEW.effective_at < NEW.updated_at + interval '24 hours' THEN
        RAISE EXCEPTION 'own limits of user %: raising takes a day', OLD.user_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER risk_ownlimits_guard BEFORE UPDATE OR DELETE ON risk_ownlimits
    FOR EACH ROW EXECUTE FUNCTION risk_guard_own_limits();

CREATE OR REPLACE FUNCTION risk_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is kept: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

-- TRUNCATE passes no row trigger: one word would end every self-exclusion.
CREATE TRIGGER risk_ownlimits_no_truncate BEFORE TRUNCATE ON risk_ownlimits
    FOR EACH STATEMENT EXECUTE FUNCTION risk_refuse_truncate();
