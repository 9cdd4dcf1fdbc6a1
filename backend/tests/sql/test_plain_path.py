"""Plain callbacks are settled apart from all others, with the same rows in every table.

The short ways of `callback_record` and `callbacks_record` are held against
`deposit_settle_callback`, which settles any callback.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection
from django.db import transaction as db_transaction

from payments.models import SuspenseCase, Transaction
from payments.services.callbacks import hash_callback_token
from payments.tests.building import NOON, OTHER_PHONE, TOKEN, make_customer, make_deposit
from tests.sql.calling import (
    after,
    failure,
    query,
    record_many,
    resolve,
    row_of,
    settle,
    success,
    value_of,
)
from users.models import User

pytestmark = pytest.mark.django_db

_ENTRY = "(SELECT entry.key FROM wallet_journalentry AS entry WHERE entry.id = item.{})"
_ACCOUNT = "(SELECT account.code FROM wallet_ledgeraccount AS account WHERE account.id = item.{})"
#: The tables that settling writes, and what stands for the ids that a sequence gave.
_TABLES: dict[str, dict[str, str]] = {
    "payments_transaction": {"credit_entry_id": _ENTRY},
    "payments_receipt": {},
    "payments_suspensecase": {"id": "0", "entry_id": _ENTRY, "resolution_entry_id": _ENTRY},
    "payments_callbackevent": {"id": "0"},
    "payments_transactionhistory": {"pgh_id": "0", "credit_entry_id": _ENTRY},
    "payments_suspensecasehistory": {
        "pgh_id": "0", "pgh_obj_id": "0", "entry_id": "0", "resolution_entry_id": _ENTRY,
    },
    "wallet_ledgeraccount": {"id": "0", "created_at": "0"},
    "wallet_journalentry": {
        "id": "0", "debit_account_id": _ACCOUNT, "credit_account_id": _ACCOUNT,
    },
}  # fmt: skip


def _all_rows() -> dict[str, list[str]]:
    found = {}
    with connection.cursor() as cursor:
        for table, named in _TABLES.items():
            pairs = [f"'{name}', {sql.format(name)}" for name, sql in named.items()]
            renamed = f"jsonb_build_object({', '.join(pairs)})"
            # The history's times are of the clock.
            cursor.execute(
                f"SELECT (to_jsonb(item) || {renamed}) - 'pgh_created_at' FROM {table} AS item"
            )
            found[table] = sorted(str(row[0]) for row in cursor.fetchall())
    return found


def _nothing(_: Transaction) -> None:
    """Leave the deposit as it is."""


@dataclass(frozen=True)
class Case:
    """A callback at a deposit's own address, and what happened to the deposit before."""

    says: str
    result: dict[str, Any] = field(default_factory=success)
    before: Callable[[Transaction], object] = _nothing
    deposit: dict[str, Any] = field(default_factory=dict)
    is_trusted: bool = True
    #: Whether it is settled together with others.
    is_plain: bool = False


def _open_wallet(deposit: Transaction) -> None:
    """Let the customer have had a deposit before."""
    other = make_deposit(deposit.user, token="before", checkout_request_id="ws_before")
    settle(other, success(checkout_request_id="ws_before", mpesa_receipt_number="BEFORE0001"))


def _after_wallet(*steps: Callable[[Transaction], object]) -> Callable[[Transaction], None]:
    def run(deposit: Transaction) -> None:
        for step in (_open_wallet, *steps):
            step(deposit)

    return run


def _use_receipt_elsewhere(_: Transaction) -> None:
    other = make_deposit(make_customer(OTHER_PHONE), token="2", checkout_request_id="ws_2")
    settle(other, success(checkout_request_id="ws_2"))


def _hold_other_amount(deposit: Transaction) -> None:
    settle(deposit, success(amount="300", mpesa_receipt_number="OTHER00001"))


def _resolve(deposit: Transaction) -> None:
    operator = User.objects.create_superuser("254799999999", "a-good-password")
    resolve(SuspenseCase.objects.get().pk, deposit.user, operator)


def _escalate(_: Transaction) -> None:
    value_of("SELECT deposit_escalate(60, %(now)s)", now=after(90_000))


