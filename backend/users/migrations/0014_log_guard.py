"""The guard of append-only logs reads a row's columns by name.

It guards several tables, and PL/pgSQL that names a column which one of them lacks is no sound code
for that table, as plpgsql_check says.
"""

from django.db import migrations

_BY_NAME = """
CREATE OR REPLACE FUNCTION users_log_stays() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'django_admin_log' AND TG_OP = 'DELETE' THEN
        IF (to_jsonb(OLD) ->> 'action_time')::timestamptz < now() - interval '7 years' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0013_getting_in")]

    operations = [migrations.RunSQL(_BY_NAME, migrations.RunSQL.noop)]
