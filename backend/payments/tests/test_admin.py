"""Operators read deposits, and decide about suspense cases with a reason and the right to."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from payments.models import CallbackEvent, SuspenseCase, Transaction
from payments.tests.building import (
    OTHER_PHONE,
    PHONE,
    make_customer,
    money,
    receive,
    success_body,
)
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    """Store an operator with every right."""
    return User.objects.create_superuser("254799999999", "a-good-password")


@pytest.fixture
def case(deposit: Transaction) -> SuspenseCase:
    """Hold a payment of the wrong amount in suspense."""
    receive(success_body(amount=300))
    return SuspenseCase.objects.get()


def signed_in(user: User) -> Client:
    """Sign an operator in to the admin."""
    client = Client()
    client.force_login(user)
    return client


def resolve(client: Client, case: SuspenseCase, **form: str) -> Any:
    """Send the resolve action with what the form holds."""
    sent = {"action": "resolve", "_selected_action": str(case.pk), **form}
    return client.post("/admin/payments/suspensecase/", sent, follow=True)


class TestReading:
    @pytest.mark.parametrize("model", ["transaction", "callbackevent", "suspensecase"])
    def test_lists_open(self, operator: User, case: SuspenseCase, model: str) -> None:
        assert signed_in(operator).get(f"/admin/payments/{model}/").status_code == 200

    def test_a_phone_number_is_masked(self, operator: User, case: SuspenseCase) -> None:
        client = signed_in(operator)

        for path in ("", f"{case.transaction_id}/change/"):
            page = client.get(f"/admin/payments/transaction/{path}").content.decode()
            assert "2547****5678" in page
            assert PHONE not in page

    def test_the_hash_of_the_callback_token_is_not_shown(
        self, operator: User, case: SuspenseCase
    ) -> None:
        txn = case.deposit

        page = signed_in(operator).get(f"/admin/payments/transaction/{txn.pk}/change/")

        assert str(txn.callback_token_hash) not in page.content.decode()

    def test_a_raw_callback_is_shown_as_text(self, operator: User, case: SuspenseCase) -> None:
        event = CallbackEvent.objects.get()

        page = signed_in(operator).get(f"/admin/payments/callbackevent/{event.pk}/change/")

        assert "stkCallback" in page.content.decode()

    @pytest.mark.parametrize("model", ["transaction", "callbackevent", "suspensecase"])
    def test_nothing_is_added_changed_or_deleted(
        self, operator: User, case: SuspenseCase, model: str
    ) -> None:
        client = signed_in(operator)

        assert client.get(f"/admin/payments/{model}/add/").status_code == 403
        assert client.post(f"/admin/payments/{model}/1/delete/", {"post": "yes"}).status_code in {
            302,
            403,
        }
        assert Transaction.objects.count() == 1


class TestResolving:
    def test_asks_why(self, operator: User, case: SuspenseCase) -> None:
        page = resolve(signed_in(operator), case)

        assert page.status_code == 200
        assert "Resolve suspense cases" in page.content.decode()
        assert SuspenseCase.objects.get().status == "OPEN"

    def test_gives_the_money_to_the_customer(self, operator: User, case: SuspenseCase) -> None:
        page = resolve(signed_in(operator), case, reason="SMS seen, as agreed on")

        decided = SuspenseCase.objects.get()
        assert f"Case {case.pk} resolved" in page.content.decode()
        assert (decided.status, decided.resolved_by) == ("RESOLVED", operator)
        assert decided.resolution_note == "SMS seen, as agreed on"
        assert money(case.deposit.user) == (300, 0)

    @pytest.mark.parametrize(
        "form",
        [
            {"reason": ""},
            {"reason": "   "},
        ],
    )
    def test_an_incomplete_decision_moves_nothing(
        self, operator: User, case: SuspenseCase, form: dict[str, str]
    ) -> None:
        page = resolve(signed_in(operator), case, **form)

        assert page.status_code == 200
        assert SuspenseCase.objects.get().status == "OPEN"
        assert money(case.deposit.user) == (0, 300)

    def test_operators_do_not_give_a_payment_to_themselves(
        self, operator: User, case: SuspenseCase
    ) -> None:
        own = case.deposit.user
        own.is_staff = own.is_superuser = True
        own.save()

        page = resolve(signed_in(own), case, reason="to me, as agreed on")

        assert "nobody gives a payment to themselves" in page.content.decode()
        assert SuspenseCase.objects.get().status == "OPEN"
        assert money(own) == (0, 300)

    def test_a_number_in_the_form_changes_nothing(self, operator: User, case: SuspenseCase) -> None:
        """An operator's stored page of an older release still asks for a number."""
        make_customer(OTHER_PHONE)

        resolve(
            signed_in(operator), case, phone_number=OTHER_PHONE, reason="SMS seen, as agreed on"
        )

        assert money(case.deposit.user) == (300, 0)

    def test_a_second_decision_is_refused_with_a_message(
        self, operator: User, case: SuspenseCase
    ) -> None:
        client = signed_in(operator)
        resolve(client, case, reason="SMS seen, as agreed on")

        page = resolve(client, case, reason="once more, as agreed on")

        assert f"Case {case.pk}: it is resolved already" in page.content.decode()
        assert money(case.deposit.user) == (300, 0)

    def test_looking_is_not_deciding(self, case: SuspenseCase) -> None:
        clerk = User.objects.create_user("254788888888", "a-good-password", is_staff=True)
        clerk.user_permissions.add(Permission.objects.get(codename="view_suspensecase"))

        resolve(signed_in(clerk), case, reason="SMS seen, as agreed on")

        assert SuspenseCase.objects.get().status == "OPEN"
        assert money(case.deposit.user) == (0, 300)

    def test_the_right_to_change_cases_is_enough(self, case: SuspenseCase) -> None:
        clerk = User.objects.create_user("254788888888", "a-good-password", is_staff=True)
        rights = Permission.objects.filter(
            codename__in=["view_suspensecase", "change_suspensecase"]
        )
        clerk.user_permissions.set(rights)

        resolve(signed_in(clerk), case, reason="SMS seen, as agreed on")

        assert SuspenseCase.objects.get().status == "RESOLVED"


