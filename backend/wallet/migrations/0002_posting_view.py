from django.db import migrations

# Both sides of each entry as lines of their accounts. An entry's two ids follow from its own.
_VIEW = """
CREATE VIEW wallet_posting AS
    SELECT id * 2 - 1 AS id, id AS entry_id, debit_account_id AS account_id,
           'debit'::varchar(6) AS side, amount
      FROM wallet_journalentry
    UNION ALL
    SELECT id * 2, id, credit_account_id, 'credit'::varchar(6), amount
      FROM wallet_journalentry;
"""

# Every credit updates its wallet's row: room on the page keeps the update cheap (HOT).
_STORAGE = """
ALTER TABLE wallet_ledgeraccount SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
"""


class Migration(migrations.Migration):
    dependencies = [("wallet", "0001_initial")]

    operations = [
        # No way back: the functions use it.
        migrations.RunSQL(_VIEW),
        migrations.RunSQL(_STORAGE, migrations.RunSQL.noop),
    ]
