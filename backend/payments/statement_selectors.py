"""Reads a statement's lists: in both books, theirs only, ours only, amounts that differ, unpaid."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from common import clock
from common.db import call_function
from payments.models import Receipt, StatementImport, StatementRow

Match = StatementRow.Match
#: The lists of rows of the file, in the order in which they are shown.
LISTS = (
    Match.THEIRS_ONLY,
    Match.FILLS,
    Match.AMOUNT_DIFFERS,
    Match.OTHER_DEPOSIT,
    Match.REVERSAL_UNTOLD,
    Match.BOTH,
    Match.TAKEN_BACK,
    Match.REVERSED_KNOWN,
    Match.CHARGE,
    Match.SWEEP,
    Match.OTHER,
    Match.DECLINED,
)


#: From so many rows on, pages show counts, and lists, of the last `COUNTED_FOR_S` seconds.
LARGE = 20_000
COUNTED_FOR_S = 300
#: So many payments of a computed list are kept with the counts.
_KEPT = 1_000


@dataclass(frozen=True)
class ListFound:
    """A list: how many rows, their sum in KES, and how many of them wait for their action."""

    rows: int = 0
    amount: Decimal = Decimal(0)
    waiting: int = 0


@dataclass(frozen=True)
class Found:
    """What a statement says beside our books. `difference`: our books less M-Pesa's, in KES."""

    lists: Mapping[str, ListFound]
    ours_only: ListFound
    unpaid: ListFound
    difference: Decimal
    counted_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return counts and sums by list, as they are stored with the file."""
        lists = {**self.lists, "ours_only": self.ours_only, "unpaid": self.unpaid}
        return {
            name: {"rows": found.rows, "amount": str(found.amount)}
            for name, found in lists.items()
            if found.rows
        }


@dataclass(frozen=True)
class OurPayment:
    """A payment in our books that a statement lacks."""

    transaction_id: int | None
    case_id: int | None
    receipt: str | None
    reference: str | None
    amount: Decimal
    paid_at: datetime


@dataclass(frozen=True)
class Unpaid:
    """A PENDING deposit that a statement proves unpaid."""

    transaction_id: int
    amount: Decimal
    reference: str
    created_at: datetime


_OURS = """
SELECT count(*) AS rows, coalesce(sum(amount), 0) AS amount FROM statement_ours_only(%(file_id)s)
"""
_UNPAID = """
SELECT count(*) AS rows, coalesce(sum(amount), 0) AS amount FROM statement_unpaid(%(file_id)s)
"""
_DIFFERENCE = "SELECT statement_difference(%(file_id)s) AS difference"


def summarise(file: StatementImport) -> Found:
    """Return each list's count and sum, and the difference, as our books are now."""
    asked = {"file_id": file.pk}
    lists = dict.fromkeys(Match.values, ListFound())
    for row in _counts(file):
        lists[row["match"]] = row["found"]
    return Found(
        lists=lists,
        ours_only=ListFound(**call_function(_OURS, asked)),
        unpaid=summarise_unpaid(file),
        difference=call_function(_DIFFERENCE, asked)["difference"],
        counted_at=clock.now(),
    )


def summarise_lately(file: StatementImport) -> Found:
    """Return what `summarise` does; of a large file as it was within the last minutes.

    To count half a million rows takes seconds, and a page of fifty of them does not need it. Rows
    are settled by what they are at that moment, whatever was counted.
    """
    if file.rows < LARGE:
        return summarise(file)
    found: Found | None = cache.get(_key(file))
    if found is None:
        found = summarise(file)
        cache.set(_key(file), found, COUNTED_FOR_S)
    return found


def forget_counts(file: StatementImport) -> None:
    """Have the next page count again, since something was decided."""
    cache.delete_many([_key(file), _key(file, "ours")])


def _key(file: StatementImport, what: str = "counts") -> str:
    return f"statement-{what}:{file.pk}"


def summarise_unpaid(file: StatementImport) -> ListFound:
    """Return count and sum of the deposits that the file proves unpaid."""
    return ListFound(**call_function(_UNPAID, {"file_id": file.pk}))


_COUNTS = """
SELECT match, count(*) AS rows,
       coalesce(sum(coalesce(amount_in, 0) + coalesce(amount_out, 0)), 0) AS amount,
       count(*) FILTER (WHERE verdict = '' AND action <> '') AS waiting
  FROM payments_statementrow WHERE file_id = %s GROUP BY match
"""