class TestReversing:
    @pytest.fixture
    def paid(self, deposit: Transaction) -> Transaction:
        """Pay the deposit."""
        receive(success_body())
        return deposit

    def reverse(self, user: User, txn: Transaction, **form: str) -> Any:
        code = {"mpesa_receipt_number": "NLJ7RT61SV"} if form else {}
        sent = {"action": "reverse_credit", "_selected_action": str(txn.pk), **code, **form}
        page = signed_in(user).post("/admin/payments/transaction/", sent, follow=True)
        return page.content.decode()

    def test_a_reversal_asks_for_the_reason_before_money_moves(
        self, operator: User, paid: Transaction
    ) -> None:
        page = self.reverse(operator, paid)

        assert "Reverse deposits" in page
        assert f"Deposit {paid.pk}: M-PESA NLJ7RT61SV" in page
        assert money(paid.user) == (500, 0)

    def test_a_reversal_takes_the_money_out_of_the_wallet(
        self, operator: User, paid: Transaction
    ) -> None:
        page = self.reverse(operator, paid, reason="M-Pesa reversed it: RFX1")

        assert f"Deposit {paid.pk} reversed" in page
        assert money(paid.user) == (0, 0)
        listed = signed_in(operator).get("/admin/payments/reversal/").content.decode()
        assert "M-Pesa reversed it: RFX1" in listed

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_without_a_reason_nothing_moves(
        self, operator: User, paid: Transaction, reason: str
    ) -> None:
        self.reverse(operator, paid, reason=reason)

        assert money(paid.user) == (500, 0)

    def test_a_deposit_is_reversed_once(self, operator: User, paid: Transaction) -> None:
        self.reverse(operator, paid, reason="first, as agreed on")

        assert "reversed already" in self.reverse(operator, paid, reason="second, as agreed on")

    def test_a_deposit_without_a_credit_cannot_be_reversed(
        self, operator: User, deposit: Transaction
    ) -> None:
        assert "no customer was credited" in self.reverse(
            operator, deposit, reason="why, as agreed on"
        )

    def test_operators_do_not_reverse_their_own_deposit(
        self, operator: User, paid: Transaction
    ) -> None:
        User.objects.filter(pk=paid.user_id).update(is_staff=True, is_superuser=True)
        paid.user.refresh_from_db()

        assert "of their own" in self.reverse(paid.user, paid, reason="mine, as agreed on")
        assert money(paid.user) == (500, 0)

    def test_reading_deposits_is_no_right_to_reverse(self, paid: Transaction) -> None:
        reader = User.objects.create_user("254788888888", None, is_staff=True)
        reader.user_permissions.add(Permission.objects.get(codename="view_transaction"))

        self.reverse(reader, paid, reason="try, as agreed on")

        assert money(paid.user) == (500, 0)

    def test_of_two_payments_the_one_that_m_pesa_took_back(
        self, operator: User, paid: Transaction
    ) -> None:
        receive(success_body(amount=250, receipt="SECOND0001"))
        other = User.objects.create_superuser("254799999998", "a-good-password")
        case = SuspenseCase.objects.get()
        resolve(signed_in(other), case, phone_number="0712345678", reason="paid twice")
        asked = self.reverse(operator, paid)
        assert "also M-PESA SECOND0001, KES 250.00" in asked

        self.reverse(operator, paid, mpesa_receipt_number="second0001", reason="RFX2, as agreed on")

        assert money(paid.user) == (500, 0)
        paid.refresh_from_db()
        assert paid.review_reason is None

    def test_an_unknown_receipt_reverses_nothing(self, operator: User, paid: Transaction) -> None:
        page = self.reverse(
            operator, paid, mpesa_receipt_number="OTHER00001", reason="RFX2, as agreed on"
        )

        assert "no customer was credited" in page
        assert money(paid.user) == (500, 0)
