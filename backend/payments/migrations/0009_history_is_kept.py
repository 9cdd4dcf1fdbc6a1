from pathlib import Path

from django.db import migrations

from common.sql import run_sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_unanswered_prompts")]

    operations = [run_sql_file(SQL / "history_guards.sql")]
