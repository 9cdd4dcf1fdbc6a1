from pathlib import Path

from django.db import migrations

from common.sql import run_sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"

# Not kept for processes of the version before: it would let a paused customer deposit. Their pushes
# fail before anything is sent, until they are replaced.
_DROP_OLD = """
DROP FUNCTION IF EXISTS deposit_open(
    bigint, numeric, text, text, text, text, int, double precision, numeric, timestamptz,
    timestamptz, bigint, uuid, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0004_phone_history"),
        ("risk", "0001_initial"),
        ("users", "0003_tier"),
    ]

    operations = [
        migrations.RunSQL(_DROP_OLD),
        run_sql_file(SQL / "limits.sql"),
        run_sql_file(SQL / "open.sql"),
    ]
