from pathlib import Path

from django.db import migrations

from common.sql import run_sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("pghistory", "0007_auto_20250421_0444"), ("users", "0006_history_begins")]

    operations = [run_sql_file(SQL / "history_guards.sql")]