CASES = [
    Case("a customer's first payment"),
    Case("a payment", before=_open_wallet, is_plain=True),
    Case("a payment whose words are long", success(result_desc="x" * 300), _open_wallet,
         is_plain=True),
    Case("a payment without words", success(result_desc=None), _open_wallet, is_plain=True),
    Case("a payment that teaches the merchant's id", before=_open_wallet,
         deposit={"merchant_request_id": None}, is_plain=True),
    Case("a payment of another merchant's id", before=_open_wallet,
         deposit={"merchant_request_id": "29115-0"}, is_plain=True),
    Case("a payment after a failure", before=_after_wallet(lambda one: settle(one, failure())),
         is_plain=True),
    Case("a payment after an uncertain failure", is_plain=True,
         before=_after_wallet(lambda one: settle(one, failure(is_certain=False)))),
    Case("a payment after a hint", is_plain=True,
         before=_after_wallet(lambda one: settle(one, success(is_final=False)))),
    Case("a payment of decimals", success(amount="500.00"), _open_wallet, is_plain=True),
    Case("the same again", before=lambda one: settle(one, success())),
    Case("a second payment",
         before=lambda one: settle(one, success(mpesa_receipt_number="OTHER00001"))),
    Case("a receipt for what a query credited", before=query),
    Case("another amount", success(amount="300"), _open_wallet),
    Case("no amount", success(amount=None), _open_wallet),
    Case("another prompt", success(checkout_request_id="ws_CO_other"), _open_wallet),
    Case("a prompt that has no id yet", before=_open_wallet, deposit={"checkout_request_id": None}),
    Case("a receipt that was used", before=_after_wallet(_use_receipt_elsewhere)),
    Case("no receipt", success(mpesa_receipt_number=None), _open_wallet),
    Case("a payment while another is held", before=_after_wallet(_hold_other_amount)),
    Case("a payment after another was given", before=_after_wallet(_hold_other_amount, _resolve)),
    Case("a payment that operators look for", before=_after_wallet(_escalate)),
    Case("another account's first payment", before=_open_wallet,
         deposit={"business_short_code": "600999"}),
    Case("what is not final", success(is_final=False), _open_wallet),
    Case("what does not say so", success(is_final=None), _open_wallet),
    Case("an unknown word for success", success(result_code="00"), _open_wallet),
    Case("a failure", failure(), _open_wallet),
    Case("a failure with a receipt", failure(mpesa_receipt_number="OTHER00001"), _open_wallet),
    Case("an uncertain failure", failure(is_certain=False), _open_wallet),
    Case("nothing at all", {}, _open_wallet),
    Case("a source that is not allowed", before=_open_wallet, is_trusted=False),
]  # fmt: skip


def _by_any_way(deposit: Transaction, case: Case) -> str:
    verdict = value_of(
        "SELECT deposit_settle_callback(%(id)s, true, %(is_trusted)s, %(result)s, %(now)s)",
        id=deposit.pk,
        is_trusted=case.is_trusted,
        result=json.dumps(case.result),
        now=after(60),
    )
    value_of(
        "SELECT callback_store(%(id)s, true, '196.201.214.200', '{}', 'the body', %(verdict)s,"
        " '', %(now)s)",
        id=deposit.pk,
        verdict=verdict,
        now=after(60),
    )
    return str(verdict)


def _by_callback_record(_: Transaction, case: Case) -> str:
    recorded = row_of(
        "SELECT * FROM callback_record(%(hash)s, '196.201.214.200', '{}', 'the body',"
        " %(result)s, %(is_trusted)s, %(now)s)",
        hash=hash_callback_token(TOKEN),
        result=json.dumps(case.result),
        is_trusted=case.is_trusted,
        now=after(60),
    )
    return str(recorded["verdict"])


def _by_callbacks_record(_: Transaction, case: Case) -> str | None:
    recorded = record_many([(TOKEN, case.result)], now=after(60))
    return "applied" if recorded else None


def _leaves(
    way: Callable[[Transaction, Case], str | None], deposit: Transaction, case: Case
) -> tuple[str | None, dict[str, list[str]]]:
    """Return the verdict and all rows after one way; undo it."""
    with db_transaction.atomic():
        verdict, rows = way(deposit, case), _all_rows()
        db_transaction.set_rollback(True)
    return verdict, rows


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """Take each case in turn."""
    found: Case = request.param
    return found


@pytest.fixture
def prepared(case: Case) -> Transaction:
    """Store the deposit, and let happen what happened before."""
    deposit = make_deposit(**case.deposit)
    case.before(deposit)
    return deposit


@pytest.mark.parametrize("case", CASES, indirect=True, ids=lambda case: case.says)
def test_one_callback_leaves_the_same_rows(prepared: Transaction, case: Case) -> None:
    assert _leaves(_by_callback_record, prepared, case) == _leaves(_by_any_way, prepared, case)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.is_trusted], indirect=True, ids=lambda case: case.says
)
def test_among_many_it_leaves_the_same_rows_or_none(prepared: Transaction, case: Case) -> None:
    before = (None, _all_rows())

    left = _leaves(_by_callbacks_record, prepared, case)

    assert left == (_leaves(_by_any_way, prepared, case) if case.is_plain else before)


def test_the_comparison_sees_every_row_that_a_settlement_changes(deposit: Transaction) -> None:
    before = _all_rows()

    settle(deposit, success(), NOON)

    changed = {table for table, rows in _all_rows().items() if rows != before[table]}
    assert changed == {
        "payments_transaction",
        "payments_receipt",
        "payments_transactionhistory",
        "wallet_ledgeraccount",
        "wallet_journalentry",
    }
