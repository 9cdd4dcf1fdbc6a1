"""Reports of one payment that disagree, stored in every order, as a run compares them.

The confirmation may lack our reference, the callback tells another amount, and a status query may
credit the deposit before, between or after them.
"""

from collections.abc import Callable
from itertools import permutations

import pytest

from chaos.compare import compare
from chaos.differences import Comparison
from chaos.simulator import Book, Payment
from chaos.tests.sides import prompt
from chaos.tests.test_ledger import REFERENCE, read
from common import clock
from payments import statement_selectors
from payments.models import Transaction
from payments.services.statements import compare_again, settle_rows
from payments.tests.building import (
    CHECKOUT,
    PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from payments.tests.statement_rows import add_file, add_row
from tests.sql.calling import query
from tests.sql.test_paybill import tell
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

NAMELESS, NAMED, CALLBACK, QUERY = "nameless", "named", "wrong callback", "query"
REPORTS: dict[str, Callable[[Transaction], object]] = {
    NAMELESS: lambda _deposit: tell(),
    NAMED: lambda _deposit: tell(reference=REFERENCE),
    CALLBACK: lambda _deposit: receive(success_body(amount=1)),
    QUERY: query,
}
ORDERS = [
    order
    for confirmation in (NAMELESS, NAMED)
    for others in ((CALLBACK,), (CALLBACK, QUERY))
    for order in permutations((confirmation, *others))
]


def compared(order: tuple[str, ...], *, has_statement: bool) -> Comparison:
    """Hold our books against the prompt and the payment that these reports are of."""
    theirs = prompt(
        account_reference=REFERENCE,
        checkout_request_id=CHECKOUT,
        phone=PHONE,
        receipt=RECEIPT,
        faults=["callback.wrong_amount"],
    )
    payment = Payment(
        receipt=RECEIPT,
        phone=PHONE,
        amount=500,
        checkout_request_id=CHECKOUT,
        account_reference=REFERENCE,
        confirmations_delivered=1,
        confirmation_faults=["c2b_shape.null_reference"] if NAMELESS in order else [],
    )
    book = Book(is_balanced=True, payments=[payment])
    return compare(read(), [theirs], book, lambda *_: False, has_statement=has_statement)


def decide_by_the_statement() -> None:
    """Import M-Pesa's statement of the payment, and settle it as the command and an operator do."""
    file = add_file()
    add_row(file, reference=REFERENCE, account_number=REFERENCE)
    operator = User.objects.create_superuser("254799999998", "a-good-password")
    for by in (None, operator):
        compare_again(file)
        rows = statement_selectors.list_waiting(file)
        settle_rows(row_ids=rows, operator=by, reason="it is in the statement", now=clock.now())


@pytest.mark.parametrize("order", ORDERS, ids=" then ".join)
def test_right_books_differ_neither_before_nor_after_the_statement(order: tuple[str, ...]) -> None:
    deposit = make_deposit(make_customer(), account_reference=REFERENCE)
    for report in order:
        REPORTS[report](deposit)

    before = compared(order, has_statement=False)
    decide_by_the_statement()
    after = compared(order, has_statement=True)

    assert [difference.text for difference in before.differences] == []
    assert [difference.text for difference in after.differences] == []
    deposit.refresh_from_db()
    assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
    assert not after.needs_operator
