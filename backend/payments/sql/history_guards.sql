-- TRUNCATE passes no row trigger: one word would empty the history, or the inbox.
CREATE TRIGGER payments_transactionhistory_no_truncate BEFORE TRUNCATE
    ON payments_transactionhistory FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_suspensecasehistory_no_truncate BEFORE TRUNCATE
    ON payments_suspensecasehistory FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
CREATE TRIGGER payments_callback_no_truncate BEFORE TRUNCATE ON payments_callbackevent
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_change();
