"""The age that the law gives records (docs/retention.md), as SQL for the guards that hold it.

A setting may keep records longer (RETENTION_YEARS), never shorter: a guard knows no settings.
"""

from common.guards import changed

#: Proceeds of Crime and Anti-Money Laundering Act, s. 46: at least seven years.
LEAST_YEARS = 7
#: What is left of a body: the code of M-Pesa's receipt, by which check_ledger explains a credit.
RECEIPT_BYTES = 10


def is_past_age(column: str) -> str:
    """Return the SQL condition that the row's time in `column` is older than the law's age."""
    return f"OLD.{column} < now() - interval '{LEAST_YEARS} years'"


def cut_of_body(*kept: str) -> str:
    """Return the SQL condition that an UPDATE cuts a body that is past its age, and nothing else.

    What is left is a part of the body, no longer than a receipt; headers and address are gone.
    """
    return (
        f"{is_past_age('received_at')}"
        f" AND NOT {changed(*kept)}"
        f" AND octet_length(NEW.raw_body) <= {RECEIPT_BYTES}"
        " AND position(encode(NEW.raw_body, 'escape')"
        " IN upper(encode(OLD.raw_body, 'escape'))) > 0"
        " AND NEW.headers = '{}'::jsonb AND NEW.source_address IS NULL"
    )
