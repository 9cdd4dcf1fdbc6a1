-- Anybody may post to the callback address, up to 64 KiB at a time. M-Pesa's own callbacks need one
-- KiB at most, so of a body that came without a deposit's secret only the first 4 KiB are kept, on
-- whatever way it is stored; the headers, which never change later, say how much was left out.
CREATE OR REPLACE FUNCTION payments_cut_strangers_body() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.headers := NEW.headers || jsonb_build_object(
        'body-cut', octet_length(NEW.raw_body) - 4096 || ' bytes left out');
    NEW.raw_body := substr(NEW.raw_body, 1, 4096);
    RETURN NEW;
END $$;

CREATE TRIGGER payments_callback_cut BEFORE INSERT ON payments_callbackevent
    FOR EACH ROW WHEN (NOT NEW.has_token AND octet_length(NEW.raw_body) > 4096)
    EXECUTE FUNCTION payments_cut_strangers_body();
