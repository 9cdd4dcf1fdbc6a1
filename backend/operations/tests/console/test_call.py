"""The telephone call "I paid 500 at 12:00, code NLJ7…, where is it?": one search, one page.

However the payment went, the page that the search ends on has the amount, whether the money moved,
and what to say in both languages; by the caller's number, the code, and the amount and time.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from html import escape

import pytest
from django.test import Client
from django.utils.timezone import localtime

from common import clock
from common.messages import Message
from operations.console.deposit.answer import answer, say
from operations.tests.console.deposit.known import ALL, bring, finance, make_lost, read
from operations.tests.console.operators import make_operator, sign_in
from payments import case_facts
from payments.models import PaybillAccount, SuspenseCase, Transaction
from payments.paybill import account_numbers
from payments.tests.building import (
    NOON,
    PHONE,
    RECEIPT,
    failure_body,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from tests.sql.calling import pay_by_hand, query

pytestmark = pytest.mark.django_db

REFERENCE = "KP23456789AB"
AT = f"500 {localtime(NOON):%H:%M}"
NUMBER = "0712 345 678"
#: All that a caller can say in one breath.
BREATH = f"{AT}, code {RECEIPT}"
SPELLINGS = (NUMBER, RECEIPT, AT, BREATH)


@pytest.fixture(autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the customer call two hours later."""
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=2))


def normal() -> Transaction:
    """A payment whose callback came."""
    deposit = make_deposit()
    receive(success_body())
    return deposit


def credited_by_query() -> Transaction:
    """A lost callback: nobody told us the code but M-PESA's statement."""
    deposit = make_deposit(account_reference=REFERENCE)
    query(deposit)
    bring()
    return deposit


def held() -> Transaction:
    """A callback with another amount."""
    deposit = make_deposit()
    receive(success_body(amount=300))
    return deposit


def everything_lost() -> Transaction:
    """Neither the prompt's answer nor a callback; M-PESA's statement has it."""
    deposit = make_lost()
    bring()
    return deposit


def denied() -> Transaction:
    """M-PESA said that nobody paid, and its statement says otherwise."""
    deposit = make_deposit(account_reference=REFERENCE)
    receive(failure_body(result_code=1037))
    bring()
    return deposit


def by_hand() -> Transaction:
    """A payment to the customer's own account number."""
    user = make_customer()
    number = account_numbers.draw()
    PaybillAccount.objects.create(user=user, number=number)
    with suppress(SuspenseCase.DoesNotExist):  # it is credited, and not held
        pay_by_hand(account_number=number, number=number)
    return Transaction.objects.get()


CASES: dict[str, tuple[Callable[[], Transaction], str]] = {
    "normal": (normal, "In the wallet"),
    "credited by query": (credited_by_query, "In the wallet"),
    "in suspense": (held, "Held in suspense"),
    "everything lost": (everything_lost, "Paid at M-PESA"),
    "denied": (denied, "Failed here, paid at M-PESA"),
    "by hand": (by_hand, "In the wallet"),
}


class Telephone:
    """An operator's browser that counts what the operator does and reads."""

    def __init__(self, client: Client) -> None:
        self.client, self.searches, self.pages = client, 0, 0

    def search(self, words: str) -> str:
        """Type words and press Enter; return the page on which it ends."""
        self.searches += 1
        answered = self.client.post("/admin/find/", {"words": words}, follow=True)
        assert answered.status_code == 200
        # What redirects is no page: the operator reads the last answer alone.
        assert [status for _, status in answered.redirect_chain] == [302]
        self.pages += 1
        return answered.content.decode()


def assert_says(page: str, message: Message) -> None:
    """Hold that the page has the sentence in both languages."""
    for words in (message.en, message.sw):
        assert escape(words) in page, words


@pytest.mark.parametrize("words", SPELLINGS)
@pytest.mark.parametrize("name", CASES)
def test_one_search_and_one_page_answer(name: str, words: str) -> None:
    happen, state = CASES[name]
    deposit = happen()
    operator = make_operator(*ALL)
    telephone = Telephone(sign_in(operator))

    page = telephone.search(words)

    assert (telephone.searches, telephone.pages) == (1, 1)
    known = read(deposit, operator, now=clock.now())
    assert_says(page, say(known))
    assert "500.00" in page
    assert answer(known).state.label == state
    assert f"</svg>{state}</span>" in page
    assert escape(answer(known).heading) in page


@pytest.mark.parametrize("words", [AT, BREATH])
@pytest.mark.parametrize("happen", [make_lost, credited_by_query, denied])
def test_a_code_that_nobody_reported_is_no_obstacle(
    happen: Callable[[], Transaction], words: str
) -> None:
    deposit = happen()
    operator = make_operator(*ALL)

    page = Telephone(sign_in(operator)).search(words.replace(RECEIPT, "UKT7M2QX9D"))

    assert_says(page, say(read(deposit, operator, now=clock.now())))


def test_a_code_alone_that_nobody_reported_denies_nothing() -> None:
    make_lost()

    page = Telephone(finance()).search("UKT7M2QX9D")

    assert "No report, statement or claim has this code." in page
    assert "no proof that it was not paid" in page


@pytest.mark.parametrize("words", [RECEIPT, AT, BREATH])
def test_a_payment_by_hand_of_an_unknown_customer_has_words_too(words: str) -> None:
    pay_by_hand(account_number="my wallet")
    case = SuspenseCase.objects.get()
    assert case.opened_at - NOON < timedelta(minutes=10)

    page = Telephone(finance()).search(words)

    told = case_facts.say_to_payer(case)
    assert told is not None
    assert_says(page, told)
    assert "KES 500.00 held" in page


def test_by_the_number_of_whom_it_seems_to_be_for() -> None:
    make_customer()
    pay_by_hand(account_number="0712345678", phone=PHONE)

    page = Telephone(finance()).search(NUMBER)

    assert f"Case {SuspenseCase.objects.get().pk}</a>" in page
    assert "500.00" in page
