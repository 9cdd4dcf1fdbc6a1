from django.db import migrations

# Groups, permissions and the admin's log are tables of Django, so their guards are text. A right is
# a row of one of the first four: each grant and each loss leaves a row in users_rightshistory, also
# one that is taken back at once. TRUNCATE would run no row trigger, so it is refused.
_TABLES = (
    "auth_group",
    "auth_group_permissions",
    "users_user_groups",
    "users_user_user_permissions",
)
_FUNCTIONS = """
CREATE FUNCTION users_rights_written() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO users_rightshistory
        (changed_at, table_name, operation, old_row, new_row, context_id, database_role)
    VALUES (
        clock_timestamp(), TG_TABLE_NAME, TG_OP,
        CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
        CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END,
        CASE WHEN nullif(current_setting('pghistory.context_id', true), '') IS NOT NULL
             THEN _pgh_attach_context() END,
        session_user);
    RETURN NULL;
END $$;
CREATE FUNCTION users_log_stays() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""
_ON_RIGHTS = """
CREATE TRIGGER users_rights_written AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION users_rights_written();
CREATE TRIGGER users_rights_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION users_log_stays();
"""
# Its name has the beginning by which common.database_roles finds append-only tables.
_ON_LOG = """
CREATE TRIGGER pgtrigger_append_only_admin_log BEFORE UPDATE OR DELETE ON django_admin_log
    FOR EACH ROW EXECUTE FUNCTION users_log_stays();
CREATE TRIGGER users_log_no_truncate BEFORE TRUNCATE ON django_admin_log
    FOR EACH STATEMENT EXECUTE FUNCTION users_log_stays();
"""
_NOT_ON_RIGHTS = """
DROP TRIGGER users_rights_written ON {table};
DROP TRIGGER users_rights_no_truncate ON {table};
"""
_REMOVE = """
DROP TRIGGER pgtrigger_append_only_admin_log ON django_admin_log;
DROP TRIGGER users_log_no_truncate ON django_admin_log;
DROP FUNCTION users_log_stays();
DROP FUNCTION users_rights_written();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0003_operators_apart"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.RunSQL(
            _FUNCTIONS + "".join(_ON_RIGHTS.format(table=table) for table in _TABLES) + _ON_LOG,
            "".join(_NOT_ON_RIGHTS.format(table=table) for table in _TABLES) + _REMOVE,
        )
    ]
