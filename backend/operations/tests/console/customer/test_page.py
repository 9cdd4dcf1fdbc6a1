"""The page of a customer: money, limits, sign-ins, identity; and the form of the account."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pghistory
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken

from operations.console.customer import facts
from operations.console.customer.facts import MOST_DEPOSITS, Customer
from operations.tests.console.deposit.known import text_of
from operations.tests.console.deposit.test_page import plans_of
from operations.tests.console.operators import make_operator, sign_in, superuser
from operations.tests.console.test_look_ups import list_scans_to_the_end
from payments.models import Transaction
from payments.tests.building import (
    NOON,
    PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from risk.models import OwnLimits, Sighting
from tests.sql.calling import reverse_owing, spend
from users.models import PhoneChange, User
from users.tests.approving import set_password
from wallet.selectors import get_statement
from wallet.statement import StatementTooLong

pytestmark = pytest.mark.django_db

READS = (
    "view_user", "view_transaction", "view_journalentry", "view_suspensecase", "view_claim",
    "view_debt", "view_kycsubmission", "view_phonechange", "view_authtoken", "view_sighting",
)  # fmt: skip


def url(user: User, where: str = "change") -> str:
    """Return the address of a customer's page, or of one beside it."""
    return f"/admin/users/user/{user.pk}/{where}/"


def read(user: User, operator: User | None = None) -> Customer:
    """Return what an operator who may read sees of a customer."""
    found = facts.find(user.pk)
    assert found is not None
    return facts.read(found, operator=operator or make_operator(*READS), now=NOON)


class TestMoney:
    def test_balance_deposits_and_statement(self) -> None:
        deposit = make_deposit()
        receive(success_body(), now=NOON + timedelta(seconds=7))

        known = read(deposit.user)

        assert known.balance == 500
        [line] = known.deposits
        assert (line.state.name, line.took) == ("wallet", timedelta(seconds=7))
        assert known.statement is not None
        assert [(line.mpesa_code, line.balance) for line in known.statement.lines] == [
            (RECEIPT, Decimal(500))
        ]
        assert (known.held, known.owed) == (0, 0)

    def test_held_and_owed(self) -> None:
        boss = User.objects.create_superuser("254799999999", "a-good-password")
        deposit = make_deposit()
        receive(success_body())
        receive(success_body(receipt="NLJ7RT61SX", amount=300))
        deposit.refresh_from_db()
        spend(deposit.user, 200)
        reverse_owing(deposit.credit_entry_id, boss, 200)

        known = read(deposit.user)

        assert (known.held, known.owed) == (300, 200)
        text = text_of(sign_in(boss), url(deposit.user))
        assert "Spent before a reversal" in text

    def test_the_list_has_all_deposits(self) -> None:
        user = make_customer()
        for number in range(MOST_DEPOSITS + 3):
            make_deposit(user, token=str(number), checkout_request_id=f"ws_{number}")
        client = superuser()

        text = text_of(client, url(user))

        link = f"/admin/payments/transaction/?user__id__exact={user.pk}"
        assert link in text
        assert text.count('<tr data-row><th scope="row"><a class="key"') == MOST_DEPOSITS
        assert f"{MOST_DEPOSITS + 3} deposits" in text_of(client, link)

    def test_a_statement_that_is_too_long_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise StatementTooLong

        monkeypatch.setattr(facts, "get_statement", refuse)

        assert "Too many lines for a page" in text_of(superuser(), url(make_customer()))

    def test_it_is_the_customers_own_statement(self) -> None:
        deposit = make_deposit()
        receive(success_body())

        statement = read(deposit.user).statement

        assert statement is not None
        assert statement == get_statement(deposit.user_id, statement.span)


class TestLimits:
    def test_they_may_deposit(self) -> None:
        deposit = make_deposit(
            status="FAILED", result_code="1032", prompt_expires_at=None, next_query_at=None
        )

        known = read(deposit.user)

        assert known.why_not == ""
        assert known.used_of_day == 0

    @pytest.mark.parametrize(
        ("fields", "own", "words"),
        [
            ({"is_active": False}, {}, "The account is switched off."),
            ({}, {"excluded_until": NOON + timedelta(days=9)}, "They have excluded themselves."),
            ({}, {"paused_until": NOON + timedelta(days=9)}, "They have paused deposits."),
            ({"kyc_status": "PENDING"}, {}, "Their identity is not verified."),
        ],
    )
    def test_why_not(self, fields: dict[str, Any], own: dict[str, Any], words: str) -> None:
        user = make_customer(**fields)
        if own:
            OwnLimits.objects.create(user=user, blocked_at=NOON, **own)

        assert read(user).why_not == words

    def test_nothing_is_left_of_their_own_cap(self) -> None:
        user = make_customer()
        OwnLimits.objects.create(user=user, daily_cap=500, weekly_cap=2000)
        make_deposit(user)

        known = read(user)

        assert known.why_not == "Nothing is left of a limit."
        assert known.used_of_day == 1
        assert known.allowance.weekly_limit == 2000

    def test_an_open_prompt(self) -> None:
        assert read(make_deposit().user).why_not == "A prompt may be open on the phone."


