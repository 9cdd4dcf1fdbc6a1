"""The next two releases of this code: one that expands, one that contracts.

The first adds a column and a parameter of `callback_record`, and keeps the old signature for the
processes of the release before it. The second takes that away.
"""

from pathlib import Path

from tests.upgrade.trees import Tree, copy_tree, next_release

_INBOX = "payments/sql/functions/callback_inbox.sql"
_MODELS = "payments/models/deposits.py"
_CALLER = "payments/services/inbox.py"
_MIGRATION = "payments/migrations/{number:04}_channel.py"
OLD_SIGNATURE = "callback_record(text,inet,jsonb,bytea,jsonb,boolean,timestamp with time zone)"
NEW_SIGNATURE = "callback_record(text,inet,jsonb,bytea,jsonb,boolean,text,timestamp with time zone)"
_PARAMETERS = """CREATE OR REPLACE FUNCTION callback_record(
    p_token_hash text, p_source_address inet, p_headers jsonb, p_raw_body bytea, p_result jsonb,
"""
_LAST_LINES = """\
    event_id := callback_store(v_txn.id, true, p_source_address, p_headers, p_raw_body, verdict,
                               note, p_now);
"""
_OUTCOME = """
    OUT event_id bigint, OUT transaction_id bigint, OUT has_token boolean, OUT verdict text,
    OUT note text
"""
_WRAPPER = f"""
-- For processes of the release before this one; dropped by the next.
CREATE OR REPLACE FUNCTION callback_record(
    p_token_hash text, p_source_address inet, p_headers jsonb, p_raw_body bytea, p_result jsonb,
    p_is_trusted_source boolean, p_now timestamptz,{_OUTCOME}) LANGUAGE sql AS $$
    SELECT * FROM callback_record(p_token_hash, p_source_address, p_headers, p_raw_body, p_result,
                                   p_is_trusted_source, NULL::text, p_now)
$$;
"""
_MIGRATION_TEXT = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "{latest}")]

    operations = [
        migrations.AddField(
            model_name="transaction",
            name="channel",
            field=models.CharField(blank=True, max_length=16, null=True),
        ),
    ]
"""


def expand(target: Path) -> Tree:
    """Return the next release: the old signature stays as a wrapper."""
    tree = copy_tree(target)
    tree.release_as(next_release(1))
    latest = max(path.stem for path in (target / "payments/migrations").glob("0*.py"))
    migration = _MIGRATION.format(number=int(latest[:4]) + 1)
    tree.write(migration, _MIGRATION_TEXT.format(latest=latest))
    column = "channel = models.CharField(max_length=16, null=True, blank=True)"
    anchor = "    review_reason = models.CharField(max_length=32, null=True, blank=True)\n"
    tree.replace(_MODELS, (anchor, f"    {column}\n{anchor}"))
    tree.replace(
        _INBOX,
        (
            f"{_PARAMETERS}    p_is_trusted_source boolean, p_now timestamptz,\n",
            f"{_PARAMETERS}    p_is_trusted_source boolean, p_channel text, p_now timestamptz,\n",
        ),
        (
            f"{_LAST_LINES}END $$;\n",
            f"{_LAST_LINES}"
            "    UPDATE payments_transaction AS txn SET channel = p_channel\n"
            "     WHERE txn.id = callback_record.transaction_id AND p_channel IS NOT NULL;\n"
            "END $$;\n" + _WRAPPER,
        ),
    )
    tree.replace(
        _CALLER,
        (
            "%(is_trusted_source)s, %(now)s) AS recorded\n",
            "%(is_trusted_source)s, 'http', %(now)s) AS recorded\n",
        ),
    )
    return tree


def contract(target: Path, expanded: Tree) -> Tree:
    """Return the release after that: the wrapper is gone, and dropped where it was installed."""
    tree = copy_tree(target, expanded.path)
    numbers = (f'"{next_release(1)}"', f'"{next_release(2)}"')
    tree.replace("common/release.py", numbers)
    tree.replace(_INBOX, (_WRAPPER, ""))
    tree.write("payments/sql/retired.sql", f"DROP FUNCTION IF EXISTS {OLD_SIGNATURE};\n")
    return tree
