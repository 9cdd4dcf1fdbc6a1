"""The functions of payments/sql/functions/paybill.sql."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, InternalError
from django.db import transaction as db_transaction

from payments import conf
from payments.models import (
    Confirmation,
    PaybillAccount,
    PaybillPayment,
    Receipt,
    SuspenseCase,
    Transaction,
)
from payments.tests.breaking import check_constraints
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    PHONE,
    RECEIPT,
    TOKEN,
    broken_table,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from risk import services as risk
from tests.sql.calling import after, approve, query, resolve, row_of, settle, success, value_of
from users.models import User

pytestmark = pytest.mark.django_db

NUMBER, OTHER_NUMBER = "5720000009", "2345678901"
REFERENCE = "KP23456789AB"
OTHER_RECEIPT = "NLJ7RT61SW"


def payment(**fields: Any) -> dict[str, Any]:
    """Return what M-Pesa says of KES 500 paid to an account number that nobody has."""
    return {
        "receipt": RECEIPT,
        "amount": "500.00",
        "business_short_code": "174379",
        "account_number": "as typed",
        "transaction_type": "Pay Bill",
        "paid_at": "2026-11-20T12:00:00+03:00",
        "payer_name": "JOHN",
        "payer_number": "2547****126",
        "payer_hash": "",
        "reference": None,
        "number": None,
        "phone": None,
        **fields,
    }


def tell(now: Any = NOON, *, kyc: bool = True, source: str = "confirmation", **fields: Any) -> Any:
    """Settle a payment; return verdict and deposit id."""
    row = row_of(
        "SELECT * FROM paybill_settle(%(payment)s::jsonb, %(source)s, %(kyc)s, %(now)s)",
        payment=json.dumps(payment(**fields)), source=source, kyc=kyc, now=now,
    )  # fmt: skip
    return row["verdict"], row["transaction_id"]


def give_number(user: User, number: str = NUMBER) -> None:
    """Store the customer's account number."""
    PaybillAccount.objects.create(user=user, number=number)


def release(case: SuspenseCase, user: User, deposit: Transaction | None = None) -> dict[str, Any]:
    """Give a held payment to a customer by M-Pesa's word."""
    return row_of(
        "SELECT * FROM paybill_release(%(case)s, %(user)s, %(deposit)s, NULL, 'claim',"
        " 'the number typed', %(now)s)",
        case=case.pk, user=user.pk, deposit=deposit and deposit.pk, now=after(60),
    )  # fmt: skip


@pytest.fixture
def customer() -> User:
    """Store a customer with the account number NUMBER."""
    user = make_customer()
    give_number(user)
    return user


class TestPaybillAccount:
    @staticmethod
    def ask(user: User, *numbers: str) -> Any:
        """Return the customer's number, drawn from these."""
        return value_of(
            "SELECT paybill_account(%(user)s, %(numbers)s::text[], %(now)s)",
            user=user.pk, numbers=list(numbers), now=NOON,
        )  # fmt: skip

    def test_the_first_free_number_stays_the_customers(self) -> None:
        user = make_customer()

        assert self.ask(user, NUMBER, OTHER_NUMBER) == NUMBER
        assert self.ask(user, OTHER_NUMBER) == NUMBER

    def test_a_number_of_another_customer_is_passed_over(self, customer: User) -> None:
        other = make_customer(OTHER_PHONE)

        assert self.ask(other, NUMBER, OTHER_NUMBER) == OTHER_NUMBER

    def test_without_a_free_number_there_is_none(self, customer: User) -> None:
        assert self.ask(make_customer(OTHER_PHONE), NUMBER) is None


