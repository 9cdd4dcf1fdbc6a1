-- TRUNCATE passes no row trigger: one word would empty the history, and who did it and why.

CREATE OR REPLACE FUNCTION users_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is kept: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER users_userhistory_no_truncate BEFORE TRUNCATE ON users_userhistory
    FOR EACH STATEMENT EXECUTE FUNCTION users_refuse_truncate();
CREATE TRIGGER users_phonechange_no_truncate BEFORE TRUNCATE ON users_phonechange
    FOR EACH STATEMENT EXECUTE FUNCTION users_refuse_truncate();
-- The names and reasons of every app's history.
CREATE TRIGGER pghistory_context_no_truncate BEFORE TRUNCATE ON pghistory_context
    FOR EACH STATEMENT EXECUTE FUNCTION users_refuse_truncate();
