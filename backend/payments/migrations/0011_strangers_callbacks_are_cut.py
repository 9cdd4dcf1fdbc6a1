from pathlib import Path

from django.db import migrations

from common.sql import run_sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_amount_above_own_cap")]

    operations = [run_sql_file(SQL / "stranger_guard.sql")]