class TestPaybillIsAllowed:
    @staticmethod
    def ask(user: User, *, kyc: bool = True) -> Any:
        """Return whether the customer gets payments by hand at once."""
        return value_of(
            "SELECT paybill_is_allowed(%(user)s, %(kyc)s, %(now)s)", user=user.pk, kyc=kyc, now=NOON
        )

    def test_a_verified_customer_is(self) -> None:
        assert self.ask(make_customer()) is True

    def test_one_who_is_switched_off_is_not(self) -> None:
        assert self.ask(make_customer(is_active=False)) is False

    def test_an_unverified_one_is_where_nobody_needs_to_be(self) -> None:
        user = make_customer(kyc_status=User.KycStatus.PENDING)

        assert (self.ask(user), self.ask(user, kyc=False)) == (False, True)

    def test_one_whose_number_no_deposit_can_have_is_not(self) -> None:
        assert self.ask(make_customer("not a number")) is False

    def test_one_who_excluded_themselves_is_not(self) -> None:
        user = make_customer()
        risk.pause(user=user, days=1, now=NOON)

        assert self.ask(user) is False


class TestPaybillIsOurs:
    @pytest.mark.parametrize(
        ("short_code", "own", "is_ours"),
        [
            ("174379", "174379", True),
            ("600966", "174379", False),
            ("", "174379", True),
            (None, "174379", True),
            ("600966", None, True),
        ],
    )
    def test_the_configured_short_code_is(
        self, short_code: str | None, own: str | None, is_ours: bool
    ) -> None:
        asked = value_of(
            "SELECT paybill_is_ours(%(short_code)s, %(own)s)", short_code=short_code, own=own
        )

        assert asked is is_ours

    def test_one_that_was_configured_before_is(self, customer: User) -> None:
        tell(number=NUMBER, business_short_code="600966")

        assert value_of("SELECT paybill_is_ours('600966', '174379')") is True
        assert value_of("SELECT paybill_is_ours('60096', '174379')") is False


class TestPaybillHasMsisdn:
    @pytest.mark.parametrize(
        ("number", "has_one"),
        [(PHONE, True), (OTHER_PHONE, True), ("447700900123", False), ("0712 345", False)],
    )
    def test_imported_numbers_may_be_none(self, number: str, has_one: bool) -> None:
        user = make_customer()
        User.objects.update(phone_number=number)

        assert value_of("SELECT paybill_has_msisdn(%(user)s)", user=user.pk) is has_one


class TestPaybillValidate:
    @staticmethod
    def ask(amount: str | None = "500", **meaning: Any) -> Any:
        """Return what M-Pesa is answered."""
        rules = conf.deposit_rules()
        return value_of(
            "SELECT paybill_validate(%(reference)s, %(number)s, %(amount)s, %(rules)s::jsonb,"
            " %(now)s)",
            **{"reference": None, "number": None, **meaning},
            amount=amount,
            rules=json.dumps({**rules.as_json(), "lowest_amount": rules.lowest_amount}),
            now=NOON,
        )

    def test_a_customers_number_is_taken(self, customer: User) -> None:
        assert self.ask(number=NUMBER) == "ok"

    @pytest.mark.parametrize("amount", [None, "0", "0.5", "500.50", "250001"])
    def test_an_amount_that_may_not_be_deposited_is_refused(
        self, customer: User, amount: str | None
    ) -> None:
        assert self.ask(amount, number=NUMBER) == "amount"

    def test_what_was_deposited_today_counts(self, customer: User, settings: Any) -> None:
        settings.DEPOSIT_DAILY_LIMIT = 700
        make_deposit(customer, created_at=NOON)

        assert (self.ask("200", number=NUMBER), self.ask("201", number=NUMBER)) == ("ok", "amount")

    def test_the_basic_tier_has_its_own_limit(self, settings: Any) -> None:
        settings.DEPOSIT_TIER_BASIC_MAX = 100
        give_number(make_customer(tier=User.Tier.BASIC))

        assert (self.ask("100", number=NUMBER), self.ask("101", number=NUMBER)) == ("ok", "amount")

    def test_an_unknown_number_is_refused(self) -> None:
        assert self.ask(number=NUMBER) == "account"

    def test_a_customer_who_may_not_deposit_is_refused(self) -> None:
        give_number(make_customer(is_active=False))

        assert self.ask(number=NUMBER) == "account"

    def test_an_open_deposits_reference_is_taken_with_its_amount(self) -> None:
        make_deposit(account_reference=REFERENCE)

        assert self.ask("500.00", reference=REFERENCE) == "ok"
        assert self.ask("499", reference=REFERENCE) == "amount"

    def test_a_database_that_takes_no_writes_takes_no_payment(self, customer: User) -> None:
        with db_transaction.atomic():
            value_of("SELECT set_config('transaction_read_only', 'on', true)")
            with pytest.raises(InternalError, match="takes no writes"):
                self.ask(number=NUMBER)
            db_transaction.set_rollback(True)

    def test_an_ended_deposits_reference_is_refused(self) -> None:
        make_deposit(account_reference=REFERENCE, status="FAILED")

        assert self.ask("500", reference=REFERENCE) == "account"


