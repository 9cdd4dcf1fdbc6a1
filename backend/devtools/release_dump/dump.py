"""Writes the database as SQL text that psycopg can run as one query, also on PostgreSQL 15."""

import gzip
import json
import re
import subprocess
from pathlib import Path

from devtools.release_dump.system import DumpSystem

#: Lines of pg_dump that only psql understands, and a setting that PostgreSQL 15 does not know.
_LEFT_OUT = re.compile(r"^(\\(un)?restrict |SET transaction_timeout ).*\n", re.MULTILINE)


def write(system: DumpSystem, target: Path, tokens: dict[str, str]) -> Path:
    """Write the dump, with `tokens` in its first line: callback tokens by account reference.

    The database holds only the tokens' hashes, and the upgrade tests need the tokens to post
    callbacks.
    """
    text = f"-- {json.dumps({'callback_tokens': tokens})}\n{clean(_dump(system))}"
    target.parent.mkdir(parents=True, exist_ok=True)
    # mtime=0 leaves the time out of the gzip file, so that the same text makes the same file.
    target.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    return target


def clean(text: str) -> str:
    """Return pg_dump's text without the lines that psycopg or an older server rejects."""
    return _LEFT_OUT.sub("", text)


def _dump(system: DumpSystem) -> str:
    done = subprocess.run(
        [
            str(system.database.binaries / "pg_dump"), "--no-owner", "--no-acl", "--inserts",
            "--rows-per-insert=100", "--encoding=UTF8", system.database.url,
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return done.stdout
