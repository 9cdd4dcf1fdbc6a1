from django.db import migrations

# What M-Pesa reported of one prompt, as the settlement functions hand it to each other.
_TYPE = """
CREATE TYPE stk_result AS (
    checkout_request_id text,
    merchant_request_id text,
    result_code text,
    result_desc text,
    is_final boolean,
    is_certain boolean,
    amount numeric,
    mpesa_receipt_number text
);
"""

# Settling changes indexed columns: room on the page for the new version of the row.
_STORAGE = """
ALTER TABLE payments_transaction SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02);
"""

# Django gives a text key a second index for LIKE, which nothing asks and every receipt pays for.
_DROP_LIKE_INDEX = """
DO $$ BEGIN
    EXECUTE (SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index
              WHERE indrelid = 'payments_receipt'::regclass
                AND indexrelid::regclass::text LIKE '%number%like');
END $$;
"""

_ROWS = """
INSERT INTO payments_querypace (id) VALUES (1) ON CONFLICT DO NOTHING;
INSERT INTO payments_darajatoken (id) VALUES (1) ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("wallet", "0002_posting_view")]

    operations = [
        # No way back: the functions use it.
        migrations.RunSQL(_TYPE),
        migrations.RunSQL(_STORAGE, migrations.RunSQL.noop),
        migrations.RunSQL(_DROP_LIKE_INDEX, migrations.RunSQL.noop),
        migrations.RunSQL(_ROWS, migrations.RunSQL.noop),
    ]