class TestPaybillDeposit:
    def test_it_is_a_deposit_with_nothing_ahead(self, customer: User) -> None:
        deposit_id = value_of(
            "SELECT paybill_deposit(%(user)s, 500, '174379', %(now)s)", user=customer.pk, now=NOON
        )

        deposit = Transaction.objects.get(pk=deposit_id)
        assert deposit.description == "M-Pesa deposit of KSH 500 (paybill)"
        assert (deposit.status, deposit.phone_number) == ("PENDING", PHONE)
        assert (deposit.next_query_at, deposit.prompt_expires_at) == (None, None)


class TestPaybillIsWhole:
    @pytest.mark.parametrize(
        ("amount", "is_whole"),
        [("1", True), ("250000.00", True), ("0", False), ("250001", False), ("10.50", False)],
    )
    def test_a_deposit_is_of_whole_shillings(self, amount: str, is_whole: bool) -> None:
        asked = value_of("SELECT paybill_is_whole(%(amount)s::numeric)", amount=amount)

        assert asked is is_whole


class TestPaybillStore:
    def test_what_mpesa_said_is_kept_as_it_said_it(self, customer: User) -> None:
        _, deposit_id = tell(number=NUMBER)

        stored = PaybillPayment.objects.get()
        assert (stored.receipt, stored.amount, stored.transaction_id) == (RECEIPT, 500, deposit_id)
        assert (stored.account_number, stored.payer_name) == ("as typed", "JOHN")
        assert (stored.source, stored.paid_at) == ("confirmation", NOON)

    def test_money_that_is_nowhere_is_no_payment(self) -> None:
        with pytest.raises(IntegrityError, match="payments_paybill_booked"):
            row_of(
                "SELECT paybill_store(%(payment)s::jsonb, 'pull', NULL, NULL, NULL, %(now)s)",
                payment=json.dumps(payment()), now=NOON,
            )  # fmt: skip


class TestPaybillCredit:
    def test_the_payment_is_a_completed_deposit_of_its_own(self, customer: User) -> None:
        verdict, deposit_id = tell(number=NUMBER)

        deposit = Transaction.objects.get(pk=deposit_id)
        assert verdict == "applied"
        assert (deposit.status, deposit.amount) == ("COMPLETED", 500)
        assert (deposit.mpesa_receipt_number, deposit.checkout_request_id) == (RECEIPT, None)
        assert deposit.completed_at == NOON
        assert Receipt.objects.get().transaction_id == deposit_id
        assert money(customer) == (500, 0)
        check_constraints()


class TestPaybillHold:
    def test_the_money_is_in_suspense_and_its_receipt_nobodys(self) -> None:
        user = make_customer()
        verdict = tell(phone=PHONE)

        case = SuspenseCase.objects.get()
        assert verdict == ("held", None)
        assert (case.reason, case.amount, case.transaction) == ("phone_typed", 500, None)
        assert case.payment.proposed_user == user
        assert Receipt.objects.get().transaction_id is None
        assert money(user) == (0, 500)
        check_constraints()


