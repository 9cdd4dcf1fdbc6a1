"""Loads the SQL files that migrations install. It runs nothing by itself."""

from pathlib import Path

from django.db import migrations


def run_sql_file(path: Path) -> migrations.RunSQL:
    """Build the operation that installs one file; going back needs a restored backup."""
    return migrations.RunSQL(path.read_text())
