from django.db import migrations

# No operator verifies a customer who handed nothing in. On another app's table, so as text. Without
# an operator in pghistory's context (an import, a test) nothing is asked; a provider's decision and
# an operator's find the submission that they decide, which waits or stands.
_NEEDED = """
CREATE FUNCTION kyc_submission_needed() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF nullif(current_setting('pghistory.context_metadata', true), '')::jsonb ->> 'operator'
            IS NOT NULL
       AND NOT EXISTS (
            SELECT 1 FROM kyc_kycsubmission AS submission
             WHERE submission.user_id = NEW.id
               AND (submission.status = 'PENDING'
                    OR submission.status = 'VERIFIED' AND submission.revoked_at IS NULL)) THEN
        RAISE EXCEPTION 'user %: verified without a KYC submission', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER kyc_submission_needed AFTER UPDATE OF kyc_status ON users_user
    FOR EACH ROW WHEN (NEW.kyc_status = 'VERIFIED' AND OLD.kyc_status <> 'VERIFIED')
    EXECUTE FUNCTION kyc_submission_needed();
"""
_NOT_NEEDED = """
DROP TRIGGER kyc_submission_needed ON users_user;
DROP FUNCTION kyc_submission_needed();
"""


class Migration(migrations.Migration):
    dependencies = [("kyc", "0002_customer_agrees"), ("users", "0001_initial")]

    operations = [migrations.RunSQL(_NEEDED, _NOT_NEEDED)]