class TestPaybillSettle:
    def test_the_second_report_of_a_receipt_changes_nothing(self, customer: User) -> None:
        _, deposit_id = tell(number=NUMBER)

        assert tell(after(5), source="pull", number=NUMBER) == ("duplicate", deposit_id)
        assert tell(after(6), source="statement", phone=OTHER_PHONE) == ("duplicate", deposit_id)
        assert money(customer) == (500, 0)

    def test_the_second_report_of_a_held_receipt_changes_nothing(self, customer: User) -> None:
        tell()

        assert tell(after(5), number=NUMBER) == ("duplicate", None)
        assert money(customer) == (0, 500)

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({}, "unknown_account"),
            ({"number": OTHER_NUMBER}, "unknown_account"),
            ({"phone": OTHER_PHONE}, "unknown_account"),
            ({"phone": PHONE}, "phone_typed"),
            ({"number": NUMBER, "amount": "10.50"}, "odd_amount"),
        ],
    )
    def test_what_finds_no_wallet_is_held(
        self, customer: User, fields: dict[str, Any], reason: str
    ) -> None:
        assert tell(**fields) == ("held", None)
        assert SuspenseCase.objects.get().reason == reason
        assert money(customer) == (0, Decimal(fields.get("amount", "500")))

    def test_a_customer_who_is_switched_off_waits_but_loses_nothing(self, customer: User) -> None:
        User.objects.update(is_active=False)

        assert tell(number=NUMBER) == ("held", None)
        case = SuspenseCase.objects.get()
        assert (case.reason, case.payment.proposed_user) == ("customer_not_allowed", customer)

    @pytest.mark.parametrize("meaning", [{"number": NUMBER}, {"reference": REFERENCE}, {}], ids=str)
    def test_what_was_paid_to_another_paybill_is_not_our_money(
        self, customer: User, meaning: dict[str, Any]
    ) -> None:
        make_deposit(customer, account_reference=REFERENCE)

        verdict = tell(business_short_code="600966", own_short_code="174379", **meaning)

        assert verdict == ("untrusted", None)
        assert money(customer) == (0, 0)
        assert not Receipt.objects.exists()

    def test_a_customer_whose_number_no_deposit_can_have_loses_nothing(
        self, customer: User
    ) -> None:
        User.objects.update(phone_number="447700900123")

        assert tell(number=NUMBER) == ("held", None)
        case = SuspenseCase.objects.get()
        assert (case.reason, case.payment.proposed_user) == ("customer_not_allowed", customer)

    @pytest.mark.parametrize("status", ["PENDING", "FAILED"])
    def test_a_deposits_reference_settles_that_deposit(self, status: str) -> None:
        deposit = make_deposit(account_reference=REFERENCE, status=status)

        assert tell(reference=REFERENCE) == ("applied", deposit.pk)
        deposit.refresh_from_db()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert money(deposit.user) == (500, 0)
        assert not PaybillPayment.objects.exists()

    def test_a_prompt_that_was_never_answered_is_settled_by_its_reference(self) -> None:
        deposit = make_deposit(account_reference=REFERENCE, checkout_request_id=None)

        assert tell(reference=REFERENCE) == ("applied", deposit.pk)

    def test_the_callback_and_the_confirmation_of_one_payment_credit_once(self) -> None:
        deposit = make_deposit(account_reference=REFERENCE)
        receive(success_body(), token=TOKEN)

        assert tell(after(1), reference=REFERENCE) == ("duplicate", deposit.pk)
        assert money(deposit.user) == (500, 0)

    def test_a_callback_after_the_confirmation_is_a_duplicate(self) -> None:
        deposit = make_deposit(account_reference=REFERENCE)
        tell(reference=REFERENCE)

        assert settle(deposit, success()) == "duplicate"
        assert money(deposit.user) == (500, 0)

    def test_a_credit_by_query_gets_its_receipt(self) -> None:
        deposit = make_deposit(account_reference=REFERENCE)
        query(deposit)

        assert tell(after(5), reference=REFERENCE) == ("applied", deposit.pk)
        deposit.refresh_from_db()
        assert deposit.mpesa_receipt_number == RECEIPT
        assert money(deposit.user) == (500, 0)

    def test_a_second_payment_with_one_reference_is_held(self) -> None:
        deposit = make_deposit(account_reference=REFERENCE)
        tell(reference=REFERENCE)

        assert tell(after(60), reference=REFERENCE, receipt=OTHER_RECEIPT) == ("held", deposit.pk)
        assert money(deposit.user) == (500, 500)
        assert SuspenseCase.objects.get().reason == "second_payment"

    def test_a_payment_by_hand_after_a_misreported_prompt_is_new_money(self) -> None:
        deposit = make_deposit(account_reference=REFERENCE)
        query(deposit)
        settle(deposit, success(amount="1"), after(2))

        assert tell(after(60), reference=REFERENCE, receipt=OTHER_RECEIPT) == ("held", deposit.pk)
        assert money(deposit.user) == (500, 500)

    def test_another_amount_than_the_deposits_is_held(self) -> None:
        deposit = make_deposit(account_reference=REFERENCE)

        assert tell(reference=REFERENCE, amount="499") == ("held", deposit.pk)
        assert money(deposit.user) == (0, 499)


