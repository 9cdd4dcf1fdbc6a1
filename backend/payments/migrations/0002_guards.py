from pathlib import Path

from django.db import migrations

from common.sql import run_sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("wallet", "0002_guards")]

    operations = [
        run_sql_file(SQL / "guards.sql"),
        run_sql_file(SQL / "open.sql"),
        run_sql_file(SQL / "settle.sql"),
        run_sql_file(SQL / "reconcile.sql"),
    ]
