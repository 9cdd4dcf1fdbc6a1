"""Claims at the same time as M-Pesa's reports, operators' decisions, and each other."""

import json
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db import transaction as db_transaction

from payments import services
from payments.errors import ClaimInProgress, TooManyClaims
from payments.models import Claim, SuspenseCase, Transaction
from payments.services.claims import ClaimEnded
from payments.services.suspense import CaseAlreadyResolved
from tests.races import support
from tests.races.support import NOON, run_together, send, success_body
from tests.sql.calling import approve
from users.models import User

ROUNDS = 6


def make_code(number: int) -> str:
    """Return a receipt of NOON's day that no other round has."""
    return f"UE4RACE{number:03d}"


def claim(user: User, code: str) -> Any:
    return services.make_claim(user=user, text=code, now=NOON)


def confirm(code: str, typed: str) -> Any:
    """Let M-Pesa report KES 500 paid by hand."""
    body = {"TransID": code, "TransAmount": "500.00", "BillRefNumber": typed}
    return services.record_confirmation(
        body=json.dumps(body).encode(), headers={}, source_address=None, now=NOON
    )


def look() -> int:
    """Let the worker look at what is still open."""
    Claim.objects.filter(status="OPEN").update(next_look_at=NOON)
    return services.look_at_open_claims(now=NOON)


def errors_of(results: list[Any]) -> list[type[Exception]]:
    return [type(each) for each in results if isinstance(each, Exception)]


def test_a_claim_against_its_confirmation_is_one_credit() -> None:
    wallets = {}
    for number in range(ROUNDS):
        user, code = support.make_customer(), make_code(number)
        typed = f"0{user.phone_number[3:]}"

        results = run_together([partial(claim, user, code), partial(confirm, code, typed)])
        look()

        assert errors_of(results) == []
        assert Claim.objects.get(user=user).status == "CREDITED"
        wallets[user] = 500
    support.assert_books_agree(wallets=wallets)


def test_a_claim_against_the_callback_is_one_credit() -> None:
    wallets = {}
    for number in range(ROUNDS):
        user, code = support.make_customer(), make_code(number)
        prompt = support.open_prompt(user, 500)
        report = partial(send, prompt, success_body(prompt, code))

        results = run_together([partial(claim, user, code), report, report])
        look()

        assert errors_of(results) == []
        found = Claim.objects.get(user=user)
        assert (found.status, found.transaction_id) == ("CREDITED", prompt.transaction_id)
        wallets[user] = 500
    support.assert_books_agree(wallets=wallets)


def test_a_claim_against_callback_and_confirmation_of_one_payment_is_one_credit() -> None:
    """The confirmation names no deposit, so the payment waits in suspense under its receipt."""
    wallets = {}
    for number in range(ROUNDS):
        user, code = support.make_customer(), make_code(number)
        prompt = support.open_prompt(user, 500)

        results = run_together(
            [
                partial(claim, user, code),
                partial(confirm, code, "wallet"),
                partial(send, prompt, success_body(prompt, code)),
                look,
            ]
        )
        look()

        assert errors_of(results) == []
        assert Claim.objects.get(user=user).status == "CREDITED"
        wallets[user] = 500
    support.assert_books_agree(wallets=wallets)


def test_a_claim_against_an_operators_decision_is_one_credit() -> None:
    wallets = {}
    for number in range(ROUNDS):
        user, code = support.make_customer(), make_code(number)
        confirm(code, f"0{user.phone_number[3:]} wallet")
        case = SuspenseCase.objects.get(mpesa_receipt_number=code)
        operator = User.objects.create_superuser(f"2547111110{number:02d}", "a-good-password")
        with db_transaction.atomic():
            approve(case, user, operator)
        User.objects.filter(phone_number="254799999998").update(
            phone_number=f"2547111120{number:02d}"
        )
        decide = partial(
            services.resolve_suspense_case,
            case=case, user=user, operator=operator, reason="seen", now=NOON,
        )  # fmt: skip

        results = run_together([partial(claim, user, code), decide])
        look()

        assert errors_of(results) in ([], [CaseAlreadyResolved])
        assert Claim.objects.get(user=user).status == "CREDITED"
        wallets[user] = 500
    support.assert_books_agree(wallets=wallets)


def test_two_customers_with_one_receipt_are_one_credit() -> None:
    wallets: dict[User, int] = {}
    for number in range(ROUNDS):
        payer, stranger = support.make_customer(), support.make_customer()
        code = make_code(number)
        confirm(code, f"0{payer.phone_number[3:]} wallet")

        results = run_together([partial(claim, user, code) for user in (payer, stranger)])
        look()

        assert errors_of(results) == []
        assert Claim.objects.get(user=payer).status == "CREDITED"
        assert Claim.objects.get(user=stranger).status == "OPEN"
        wallets |= {payer: 500, stranger: 0}
    support.assert_books_agree(wallets=wallets)


def test_one_customer_claims_a_receipt_once() -> None:
    user = support.make_customer()

    results = run_together([partial(claim, user, make_code(1))] * 8)

    assert errors_of(results) == [ClaimInProgress] * 7
    assert Claim.objects.count() == 1


def test_a_day_has_five_claims_even_at_once() -> None:
    user = support.make_customer()

    results = run_together([partial(claim, user, make_code(number)) for number in range(12)])

    assert errors_of(results) == [TooManyClaims] * 7
    assert Claim.objects.count() == 5


def test_workers_that_look_at_the_same_claim_credit_it_once() -> None:
    user, code = support.make_customer(), make_code(1)
    claim(user, code)
    confirm(code, f"0{user.phone_number[3:]}")

    results = run_together([look] * 6)

    assert errors_of(results) == []
    support.assert_books_agree(wallets={user: 500})


def test_a_claim_that_is_closed_while_it_is_credited_is_one_of_both() -> None:
    wallets = {}
    operator = User.objects.create_superuser("254711111199", "a-good-password")
    for number in range(ROUNDS):
        user, code = support.make_customer(), make_code(number)
        claim(user, code)
        confirm(code, f"0{user.phone_number[3:]} wallet")
        found = Claim.objects.get(user=user)
        shut = partial(
            services.close_claim, claim=found, operator=operator, reason="none", now=NOON
        )

        results = run_together([look, shut])

        found.refresh_from_db()
        is_credited = found.status == "CREDITED"
        assert errors_of(results) == ([ClaimEnded] if is_credited else [])
        wallets[user] = 500 if is_credited else 0
    held = 500 * list(wallets.values()).count(0)
    support.assert_books_agree(wallets=wallets, in_suspense=held)


def _claim_and_die(user: User, code: str) -> None:
    """Make a claim that credits, and lose the connection before it is committed."""
    try:
        with db_transaction.atomic():
            assert claim(user, code).outcome == "credited"
            support.kill_own_connection()
            look()
    finally:
        connection.close()


def test_a_process_killed_half_way_leaves_nothing_and_the_claim_is_made_again() -> None:
    user, code = support.make_customer(), make_code(1)
    confirm(code, f"0{user.phone_number[3:]} wallet")

    with pytest.raises(DatabaseError):
        _claim_and_die(user, code)

    assert (Claim.objects.count(), Transaction.objects.count()) == (0, 0)
    support.assert_books_agree(wallets={user: 0}, in_suspense=500)
    assert claim(user, code).outcome == "credited"
    support.assert_books_agree(wallets={user: 500})