class TestPaybillRelease:
    def test_a_held_payment_becomes_the_customers_deposit(self) -> None:
        user = make_customer()
        tell(phone=PHONE)

        released = release(SuspenseCase.objects.get(), user)

        deposit = Transaction.objects.get(pk=released["transaction_id"])
        case = SuspenseCase.objects.get()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert (case.status, case.released_by, case.transaction) == ("RESOLVED", "claim", deposit)
        assert PaybillPayment.objects.get().transaction == deposit
        assert Receipt.objects.get().transaction == deposit
        assert money(user) == (500, 0)
        check_constraints()

    def test_an_amount_that_is_no_deposit_is_credited_without_one(self, customer: User) -> None:
        tell(number=NUMBER, amount="10.50")

        released = release(SuspenseCase.objects.get(), customer)

        assert released["transaction_id"] is None
        assert money(customer) == (Decimal("10.50"), 0)
        check_constraints()

    def test_a_customer_whose_number_no_deposit_can_have_is_credited_without_one(self) -> None:
        user = make_customer("447700900123")
        tell()

        assert release(SuspenseCase.objects.get(), user)["transaction_id"] is None
        assert money(user) == (500, 0)
        check_constraints()

    def test_an_operator_needs_another_ones_proposal(self) -> None:
        user, operator = make_customer(), make_customer(OTHER_PHONE)
        tell(phone=PHONE)
        case = SuspenseCase.objects.get()

        assert resolve(case.pk, user, operator)["outcome"] == "not_approved"
        approve(case, user, operator)
        assert resolve(case.pk, user, operator)["outcome"] == "resolved"
        assert resolve(case.pk, user, operator)["outcome"] == "already_resolved"
        assert money(user) == (500, 0)
        assert Transaction.objects.get().mpesa_receipt_number == RECEIPT
        check_constraints()


class TestPaybillReleaseTo:
    def test_the_callback_names_the_deposit_of_a_held_payment(self) -> None:
        deposit = make_deposit()
        tell()

        assert settle(deposit, success(), after(20)) == "applied"
        assert (deposit.status, deposit.mpesa_receipt_number) == ("COMPLETED", RECEIPT)
        assert SuspenseCase.objects.get().released_by == "callback"
        assert money(deposit.user) == (500, 0)
        check_constraints()

    def test_one_that_an_operator_gave_away_is_not_given_twice(self) -> None:
        deposit, other = make_deposit(), make_customer(OTHER_PHONE)
        operator = make_customer("254710000009")
        tell()
        case = SuspenseCase.objects.get()
        approve(case, other, operator)
        resolve(case.pk, other, operator)

        assert settle(deposit, success(), after(20)) == "mismatched"
        assert money(deposit.user) == (0, 0)
        assert SuspenseCase.objects.latest("id").reason == "receipt_used"

    @pytest.mark.parametrize("wrong", [{"amount": "400"}, {"checkout_request_id": "ws_CO_other"}])
    def test_what_did_not_agree_with_the_deposit_before_is_not_released_to_it(
        self, wrong: dict[str, str]
    ) -> None:
        deposit = make_deposit()
        tell()
        assert settle(deposit, success(**wrong), after(10)) == "mismatched"

        assert settle(deposit, success(), after(20)) == "duplicate"
        assert deposit.status == "PENDING"
        assert money(deposit.user) == (0, 500)

    def test_a_deposit_that_a_query_credited_is_not_credited_again(self) -> None:
        deposit = make_deposit()
        query(deposit)
        tell()

        assert settle(deposit, success(), after(20)) == "mismatched"
        assert money(deposit.user) == (500, 500)


