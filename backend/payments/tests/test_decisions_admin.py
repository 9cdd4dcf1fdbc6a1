"""The actions by which operators dismiss and correct cases, reverse credits and collect debts."""

from decimal import Decimal
from typing import Any

import pghistory
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from payments import case_facts
from payments.models import Debt, Reversal, SuspenseCase, Transaction
from payments.services import reverse_credit
from payments.tests.breaking import book
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from tests.sql.calling import approve, give, pay_by_hand, query, spend
from users.models import Proposal, User
from wallet.tests import ledger

pytestmark = pytest.mark.django_db

CASES = "/admin/payments/suspensecase/"
DEPOSITS = "/admin/payments/transaction/"
DEBTS = "/admin/payments/debt/"
PROPOSALS = "/admin/users/proposal/"
WHY = "seen in the portal"


def clerk(number: str, *rights: str) -> Client:
    """Sign in an operator who has these rights."""
    user = User.objects.create_user(number, "a-good-password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def decider() -> Client:
    """Sign in an operator who may decide and propose."""
    return clerk(
        "254788888881", "view_suspensecase", "change_suspensecase", "add_proposal",
        "view_proposal", "add_reversal", "view_transaction", "view_debt", "change_debt",
    )  # fmt: skip


@pytest.fixture
def approver() -> Client:
    """Sign in an operator who may approve."""
    return clerk("254788888882", "view_proposal", "change_proposal")


@pytest.fixture
def case(deposit: Transaction) -> SuspenseCase:
    """Hold KES 300 of a deposit of 500 in suspense."""
    receive(success_body(amount=300))
    return SuspenseCase.objects.get()


def send(client: Client, path: str, action: str, *rows: Any, **form: str) -> str:
    """Send an action with what its form holds, and return the page.

    A proposal is decided on its own page, with its amount typed.
    """
    if path == PROPOSALS:
        [proposal] = rows
        form = {"amount": str(case_facts.amount_of(proposal)), "looked": "on", **form}
        decided = client.post(f"{path}{proposal.pk}/decide/{action}/", form, follow=True)
        return str(decided.content.decode())
    sent = {"action": action, "_selected_action": [str(row.pk) for row in rows], **form}
    page = client.post(path, sent, follow=True)
    return str(page.content.decode())


class TestDismissing:
    @pytest.mark.parametrize(
        ("action", "says"),
        [("not_in_books", "the money never came"), ("refunded", "72 hours")],
    )
    def test_the_form_says_what_it_means_and_then_the_case_is_closed(
        self, decider: Client, case: SuspenseCase, action: str, says: str
    ) -> None:
        asked = send(decider, CASES, action, case)
        assert says in asked
        assert f"Case {case.pk}: M-PESA NLJ7RT61SV" in asked
        assert "Above KES 10000 nothing moves yet" in asked
        assert money(case.deposit.user) == (0, 300)

        page = send(decider, CASES, action, case, reason=WHY)

        case.refresh_from_db()
        assert (case.decision, case.resolution_note) == (action, WHY)
        assert f"Case {case.pk} {case.get_decision_display().lower()}" in page
        assert LogEntry.objects.get().get_change_message().endswith(f": {WHY}")
        assert money(case.deposit.user) == (0, 0)

    def test_a_payment_that_belongs_to_a_deposit_fills_in_its_receipt(
        self, decider: Client, deposit: Transaction
    ) -> None:
        query(deposit)
        case = pay_by_hand()
        assert "stands twice" in send(decider, CASES, "belongs_to_deposit", case)

        form = {"deposit_id": str(deposit.pk), "reason": WHY}
        send(decider, CASES, "belongs_to_deposit", case, **form)

        deposit.refresh_from_db()
        assert deposit.mpesa_receipt_number == case.mpesa_receipt_number
        assert money(deposit.user) == (500, 0)

    def test_a_deposit_that_does_not_fit_is_refused_with_a_sentence(
        self, decider: Client, case: SuspenseCase
    ) -> None:
        form = {"deposit_id": "999999", "reason": WHY}

        page = send(decider, CASES, "belongs_to_deposit", case, **form)

        assert "is not COMPLETED without a receipt" in page
        assert SuspenseCase.objects.get().status == "OPEN"

    @pytest.mark.parametrize("reason", ["", "too short", "         x"])
    def test_a_reason_has_ten_characters(
        self, decider: Client, case: SuspenseCase, reason: str
    ) -> None:
        send(decider, CASES, "refunded", case, reason=reason)

        assert SuspenseCase.objects.get().status == "OPEN"

    @pytest.mark.parametrize(
        "action", ["not_in_books", "refunded", "belongs_to_deposit", "correct", "reverse"]
    )
    def test_one_case_at_a_time(self, decider: Client, case: SuspenseCase, action: str) -> None:
        receive(success_body(amount=200, receipt="SECOND0001"))
        form = {"reason": WHY, "deposit_id": "1", "amount": "5"}

        page = send(decider, CASES, action, *SuspenseCase.objects.all(), **form)

        assert "Choose one" in page
        assert set(SuspenseCase.objects.values_list("status", flat=True)) == {"OPEN"}

    def test_cases_of_many_customers_are_not_given_in_one_go(
        self, decider: Client, case: SuspenseCase
    ) -> None:
        make_deposit(make_customer(OTHER_PHONE), checkout_request_id="ws_2", token="2")
        receive(success_body("ws_2", amount=200, receipt="SECOND0001"), token="2")

        page = send(decider, CASES, "resolve", *SuspenseCase.objects.all(), reason=WHY)

        assert "Choose one case" in page
        assert money(case.deposit.user) == (0, 500)


class TestCorrecting:
    def test_the_amount_is_corrected_and_the_case_stays_open(
        self, decider: Client, case: SuspenseCase
    ) -> None:
        assert "once and for ever" in send(decider, CASES, "correct", case)

        page = send(decider, CASES, "correct", case, amount="500.00", reason=WHY)

        assert f"Case {case.pk} corrected to kes 500.00" in page
        case.refresh_from_db()
        assert (case.status, case.true_amount) == ("OPEN", 500)
        assert case.correction_note == f"portal: {WHY}"
        again = send(decider, CASES, "correct", case, amount="600.00", reason=WHY)
        assert "its amount is corrected already" in again

    @pytest.mark.parametrize("amount", ["", "0", "-5", "1.001", "much", "NaN"])
    def test_no_amount_asks_again(self, decider: Client, case: SuspenseCase, amount: str) -> None:
        page = send(decider, CASES, "correct", case, amount=amount, reason=WHY)

        assert "Correct the amount" in page
        assert money(case.deposit.user) == (0, 300)


class TestAboveTheLimit:
    """With a limit of KES 299, so that the case of 300 is above it."""

    @pytest.fixture(autouse=True)
    def limit(self, settings: Any) -> None:
        """Let one operator decide up to KES 299."""
        settings.OPERATOR_APPROVAL_ABOVE = 299

    @pytest.mark.parametrize(
        ("action", "form", "what"),
        [
            ("resolve", {}, "to 2547****5678"),
            ("not_in_books", {}, "nobody gets the payment of case"),
            ("correct", {"amount": "5"}, "is KES 5.00"),
        ],
    )
    def test_it_becomes_a_proposal_and_another_operator_carries_it_out(
        self,
        decider: Client,
        approver: Client,
        case: SuspenseCase,
        action: str,
        form: dict[str, str],
        what: str,
    ) -> None:
        assert "proposed" in send(decider, CASES, action, case, reason=WHY, **form)
        assert money(case.deposit.user) == (0, 300)
        proposal = Proposal.objects.get()
        assert what in send(approver, PROPOSALS, "approve", proposal).replace("Nobody", "nobody")

        page = send(approver, PROPOSALS, "approve", proposal, reason="looked at it too")

        assert f"Proposal {proposal.pk}: approve done" in page
        assert money(case.deposit.user) in [(300, 0), (0, 0), (0, 5)]

    def test_without_the_right_to_propose_nothing_happens(self, case: SuspenseCase) -> None:
        alone = clerk("254788888883", "view_suspensecase", "change_suspensecase")

        page = send(alone, CASES, "refunded", case, reason=WHY)

        assert "you may not propose" in page
        assert SuspenseCase.objects.get().status == "OPEN"
        assert not Proposal.objects.exists()

    def test_a_correction_to_an_amount_above_it_is_proposed(
        self, decider: Client, case: SuspenseCase, settings: Any
    ) -> None:
        settings.OPERATOR_APPROVAL_ABOVE = 400

        send(decider, CASES, "correct", case, amount="401", reason=WHY)

        assert Proposal.objects.get().detail == "401.00"

    @pytest.mark.parametrize(("limit", "rows"), [(700, 0), (699, 1)])
    def test_so_is_what_is_above_it_with_what_the_operator_decided_alone_today(
        self, decider: Client, case: SuspenseCase, settings: Any, limit: int, rows: int
    ) -> None:
        settings.OPERATOR_APPROVAL_ABOVE = limit
        make_deposit(case.deposit.user, token="second", checkout_request_id="ws_2")
        receive(success_body("ws_2", amount=1, receipt="SECOND0001"), token="second")
        second = SuspenseCase.objects.latest("id")
        assert "resolved" in send(decider, CASES, "resolve", case, reason=WHY)
        shown = decider.get(f"{CASES}{second.pk}/change/").content.decode()
        assert "with what you decided alone today." in shown

        page = send(decider, CASES, "correct", second, amount="400", reason=WHY)

        assert ("corrected to kes 400, proposed" in page) is bool(rows)
        assert Proposal.objects.filter(detail="400.00").count() == rows
        assert money(case.deposit.user) == (300, 1 if rows else 400)

    def test_the_page_says_so_before(
        self, decider: Client, case: SuspenseCase, settings: Any
    ) -> None:
        settings.OPERATOR_APPROVAL_ABOVE = 300
        make_deposit(case.deposit.user, token="second", checkout_request_id="ws_2")
        receive(success_body("ws_2", amount=1, receipt="SECOND0001"), token="second")
        second = SuspenseCase.objects.latest("id")
        send(decider, CASES, "resolve", case, reason=WHY)

        page = decider.get(f"{CASES}{second.pk}/change/").content.decode()

        assert "Two operators with what you decided alone today: above KES 300." in page
        assert "Two operators upward with what you decided alone today: above KES 300." in page

    def test_a_reversal_is_proposed_with_its_debt(
        self, decider: Client, approver: Client, deposit: Transaction
    ) -> None:
        receive(success_body())
        spend(deposit.user, 200)
        form = {"mpesa_receipt_number": "NLJ7RT61SV", "reason": WHY}
        asked = send(decider, DEPOSITS, "reverse_credit", deposit, **form)
        assert "becomes a debt of\nKES 200.00" in asked

        send(decider, DEPOSITS, "reverse_credit", deposit, **form, most_owed="200.00")

        proposal = Proposal.objects.get()
        assert proposal.detail == "owing:200.00"
        move(deposit.user, 1)
        page = send(approver, PROPOSALS, "approve", proposal, reason="looked at it too")
        assert "the wallet lacks KES 201.00 by now" in page
        assert not Reversal.objects.exists()


def move(user: User, amount: int) -> None:
    """Take more money out of a wallet."""
    ledger.post(
        key="spent again", debit=ledger.get_customer_account(user.pk),
        credit=ledger.get_clearing_account("174379"), amount=Decimal(amount), description="",
        now=NOON,
    )  # fmt: skip


class TestProposingOnly:
    def test_who_may_only_propose_proposes_even_small_decisions(self, case: SuspenseCase) -> None:
        support = clerk("254788888883", "view_suspensecase", "add_proposal")

        page = send(support, CASES, "not_in_books", case, reason=WHY)

        assert "proposed" in page
        assert Proposal.objects.get().detail == "not_in_books"
        assert SuspenseCase.objects.get().status == "OPEN"

    def test_reading_is_neither(self, case: SuspenseCase) -> None:
        reader = clerk("254788888883", "view_suspensecase")

        for action in ("not_in_books", "refunded", "belongs_to_deposit", "correct", "reverse"):
            send(reader, CASES, action, case, reason=WHY, amount="5", deposit_id="1")

        assert money(case.deposit.user) == (0, 300)
        assert not Proposal.objects.exists()


class TestReversing:
    def test_the_debt_is_shown_first_and_then_confirmed(
        self, decider: Client, deposit: Transaction
    ) -> None:
        receive(success_body())
        spend(deposit.user, 200)
        form = {"mpesa_receipt_number": "NLJ7RT61SV", "reason": WHY}

        asked = send(decider, DEPOSITS, "reverse_credit", deposit, **form)
        assert "the wallet lacks KES 200.00" in asked
        assert 'name="most_owed" value="200.00"' in asked
        assert not Reversal.objects.exists()

        page = send(decider, DEPOSITS, "reverse_credit", deposit, **form, most_owed="200.00")

        assert f"Deposit {deposit.pk} reversed" in page
        assert (Debt.objects.get().amount, money(deposit.user)) == (200, (0, 0))

    def test_a_payment_by_hand_without_a_deposit(
        self, decider: Client, customer: User, deposit: Transaction
    ) -> None:
        operator = make_customer(OTHER_PHONE)
        case = pay_by_hand("10.50")
        assert "no customer was credited" in send(decider, CASES, "reverse", case, reason=WHY)
        approve(case, customer, operator)
        give(case, customer, operator)
        assert f"Case {case.pk}: M-PESA NLJ7RT61SV" in send(decider, CASES, "reverse", case)

        page = send(decider, CASES, "reverse", case, reason=WHY)

        assert f"Case {case.pk} reversed" in page
        assert money(customer) == (0, 0)
        assert Reversal.objects.get().case == case


class TestDebts:
    @pytest.fixture
    def debt(self, deposit: Transaction) -> Debt:
        """Let the customer owe KES 200."""
        receive(success_body())
        spend(deposit.user, 200)
        return self.take_back(deposit)

    def take_back(self, deposit: Transaction) -> Debt:
        """Reverse a deposit after 200 of it was spent."""
        deposit.refresh_from_db()
        assert deposit.credit_entry is not None
        operator, _ = User.objects.get_or_create(phone_number="254788888889")
        reverse_credit(
            entry=deposit.credit_entry, operator=operator, reason=WHY, now=NOON,
            most_owed=Decimal(200),
        )  # fmt: skip
        return Debt.objects.latest("id")

    def test_the_list_shows_what_is_left_and_how_old_it_is(
        self, decider: Client, debt: Debt
    ) -> None:
        page = decider.get(DEBTS).content.decode()

        assert "2547****5678" in page
        assert "200.00" in page
        assert "days" in page
        assert decider.get(f"{DEBTS}{debt.pk}/change/").status_code == 200

    def test_what_the_wallet_holds_is_collected(self, decider: Client, debt: Debt) -> None:
        empty = send(decider, DEBTS, "collect", debt, reason=WHY)
        assert "the wallet is empty" in empty
        book(debt.customer, 150)
        assert "KES 200.00 left" in send(decider, DEBTS, "collect", debt)

        page = send(decider, DEBTS, "collect", debt, reason=WHY)

        assert f"Debt {debt.pk}: KES 150.00 collected" in page
        book(debt.customer, 150, "more")
        send(decider, DEBTS, "collect", debt, reason=WHY)
        assert money(debt.customer) == (100, 0)
        assert "it is repaid" in send(decider, DEBTS, "collect", debt, reason=WHY)

    def test_one_at_a_time_with_the_right_to_and_never_ones_own(
        self, decider: Client, debt: Debt
    ) -> None:
        second = make_deposit(
            make_customer(OTHER_PHONE), checkout_request_id="ws_2", token="2", amount=Decimal(200)
        )
        receive(success_body("ws_2", amount=200, receipt="SECOND0001"), token="2")
        move(second.user, 200)
        other = self.take_back(second)
        book(debt.customer, 150)
        assert "Choose one debt" in send(decider, DEBTS, "collect", debt, other, reason=WHY)
        send(clerk("254788888883", "view_debt"), DEBTS, "collect", debt, reason=WHY)
        own = User.objects.get(pk=debt.customer_id)
        own.is_staff = own.is_superuser = True
        with pghistory.context(command="test"):
            own.save()
        client = Client()
        client.force_login(own)
        assert "money of their own" in send(client, DEBTS, "collect", debt, reason=WHY)

        assert money(debt.customer) == (150, 0)
