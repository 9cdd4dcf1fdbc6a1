-- What the database refuses of a submission, whatever the code does.

CREATE OR REPLACE FUNCTION kyc_guard_submission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'PENDING' THEN
            RAISE EXCEPTION 'a KYC submission begins PENDING'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'KYC submission % is evidence and stays', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.id, NEW.user_id, NEW.full_name, NEW.id_number_last_four, NEW.date_of_birth,
        NEW.provider, NEW.submitted_at)
       IS DISTINCT FROM
       (OLD.id, OLD.user_id, OLD.full_name, OLD.id_number_last_four, OLD.date_of_birth,
        OLD.provider, OLD.submitted_at) THEN
        RAISE EXCEPTION 'KYC submission %: what was handed in never changes', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    -- A change of keys writes the same number anew; it says so for its own transaction.
    IF (NEW.id_number_encrypted, NEW.id_number_fingerprint)
       IS DISTINCT FROM (OLD.id_number_encrypted, OLD.id_number_fingerprint)
       AND current_setting('kyc.rotating_keys', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'KYC submission %: its ID number never changes', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status <> 'PENDING' AND
       (NEW.status, NEW.decided_at, NEW.decided_by_id, NEW.tier, NEW.reason, NEW.reason_code,
        NEW.provider_reference)
       IS DISTINCT FROM
       (OLD.status, OLD.decided_at, OLD.decided_by_id, OLD.tier, OLD.reason, OLD.reason_code,
        OLD.provider_reference) THEN
        RAISE EXCEPTION 'KYC submission %: it is decided once', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.revoked_at IS NOT NULL AND
       (NEW.revoked_at, NEW.revoked_by_id, NEW.revocation_reason)
       IS DISTINCT FROM (OLD.revoked_at, OLD.revoked_by_id, OLD.revocation_reason) THEN
        RAISE EXCEPTION 'KYC submission %: it is revoked once', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER kyc_submission_guard BEFORE INSERT OR UPDATE OR DELETE ON kyc_kycsubmission
    FOR EACH ROW EXECUTE FUNCTION kyc_guard_submission();

CREATE OR REPLACE FUNCTION kyc_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER kyc_submission_no_truncate BEFORE TRUNCATE ON kyc_kycsubmission
    FOR EACH STATEMENT EXECUTE FUNCTION kyc_refuse_change();
CREATE TRIGGER kyc_unmasking_append_only BEFORE UPDATE OR DELETE ON kyc_unmasking
    FOR EACH ROW EXECUTE FUNCTION kyc_refuse_change();
CREATE TRIGGER kyc_unmasking_no_truncate BEFORE TRUNCATE ON kyc_unmasking
    FOR EACH STATEMENT EXECUTE FUNCTION kyc_refuse_change();

-- A person and the submission never contradict each other. The person moves first: a submission
-- only takes the status that its person has by then.
CREATE OR REPLACE FUNCTION kyc_follows_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM users_user
                    WHERE id = NEW.user_id AND kyc_status = NEW.status) THEN
        RAISE EXCEPTION 'KYC submission %: it is not what its person is', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER kyc_submission_follows_insert AFTER INSERT ON kyc_kycsubmission
    FOR EACH ROW EXECUTE FUNCTION kyc_follows_person();
CREATE TRIGGER kyc_submission_follows AFTER UPDATE OF status ON kyc_kycsubmission
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION kyc_follows_person();

-- And a person stays with the submission that waits for a decision, or that verified them: also a
-- stale copy of the person, saved as a whole, cannot undo a decision.
CREATE OR REPLACE FUNCTION kyc_person_agrees() RETURNS trigger LANGUAGE plpgsql AS $$
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
    EXECUTE FUNCTION kyc_person_agrees();

-- Of age on the day in Nairobi, and no older than anybody ever was.
ALTER TABLE kyc_kycsubmission ADD CONSTRAINT kyc_of_age CHECK (
    date_of_birth <= (submitted_at AT TIME ZONE 'Africa/Nairobi')::date - interval '18 years'
    AND date_of_birth > (submitted_at AT TIME ZONE 'Africa/Nairobi')::date - interval '120 years'
);