class TestPaybillReleaseNamed:
    """Transaction Status told of the payment first, which names no account number."""

    def test_a_report_that_names_the_customer_releases_it(self, customer: User) -> None:
        assert tell(source="status") == ("held", None)

        verdict, deposit_id = tell(after(60), number=NUMBER)

        assert verdict == "applied"
        assert (Transaction.objects.get().pk, money(customer)) == (deposit_id, (500, 0))
        assert tell(after(90), number=NUMBER) == ("duplicate", deposit_id)

    @pytest.mark.parametrize("wrong", [{"amount": "400"}, {"receipt": OTHER_RECEIPT}])
    def test_another_payment_is_not_it(self, customer: User, wrong: dict[str, str]) -> None:
        tell(source="status")

        released = row_of(
            "SELECT paybill_release_named(%(receipt)s, %(amount)s, %(user)s, %(now)s) AS id",
            user=customer.pk, now=after(60), **{"receipt": RECEIPT, "amount": "500", **wrong},
        )  # fmt: skip

        assert released["id"] is None
        assert money(customer) == (0, 500)

    def test_what_another_report_held_stays(self, customer: User) -> None:
        tell()

        assert tell(after(60), number=NUMBER) == ("duplicate", None)
        assert money(customer) == (0, 500)


class TestConfirmationRecord:
    @staticmethod
    def record(told: dict[str, Any] | None, *, is_trusted: bool = True) -> dict[str, Any]:
        """Hand a confirmation over."""
        return row_of(
            "SELECT * FROM confirmation_record(%(payment)s::jsonb, %(trusted)s,"
            " '196.201.214.200', '{}'::jsonb, 'the body'::bytea, true, %(now)s)",
            payment=told and json.dumps(told), trusted=is_trusted, now=NOON,
        )  # fmt: skip

    def test_it_is_stored_with_its_verdict(self, customer: User) -> None:
        recorded = self.record(payment(number=NUMBER))

        stored = Confirmation.objects.get(pk=recorded["confirmation_id"])
        assert (stored.verdict, stored.receipt, stored.note) == ("applied", RECEIPT, "")
        assert stored.transaction_id == recorded["transaction_id"]
        assert bytes(stored.raw_body) == b"the body"
        assert stored.processed_at == NOON

    def test_one_that_cannot_be_read_is_kept(self) -> None:
        assert self.record(None)["verdict"] == "malformed"
        assert Confirmation.objects.get().receipt is None

    def test_one_from_an_address_that_is_not_believed_moves_nothing(self, customer: User) -> None:
        recorded = self.record(payment(number=NUMBER), is_trusted=False)

        assert recorded["verdict"] == "untrusted"
        assert "MPESA_CALLBACK_ALLOWED_IPS" in recorded["note"]
        assert money(customer) == (0, 0)

    def test_one_of_another_paybill_says_so(self, customer: User) -> None:
        told = payment(number=NUMBER, business_short_code="600966", own_short_code="174379")

        recorded = self.record(told)

        assert (recorded["verdict"], recorded["note"]) == (
            "untrusted", "short code 600966 is not ours",
        )  # fmt: skip
        assert money(customer) == (0, 0)

    def test_one_whose_settling_fails_is_kept_for_replay(self, customer: User) -> None:
        with broken_table("wallet_journalentry"):
            recorded = self.record(payment(number=NUMBER))

        assert recorded["verdict"] == "received"
        assert recorded["note"].startswith("53100")
        assert Confirmation.objects.get().processed_at is None
        assert money(customer) == (0, 0)
        assert not Receipt.objects.exists()

    def test_a_deadlock_is_the_callers_to_repeat(self, customer: User) -> None:
        with (
            db_transaction.atomic(),
            broken_table("wallet_journalentry", sqlstate="40P01"),
            pytest.raises(Exception, match="broken by a test"),
            db_transaction.atomic(),
        ):
            self.record(payment(number=NUMBER))
