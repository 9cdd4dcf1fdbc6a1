from django.db import migrations

# The names and reasons of every app's history are in a library's table, so its guard is text.
_GUARD = """
CREATE FUNCTION pghistory_context_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
-- pghistory adds to the words of a context that is open; what was said stays.
CREATE FUNCTION pghistory_context_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER pghistory_context_kept BEFORE DELETE ON pghistory_context
    FOR EACH ROW EXECUTE FUNCTION pghistory_context_stays();
CREATE TRIGGER pghistory_context_unchanged BEFORE UPDATE ON pghistory_context
    FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.created_at <> OLD.created_at
                       OR NOT NEW.metadata @> OLD.metadata)
    EXECUTE FUNCTION pghistory_context_stays();
CREATE TRIGGER pghistory_context_no_truncate BEFORE TRUNCATE ON pghistory_context
    FOR EACH STATEMENT EXECUTE FUNCTION pghistory_context_no_truncate();
"""
_REMOVE = """
DROP TRIGGER pghistory_context_no_truncate ON pghistory_context;
DROP TRIGGER pghistory_context_unchanged ON pghistory_context;
DROP TRIGGER pghistory_context_kept ON pghistory_context;
DROP FUNCTION pghistory_context_stays();
DROP FUNCTION pghistory_context_no_truncate();
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial"), ("pghistory", "0007_auto_20250421_0444")]

    operations = [migrations.RunSQL(_GUARD, _REMOVE)]
