-- TRUNCATE passes no row trigger: one word would empty the history.
CREATE TRIGGER kyc_history_no_truncate BEFORE TRUNCATE ON kyc_kycsubmissionhistory
    FOR EACH STATEMENT EXECUTE FUNCTION kyc_refuse_change();