class TestAccount:
    @pytest.mark.django_db(transaction=True)
    def test_changes_by_name_and_reason_but_no_renewed_hash(self) -> None:
        boss = User.objects.create_superuser("254799999999", "a-good-password", full_name="Peter")
        user = make_customer()
        with pghistory.context(operator=boss.pk, reason="asked at the counter"):
            user.full_name = "Wanjiku Njeri"
            user.save()
        set_password(user, boss, "another-good-password")
        user.refresh_from_db()
        with pghistory.context(renewed_hash_of="log-in"):
            user.set_password("another-good-password")
            user.save()

        events = read(user).events

        assert {(event.what, event.who, event.why) for event in events} == {
            ("The password was changed", "Peter", "they called, ID seen"),
            ("Wanjiku Njeri: verified, full", "Peter", "asked at the counter"),
            ("The account was made", "", ""),
        }
        assert len(events) == 3

    def test_sign_ins_and_phone_changes(self) -> None:
        user = make_customer()
        AuthToken.objects.create(user=user)
        Sighting.objects.create(
            user=user, kind="device", value_hash="a" * 64, first_seen_at=NOON, last_seen_at=NOON
        )
        PhoneChange.objects.create(
            user=user, old_phone_number=PHONE, new_phone_number="254711000000", requested_at=NOON
        )

        text = text_of(superuser(), url(user))

        assert "API token of" in text
        assert "Device seen" in text
        assert "2547****0000 PENDING" in text
        assert "a" * 64 not in text

    def test_no_number_is_shown_whole(self) -> None:
        user = make_customer()

        text = text_of(superuser(), url(user))

        assert "2547****5678" in text
        assert PHONE not in text


class TestForm:
    def test_the_form_is_beside_the_page(self) -> None:
        user = make_customer()
        client = superuser()

        assert url(user, "edit") in text_of(client, url(user))
        assert 'name="reason"' in text_of(client, url(user, "edit"))

    def test_it_saves(self) -> None:
        user = make_customer()

        page = superuser().post(
            url(user, "edit"),
            {"full_name": "Wanjiku Njeri", "is_active": "on", "reason": "has married"},
        )

        assert page.status_code == 302
        user.refresh_from_db()
        assert user.full_name == "Wanjiku Njeri"

    def test_without_the_right_it_is_not_offered(self) -> None:
        user = make_customer()
        client = sign_in(make_operator("view_user"))

        text = text_of(client, url(user))

        assert url(user, "edit") not in text
        assert "Takes the right to change accounts" in text


class TestRights:
    def test_nothing_is_shown_that_takes_another_right(self) -> None:
        deposit = make_deposit()
        receive(success_body())

        text = text_of(sign_in(make_operator("view_user")), url(deposit.user))

        assert "Not shown, because your rights do not include them: deposits, statement" in text
        for hidden in (RECEIPT, "/admin/payments/transaction/", "Last 30", "Identity</h2>"):
            assert hidden not in text.partition("<main")[2]

    def test_without_the_right_there_is_no_page(self) -> None:
        client = sign_in(make_operator("view_transaction"))

        assert client.get(url(make_customer())).status_code == 403

    @pytest.mark.parametrize("number", ["0", "abc", "9" * 40])
    def test_an_unknown_account_is_not_found(self, number: str) -> None:
        assert superuser().get(f"/admin/users/user/{number}/change/").status_code == 404


class TestReads:
    def test_their_number_does_not_grow_with_the_rows(self) -> None:
        user, other = make_customer(), make_customer("254711000000")
        client = superuser()
        client.get(url(user))
        with CaptureQueriesContext(connection) as before:
            client.get(url(user))
        for number in range(MOST_DEPOSITS + 3):
            make_deposit(other, token=str(number), checkout_request_id=f"ws_{number}")
            receive(
                success_body(f"ws_{number}", amount=300, receipt=f"NLJ7RT6{number:03d}"),
                token=str(number),
            )
        with CaptureQueriesContext(connection) as after:
            text_of(client, url(other))

        assert len(after) <= len(before) + 2
        assert len(after) <= 45

    def test_each_goes_by_an_index(self) -> None:
        client = superuser()
        deposit = make_deposit()
        receive(success_body(amount=300))
        with CaptureQueriesContext(connection) as captured:
            text_of(client, url(deposit.user))

        assert list_scans_to_the_end(plans_of(captured)) == []
        assert Transaction.objects.count() == 1
