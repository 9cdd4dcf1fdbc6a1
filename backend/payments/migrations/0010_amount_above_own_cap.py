from pathlib import Path

from django.db import migrations

from common.sql import run_sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_history_is_kept")]

    operations = [run_sql_file(SQL / "limits.sql")]
