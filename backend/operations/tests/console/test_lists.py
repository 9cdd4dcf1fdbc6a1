"""The lists that operators work in: who, how much, how it stands and why."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import clock
from operations.console.columns import say_time
from operations.tests.console.deposit.known import make_lost
from operations.tests.console.operators import make_operator, superuser
from payments.models import SuspenseCase
from payments.services import propose_correction
from payments.tests.building import (
    OTHER_PHONE,
    PHONE,
    failure_body,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from tests.sql.calling import dismiss, pay_by_hand
from users.models import User

pytestmark = pytest.mark.django_db

DEPOSITS, CASES = "/admin/payments/transaction/", "/admin/payments/suspensecase/"


def text_of(client: Client, path: str) -> str:
    """Return a list as text; it must be there."""
    page = client.get(path)
    assert page.status_code == 200
    return str(page.content.decode())


class TestTimes:
    def test_the_year_is_said_of_another_year_only(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 1, tzinfo=UTC))

        assert say_time(datetime(2026, 11, 30, 7, 1, 27, tzinfo=UTC)) == "30 Nov 10:01:27"
        # Nairobi has the new year already.
        new_year = datetime(2025, 12, 31, 21, 0, tzinfo=UTC)
        assert say_time(new_year) == "1 Jan 00:00:00"
        assert say_time(new_year - timedelta(seconds=1)) == "31 Dec 2025 23:59:59"
        assert say_time(None) == "\u2013"


class TestDeposits:
    def test_a_row_names_customer_amount_state_and_what_m_pesa_said(self) -> None:
        make_deposit(amount=1500)
        receive(failure_body(result_code=1032))

        page = text_of(superuser(), DEPOSITS)

        assert "Wanjiku Kamau" in page
        assert "2547****5678" in page
        assert PHONE not in page
        assert "1,500.00" in page
        assert "No money moved</span>" in page
        assert "1032, Cancelled by the customer" in page

    def test_names_are_read_with_the_rows(self) -> None:
        client = superuser()
        make_deposit()
        client.get(DEPOSITS)
        with CaptureQueriesContext(connection) as one:
            client.get(DEPOSITS)
        for number in range(3):
            make_deposit(
                make_customer(f"25471234560{number}"), token=f"t{number}",
                checkout_request_id=f"ws_CO_{number}",
            )  # fmt: skip

        with CaptureQueriesContext(connection) as several:
            client.get(DEPOSITS)

        assert len(several) == len(one)


class TestCases:
    @pytest.fixture
    def case(self) -> SuspenseCase:
        """Hold a payment of 300 for a deposit of 500."""
        make_deposit()
        receive(success_body(amount=300))
        return SuspenseCase.objects.get()

    def test_an_open_one_says_whose_how_much_why_and_since_when(self, case: SuspenseCase) -> None:
        page = text_of(superuser(), f"{CASES}?status__exact=OPEN&o=1")

        for words in (
            f"Case {case.pk}", "300.00", "Another amount than asked for", "Wanjiku Kamau",
            f">#{case.transaction_id}</a>", "NLJ7RT61SV", ">for ", "Held</span>",
        ):  # fmt: skip
            assert words in page

    def test_a_decided_one_says_what_was_decided(self, case: SuspenseCase) -> None:
        dismiss(case, User.objects.create_superuser("254799999997", ""), "refunded")

        page = text_of(superuser(), CASES)

        assert "Refunded in the portal</span>" in page
        assert ">for " not in page

    def test_a_payment_by_hand_names_whom_it_seems_to_be_for(self) -> None:
        make_customer(OTHER_PHONE, full_name="Otieno Odhiambo")
        pay_by_hand(account_number="0110000001", phone=OTHER_PHONE)
        pay_by_hand(account_number="rent", receipt="NLJ7RT61SX")

        page = text_of(superuser(), CASES)

        assert "Otieno Odhiambo" in page
        assert "it seems" in page
        assert page.count("by hand") >= 2

    def test_filters_are_in_words(self, case: SuspenseCase) -> None:
        client, row = superuser(), f">Case {case.pk}</a>"

        assert row in text_of(client, f"{CASES}?reason__exact=amount_mismatch")
        page = text_of(client, f"{CASES}?reason__exact=second_payment")

        assert row not in page
        assert "Paid a second time</a>" in page
        assert "Refunded in the portal</a>" in page

    def test_a_proposal_names_amount_and_proposer(self, case: SuspenseCase) -> None:
        propose_correction(
            case=case, amount=Decimal(24_500), operator=make_operator(),
            reason="seen in the portal", now=clock.now(),
        )  # fmt: skip

        page = text_of(superuser(), "/admin/users/proposal/?state=waiting&o=1")

        assert "24,500.00" in page
        assert "Grace Wairimu" in page
        assert "Waiting until" in page


def test_deposits_to_look_for_name_their_reference_and_age() -> None:
    make_lost(checkout_request_id=None)
    make_lost(
        make_customer(OTHER_PHONE), token="2", account_reference="KP3", checkout_request_id="ws_2"
    )

    page = text_of(superuser(), "/admin/payments/unanswereddeposit/")

    for words in (
        "KP23456789AB", "The prompt was never answered", "No clear answer for 24 hours",
        "Wanjiku Kamau",
    ):  # fmt: skip
        assert words in page


def test_accounts_say_whose_they_are() -> None:
    make_customer(is_active=False)
    make_customer(OTHER_PHONE, full_name="", kyc_status="PENDING")

    page = text_of(superuser(), "/admin/users/user/")

    assert "Customer, switched off" in page
    assert ">No name</a>" in page
    assert "Operator" in page
    assert "Verified, full" in page
