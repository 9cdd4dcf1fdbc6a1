from typing import ClassVar

from django.db import migrations, models

# Built beside whoever writes meanwhile. A build that was broken off leaves an index that is not
# valid; the next run begins with it.
_INDEXES = {
    "payments_statement_receipts": "payments_statementrow (receipt, file_id)",
    "payments_statement_references": (
        "payments_statementrow (reference, file_id) WHERE NOT (reference = '')"
    ),
    "payments_statement_unnamed": (
        "payments_statementrow (file_id, amount_in, completed_at)"
        " WHERE kind = 'payment' AND personal_number = '' AND reference = ''"
    ),
    "payments_paybill_paid": "payments_paybillpayment (paid_at)",
}
#: The first two take their place.
_REPLACED = {
    "payments_statement_receipt": "payments_statementrow (receipt)",
    "payments_statement_reference": "payments_statementrow (reference) WHERE NOT (reference = '')",
}


def _build(indexes: dict[str, str]) -> list[str]:
    return [
        statement
        for name, on in indexes.items()
        for statement in (
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {on}",
        )
    ]


def _remove(indexes: dict[str, str]) -> list[str]:
    return [f"DROP INDEX CONCURRENTLY IF EXISTS {name}" for name in indexes]


class Migration(migrations.Migration):
    atomic = False

    dependencies: ClassVar = [("payments", "0026_care")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    [*_build(_INDEXES), *_remove(_REPLACED)],
                    [*_build(_REPLACED), *_remove(_INDEXES)],
                )
            ],
            [
                migrations.RemoveIndex("statementrow", "payments_statement_receipt"),
                migrations.RemoveIndex("statementrow", "payments_statement_reference"),
                migrations.AddIndex(
                    "statementrow",
                    models.Index(fields=["receipt", "file"], name="payments_statement_receipts"),
                ),
                migrations.AddIndex(
                    "statementrow",
                    models.Index(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=["reference", "file"],
                        name="payments_statement_references",
                    ),
                ),
                migrations.AddIndex(
                    "statementrow",
                    models.Index(
                        condition=models.Q(
                            ("kind", "payment"), ("personal_number", ""), ("reference", "")
                        ),
                        fields=["file", "amount_in", "completed_at"],
                        name="payments_statement_unnamed",
                    ),
                ),
                migrations.AddIndex(
                    "paybillpayment",
                    models.Index(fields=["paid_at"], name="payments_paybill_paid"),
                ),
            ],
        ),
    ]
