from django.db import migrations

# Of age on the day in Nairobi, and no older than anyone ever was. Django's constraints cannot name
# a time zone.
_OF_AGE = """
ALTER TABLE kyc_kycsubmission ADD CONSTRAINT kyc_of_age CHECK (
    date_of_birth <= (submitted_at AT TIME ZONE 'Africa/Nairobi')::date - interval '18 years'
    AND date_of_birth > (submitted_at AT TIME ZONE 'Africa/Nairobi')::date - interval '120 years'
);
"""

# A customer stays with the submission that waits for a decision, or that verified them: also a stale
# copy of the customer, saved as a whole, cannot undo a decision. On another app's table, so as text.
_AGREES = """
CREATE FUNCTION kyc_user_agrees() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM users_user AS person JOIN kyc_kycsubmission AS submission
                   ON submission.user_id = person.id
                WHERE person.id = NEW.id AND submission.status <> person.kyc_status
                  AND (submission.status = 'PENDING'
                       OR submission.status = 'VERIFIED' AND submission.revoked_at IS NULL)) THEN
        RAISE EXCEPTION 'user %: a KYC submission says otherwise', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kyc_user_agrees AFTER UPDATE OF kyc_status ON users_user
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.kyc_status <> NEW.kyc_status)
    EXECUTE FUNCTION kyc_user_agrees();
"""
_DISAGREES = """
DROP TRIGGER kyc_user_agrees ON users_user;
DROP FUNCTION kyc_user_agrees();
"""


class Migration(migrations.Migration):
    dependencies = [("kyc", "0001_initial"), ("users", "0001_initial")]

    operations = [
        migrations.RunSQL(_OF_AGE, "ALTER TABLE kyc_kycsubmission DROP CONSTRAINT kyc_of_age"),
        migrations.RunSQL(_AGREES, _DISAGREES),
    ]
