"""Payments by hand: validation, confirmation, replay, and the customer's own number."""

import json
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import DatabaseError

from payments import errors
from payments.models import Confirmation, PaybillAccount, SuspenseCase, Transaction
from payments.paybill import account_numbers
from payments.services import paybill
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    PHONE,
    RECEIPT,
    broken_table,
    make_customer,
    make_deposit,
    money,
)
from users.models import User

pytestmark = pytest.mark.django_db

NUMBER = "572000000" + account_numbers.check_digit("572000000")
REFERENCE = "KP23456789AB"
SAFARICOM, STRANGER = "196.201.214.200", "203.0.113.9"


def body(account: str = NUMBER, *, amount: Any = "500.00", **fields: Any) -> bytes:
    """Write what M-Pesa posts."""
    return json.dumps(
        {"TransID": RECEIPT, "TransAmount": amount, "BillRefNumber": account, **fields}
    ).encode()


def confirm(posted: bytes, source: str | None = None) -> paybill.ConfirmationOutcome:
    """Hand a confirmation to the service."""
    return paybill.record_confirmation(
        body=posted,
        headers={"User-Agent": "Daraja", "Cookie": "no"},
        source_address=source,
        now=NOON,
    )


@pytest.fixture
def customer(settings: Any) -> User:
    """Store a customer with the account number NUMBER."""
    settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, "s" * 32
    user = make_customer()
    PaybillAccount.objects.create(user=user, number=NUMBER)
    return user


class TestIsSecret:
    def test_only_the_configured_one_is(self, customer: User) -> None:
        assert paybill.is_secret("s" * 32)
        assert not paybill.is_secret("s" * 31)
        assert not paybill.is_secret("\u00e9")

    def test_none_is_while_payments_by_hand_are_off(self, customer: User, settings: Any) -> None:
        settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = False, ""

        assert not paybill.is_secret("")


class TestFindDetails:
    def test_the_number_stays_the_customers(self, customer: User) -> None:
        other = make_customer(OTHER_PHONE)
        first = paybill.find_details(other, now=NOON)

        assert account_numbers.is_valid(first.account_number)
        assert paybill.find_details(other, now=NOON) == first
        assert paybill.find_details(customer, now=NOON).account_number == NUMBER
        assert (first.paybill, first.payee_name) == ("174379", "Kibeezy")


