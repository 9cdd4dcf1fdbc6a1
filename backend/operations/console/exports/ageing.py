"""The ageing of suspense: every open case, with its amount in the column of its age."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from common.masking import mask_text
from operations.console.amounts import NOTHING
from operations.console.exports.reading import read
from operations.console.exports.sheets import Row, Sheet, amount, moment, number, text
from payments.models import SuspenseCase
from users.phone import mask_phone_number

#: The ends of the classes of age, in days; a case is in the first whose end it has not reached.
_ENDS = (1, 3, 7, 30)
_HEADS = ("0 to 1 day", "1 to 3 days", "3 to 7 days", "7 to 30 days", "Over 30 days")
_CASES = """
SELECT item.id, item.opened_at, item.reason, item.mpesa_receipt_number, item.transaction_id,
       txn.phone_number, payment.account_number,
       coalesce(item.corrected_amount, item.amount) AS amount
  FROM payments_suspensecase AS item
  LEFT JOIN payments_transaction AS txn ON txn.id = item.transaction_id
  LEFT JOIN payments_paybillpayment AS payment ON payment.case_id = item.id
 WHERE item.status = 'OPEN'
 ORDER BY item.opened_at, item.id
"""
_COLUMNS = (
    number("Case"), moment("Opened"), number("Days"), text("Why"), text("M-PESA code"),
    number("Deposit"), text("Phone"), text("Account typed"), *map(amount, _HEADS), amount("Held"),
)  # fmt: skip


def ageing(now: datetime) -> Sheet:
    """Return every open case, oldest first, and the sums; call it within `reading.one_snapshot`.

    A case about money that is in the ledger already holds nothing: its amounts are empty.
    """
    return Sheet("Ageing of suspense", _COLUMNS, _rows(now))


def _rows(now: datetime) -> Iterator[Row]:
    totals = [NOTHING] * len(_HEADS)
    for case_id, opened_at, reason, receipt, deposit_id, phone, typed, held in read(_CASES, {}):
        age = now - opened_at
        cells: list[Decimal | None] = [None] * len(_HEADS)
        if held is not None:
            cells[_class_of(age)] = held
            totals[_class_of(age)] += held
        yield (
            case_id, opened_at, max(age.days, 0), SuspenseCase.Reason(reason).label, receipt,
            deposit_id, mask_phone_number(phone) if phone else "", mask_text(typed or ""),
            *cells, held,
        )  # fmt: skip
    held_in_all = sum(totals, NOTHING)
    yield None, now, None, "Sum", "", None, "", "", *totals, held_in_all


def _class_of(age: timedelta) -> int:
    """Return the number of the class of an age."""
    return sum(age >= timedelta(days=end) for end in _ENDS)
