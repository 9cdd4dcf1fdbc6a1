"""An operator's account that is switched off is switched on by two operators.

By nobody else than its approver, where the context names an operator; and by no role that does not
own the tables, unless a management command names itself: the rule of `users_rights_take_two`.
Switching off stays with one, and locks out at once.
"""

from django.db import migrations

_FUNCTION = """
CREATE FUNCTION users_switching_on_takes_two() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    v_context jsonb := nullif(current_setting('pghistory.context_metadata', true), '')::jsonb;
BEGIN
    IF v_context ->> 'operator' IS NULL AND (
        v_context ->> 'command' IS NOT NULL
        OR pg_has_role((SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE')
    ) OR EXISTS (
        SELECT 1 FROM users_proposal AS proposal
          JOIN users_accountchange AS change ON change.id = proposal.subject_id
         WHERE proposal.id = (v_context ->> 'proposal')::bigint
           AND proposal.kind = 'change_rights' AND proposal.status = 'APPROVED'
           AND proposal.decided_by_id = (v_context ->> 'operator')::bigint
           AND change.user_id = NEW.id AND change.after -> 'is_active' = 'true'::jsonb
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'user %: switching an operator on takes two operators', NEW.id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER users_switching_on_takes_two AFTER UPDATE ON users_user FOR EACH ROW
    WHEN (NEW.is_active AND NOT OLD.is_active
          AND (NEW.is_staff OR NEW.is_superuser OR OLD.is_staff OR OLD.is_superuser))
    EXECUTE FUNCTION users_switching_on_takes_two();
"""
_REMOVE = """
DROP TRIGGER users_switching_on_takes_two ON users_user;
DROP FUNCTION users_switching_on_takes_two();
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0014_log_guard")]

    operations = [migrations.RunSQL(_FUNCTION, _REMOVE)]
