-- TRUNCATE passes no row trigger: one word would empty the history.
CREATE TRIGGER risk_ownlimitshistory_no_truncate BEFORE TRUNCATE ON risk_ownlimitshistory
    FOR EACH STATEMENT EXECUTE FUNCTION risk_refuse_truncate();