def _counts(file: StatementImport) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [file.pk])
        return [
            {"match": match, "found": ListFound(rows, amount, waiting)}
            for match, rows, amount, waiting in cursor.fetchall()
        ]


def list_rows(file: StatementImport, match: str) -> "QuerySet[StatementRow]":
    """Return the rows of one list, in the file's order, with their deposits."""
    rows = StatementRow.objects.filter(file=file, match=match)
    return rows.order_by("line").select_related("transaction", "settled_by")


def find_booked(receipts: Iterable[str]) -> dict[str, int]:
    """Return the deposits that receipts are registered for, as they are now."""
    registered = Receipt.objects.filter(number__in=list(receipts), transaction__isnull=False)
    return dict(registered.values_list("number", "transaction_id"))


def list_waiting(
    file: StatementImport, match: str | None = None, *, limit: int | None = None
) -> list[int]:
    """Return the ids of the rows that wait for their action, in the file's order.

    `match`: of this list only; None: of all.
    """
    rows = StatementRow.objects.filter(file=file, verdict="").exclude(action="")
    if match is not None:
        rows = rows.filter(match=match)
    return list(rows.order_by("line").values_list("pk", flat=True)[:limit])


@dataclass(frozen=True)
class Waiting:
    """What one press of "Do all" does: ids of rows, or of unpaid deposits, and their sum in KES."""

    ids: list[int]
    amount: Decimal


def find_waiting(file: StatementImport, match: str | None, *, limit: int) -> Waiting:
    """Return what waits in one list, at most `limit`, in its order.

    `match` None: of the deposits that are proven unpaid.
    """
    if match is None:
        unpaid = list_unpaid(file, limit=limit)
        return Waiting(
            [found.transaction_id for found in unpaid],
            sum((found.amount for found in unpaid), Decimal(0)),
        )
    ids = list_waiting(file, match, limit=limit)
    amounts = StatementRow.objects.filter(pk__in=ids).aggregate(
        amount=Sum(Coalesce("amount_in", "amount_out"))
    )
    return Waiting(ids, amounts["amount"] or Decimal(0))


_LIST_OURS = """
SELECT transaction_id, case_id, receipt, reference, amount, paid_at
  FROM statement_ours_only(%(file_id)s) ORDER BY paid_at, transaction_id, case_id
 LIMIT %(limit)s OFFSET %(offset)s
"""
_LIST_UNPAID = """
SELECT transaction_id, amount, reference, created_at FROM statement_unpaid(%(file_id)s)
 ORDER BY created_at, transaction_id LIMIT %(limit)s OFFSET %(offset)s
"""


def list_ours_only(
    file: StatementImport, *, limit: int | None = None, offset: int = 0
) -> list[OurPayment]:
    """Return what we booked and the file lacks, oldest first."""
    return [OurPayment(*row) for row in _page(_LIST_OURS, file, limit, offset)]


def list_ours_only_lately(
    file: StatementImport, *, limit: int, offset: int = 0
) -> list[OurPayment]:
    """Return a page of what `list_ours_only` does; of a large file as it was a few minutes ago.

    Nothing stores that list: for each page every payment of the file's time would be looked up.
    """
    if file.rows < LARGE or offset + limit > _KEPT:
        return list_ours_only(file, limit=limit, offset=offset)
    kept: list[OurPayment] | None = cache.get(_key(file, "ours"))
    if kept is None:
        kept = list_ours_only(file, limit=_KEPT)
        cache.set(_key(file, "ours"), kept, COUNTED_FOR_S)
    return kept[offset : offset + limit]


_IS_OURS_ONLY = """
SELECT EXISTS (SELECT 1 FROM statement_ours_only(%(file_id)s) WHERE case_id = %(case_id)s) AS is_it
"""


def lacks_case(file: StatementImport, case_id: int) -> bool:
    """Return whether the file should have the payment of this case, and does not."""
    return bool(call_function(_IS_OURS_ONLY, {"file_id": file.pk, "case_id": case_id})["is_it"])


def list_unpaid(
    file: StatementImport, *, limit: int | None = None, offset: int = 0
) -> list[Unpaid]:
    """Return the deposits that the file proves unpaid, oldest first."""
    return [Unpaid(*row) for row in _page(_LIST_UNPAID, file, limit, offset)]


def _page(sql: str, file: StatementImport, limit: int | None, offset: int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"file_id": file.pk, "limit": limit, "offset": offset})
        return list(cursor.fetchall())
