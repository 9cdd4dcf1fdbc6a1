from pathlib import Path

from django.db import migrations

from common.sql import run_sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"

# Not kept for processes of the version before: it would open deposits without a decision. Their
# pushes fail before anything is sent, until they are replaced.
_DROP_OLD = """
DROP FUNCTION IF EXISTS deposit_open(
    bigint, numeric, text, text, text, int, double precision, boolean, numeric, numeric, numeric,
    numeric, int[], bigint, uuid, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_limits_under_lock"), ("risk", "0002_decisions")]

    operations = [migrations.RunSQL(_DROP_OLD), run_sql_file(SQL / "open.sql")]