class TestValidatePayment:
    @pytest.mark.parametrize("account", [NUMBER, f" {NUMBER[:5]} {NUMBER[5:]} "])
    def test_a_customers_own_number_is_taken(self, customer: User, account: str) -> None:
        assert paybill.validate_payment(body(account), now=NOON) is None

    @pytest.mark.parametrize("account", ["", "JANE", PHONE, "5720000000", REFERENCE])
    def test_another_account_number_is_rejected(self, customer: User, account: str) -> None:
        assert paybill.validate_payment(body(account), now=NOON) == "C2B00012"

    def test_another_paybills_payment_is_rejected(self, customer: User) -> None:
        posted = body(BusinessShortCode="600966")

        assert paybill.validate_payment(posted, now=NOON) == "C2B00015"
        assert paybill.validate_payment(body(BusinessShortCode=174379), now=NOON) is None

    @pytest.mark.parametrize("amount", ["0", "0.50", "999999", "many", None])
    def test_an_amount_that_may_not_be_deposited_is_rejected(
        self, customer: User, amount: Any
    ) -> None:
        assert paybill.validate_payment(body(amount=amount), now=NOON) == "C2B00013"

    def test_an_open_deposits_reference_is_taken_with_its_amount(self, customer: User) -> None:
        make_deposit(customer, account_reference=REFERENCE)

        assert paybill.validate_payment(body(REFERENCE), now=NOON) is None
        assert paybill.validate_payment(body(REFERENCE, amount=1), now=NOON) == "C2B00013"

    @pytest.mark.parametrize("posted", [b"", b"[]", b"\xff\xfe"])
    def test_what_cannot_be_read_is_rejected(self, customer: User, posted: bytes) -> None:
        assert paybill.validate_payment(posted, now=NOON) == "C2B00016"

    def test_an_error_of_the_database_rejects_the_payment(
        self, customer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(paybill, "_VALIDATE", "SELECT no_such_function() AS said")

        assert paybill.validate_payment(body(), now=NOON) == "C2B00016"

    def test_an_error_that_nobody_thought_of_rejects_the_payment(
        self, customer: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr("payments.conf.deposit_rules", lambda: 1 / 0)

        assert paybill.validate_payment(body(), now=NOON) == "C2B00016"
        assert "ZeroDivisionError" in caplog.text

    def test_it_stores_nothing(self, customer: User) -> None:
        paybill.validate_payment(body(), now=NOON)

        assert not Confirmation.objects.exists()
        assert not Transaction.objects.exists()


class TestRecordConfirmation:
    def test_the_payment_is_in_the_wallet(self, customer: User) -> None:
        outcome = confirm(body())

        stored = Confirmation.objects.get()
        assert (outcome.verdict, outcome.confirmation_id) == ("applied", stored.pk)
        assert stored.transaction_id == outcome.transaction_id
        assert (bytes(stored.raw_body), stored.headers) == (body(), {"user-agent": "Daraja"})
        assert money(customer) == (500, 0)

    def test_the_same_confirmation_twice_credits_once(self, customer: User) -> None:
        confirm(body())

        assert confirm(body()).verdict == "duplicate"
        assert Confirmation.objects.count() == 2
        assert money(customer) == (500, 0)

    @pytest.mark.parametrize("short_code", ["600966", 600966, "174379x", "600966 174379"])
    def test_a_payment_to_another_paybill_credits_nobody(
        self, customer: User, short_code: Any
    ) -> None:
        """Who learns the secret may register our address for a paybill of their own."""
        assert confirm(body(BusinessShortCode=short_code)).verdict == "untrusted"

        stored = Confirmation.objects.get()
        assert stored.note == f"short code {short_code} is not ours"
        assert paybill.replay_confirmation(stored, now=NOON) == "untrusted"
        stored.refresh_from_db()
        assert stored.note == f"short code {short_code} is not ours"
        assert money(customer) == (0, 0)

    def test_a_typed_phone_number_proposes_its_customer(self, customer: User) -> None:
        assert confirm(body("0712 345 678")).verdict == "held"
        assert SuspenseCase.objects.get().payment.proposed_user == customer

    def test_a_body_that_cannot_be_read_is_kept(self, customer: User) -> None:
        with pytest.raises(errors.CallbackMalformed):
            confirm(b"\x00 no JSON")

        stored = Confirmation.objects.get()
        assert (stored.verdict, bytes(stored.raw_body)) == ("malformed", b"\x00 no JSON")

    @pytest.mark.django_db(transaction=True)
    def test_what_cannot_be_stored_is_not_acknowledged(self, customer: User) -> None:
        with (
            broken_table("payments_confirmation"),
            pytest.raises(errors.CallbackNotStored),
        ):
            confirm(body())

        assert money(customer) == (0, 0)

    @pytest.mark.django_db(transaction=True)
    def test_what_no_function_settles_is_stored_alone(
        self, customer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(paybill, "_RECORD", "SELECT no_such_function()")

        assert confirm(body()).verdict == "received"
        assert paybill.replay_confirmation(Confirmation.objects.get(), now=NOON) == "applied"
        assert money(customer) == (500, 0)

    @pytest.mark.django_db(transaction=True)
    def test_a_deadlock_is_repeated_at_once(self, customer: User) -> None:
        with broken_table("wallet_journalentry", sqlstate="40P01", times=1):
            assert confirm(body()).verdict == "applied"

        assert money(customer) == (500, 0)


class TestReplayConfirmation:
    def test_what_could_not_be_settled_is_settled_later(self, customer: User) -> None:
        with broken_table("wallet_journalentry"):
            assert confirm(body()).verdict == "received"
        stored = Confirmation.objects.get()

        assert paybill.replay_confirmation(stored, now=NOON) == "applied"
        stored.refresh_from_db()
        assert (stored.verdict, stored.note, stored.processed_at) == ("applied", "", NOON)
        assert stored.transaction == Transaction.objects.get()
        assert money(customer) == (500, 0)

    def test_a_replay_takes_no_lasting_verdict_away(self, customer: User) -> None:
        confirm(body())
        stored = Confirmation.objects.get()

        assert paybill.replay_confirmation(stored, now=NOON) == "duplicate"
        stored.refresh_from_db()
        assert stored.verdict == "applied"
        assert money(customer) == (500, 0)

    def test_one_that_fails_again_stays_as_it_is(self, customer: User) -> None:
        with broken_table("wallet_journalentry"):
            confirm(body())
            with pytest.raises(DatabaseError):
                paybill.replay_confirmation(Confirmation.objects.get(), now=NOON)

        assert Confirmation.objects.get().verdict == "received"

    def test_an_address_is_believed_once_it_is_on_the_list(
        self, customer: User, settings: Any
    ) -> None:
        settings.MPESA_CALLBACK_ALLOWED_IPS = [ip_network(SAFARICOM)]
        assert confirm(body(), STRANGER).verdict == "untrusted"
        stored = Confirmation.objects.get()
        assert paybill.replay_confirmation(stored, now=NOON) == "untrusted"

        settings.MPESA_CALLBACK_ALLOWED_IPS = [ip_network(STRANGER)]

        assert paybill.replay_confirmation(stored, now=NOON) == "applied"
        assert money(customer) == (500, 0)

    def test_one_that_cannot_be_read_stays_malformed(self, customer: User) -> None:
        with pytest.raises(errors.CallbackMalformed):
            confirm(b"{}")

        replayed = paybill.replay_confirmation(Confirmation.objects.get(), now=NOON)

        assert replayed == "malformed"
