"""A payment goes to another customer in the admin: one operator proposes, another approves."""

from typing import Any

import pghistory
import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from payments import case_facts
from payments.models import SuspenseCase, Transaction
from payments.tests.building import OTHER_PHONE, make_customer, money, receive, success_body
from users.models import Proposal, User

pytestmark = pytest.mark.django_db

CASES = "/admin/payments/suspensecase/"
PROPOSALS = "/admin/users/proposal/"


def clerk(number: str, *rights: str) -> Client:
    """Sign in an operator who has these rights."""
    # As a command does it: the application's role gives no rights without two operators.
    with pghistory.context(command="a test"):
        user = User.objects.create_user(number, "a-good-password", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def proposer() -> Client:
    """Sign in an operator who may propose."""
    return clerk("254788888881", "view_suspensecase", "add_proposal", "view_proposal")


@pytest.fixture
def approver() -> Client:
    """Sign in an operator who may approve."""
    return clerk("254788888882", "view_proposal", "change_proposal")


@pytest.fixture
def case(deposit: Transaction) -> SuspenseCase:
    """Hold a payment of the wrong amount in suspense."""
    receive(success_body(amount=300))
    return SuspenseCase.objects.get()


@pytest.fixture
def other() -> User:
    """Store another verified customer."""
    return make_customer(OTHER_PHONE)


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


def propose(client: Client, case: SuspenseCase, **changes: str) -> str:
    """Propose the other customer for a case."""
    form = {"phone_number": OTHER_PHONE, "reason": "his brother typed", **changes}
    return send(client, CASES, "propose", case, **form)


class TestTwoOperators:
    def test_one_operator_proposes_and_another_approves(
        self, proposer: Client, approver: Client, case: SuspenseCase, other: User
    ) -> None:
        assert f"Case {case.pk} proposed" in propose(proposer, case)
        assert money(other) == (0, 300)
        proposal = Proposal.objects.get()

        page = send(approver, PROPOSALS, "approve", proposal, reason="called both")

        assert f"Proposal {proposal.pk}: approve done" in page
        assert money(other) == (300, 0)
        told = [entry.get_change_message() for entry in LogEntry.objects.order_by("id")]
        assert told == [f"Proposed {other}: his brother typed", "approve: called both"]

    def test_each_form_comes_first(
        self, proposer: Client, approver: Client, case: SuspenseCase, other: User
    ) -> None:
        assert "Nothing moves yet" in send(proposer, CASES, "propose", case)
        propose(proposer, case)

        page = send(approver, PROPOSALS, "approve", Proposal.objects.get())

        assert "What 2547****8881 says" in page
        assert "his brother typed" in page
        assert Proposal.objects.get().status == "OPEN"

    def test_a_rejection_moves_nothing(
        self, proposer: Client, approver: Client, case: SuspenseCase, other: User
    ) -> None:
        propose(proposer, case)

        send(approver, PROPOSALS, "reject", Proposal.objects.get(), reason="not his brother")

        assert Proposal.objects.get().status == "REJECTED"
        assert money(other) == (0, 300)

    def test_even_every_right_is_one_operator(self, case: SuspenseCase, other: User) -> None:
        root = Client()
        root.force_login(User.objects.create_superuser("254799999999", "a-good-password"))
        propose(root, case)

        page = send(
            root, PROPOSALS, "approve", Proposal.objects.get(), reason="I am both, as agreed on"
        )

        assert "does not approve it" in page
        assert money(other) == (0, 300)


class TestRights:
    def test_proposing_is_not_deciding(
        self, proposer: Client, case: SuspenseCase, other: User
    ) -> None:
        propose(proposer, case)

        for action in ("approve", "reject"):
            send(
                proposer, PROPOSALS, action, Proposal.objects.get(), reason="why not, as agreed on"
            )
        send(proposer, CASES, "resolve", case, reason="why not, as agreed on")

        assert Proposal.objects.get().status == "OPEN"
        assert SuspenseCase.objects.get().status == "OPEN"

    def test_deciding_is_not_proposing(self, case: SuspenseCase, other: User) -> None:
        approver = clerk("254788888883", "view_suspensecase", "change_proposal", "view_proposal")

        propose(approver, case)

        assert not Proposal.objects.exists()

    def test_the_right_to_resolve_cases_is_no_right_to_propose(
        self, case: SuspenseCase, other: User
    ) -> None:
        propose(clerk("254788888884", "view_suspensecase", "change_suspensecase"), case)

        assert not Proposal.objects.exists()


class TestRefused:
    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"is_staff": True}, "operators get no payments of others"),
            ({"is_active": False}, "the account is switched off"),
            ({"kyc_status": "PENDING"}, "the customer is not verified"),
        ],
    )
    def test_the_page_says_why_a_customer_may_not_get_the_payment(
        self,
        proposer: Client,
        case: SuspenseCase,
        other: User,
        fields: dict[str, Any],
        says: str,
    ) -> None:
        User.objects.filter(pk=other.pk).update(**fields)

        assert says in propose(proposer, case)
        assert not Proposal.objects.exists()

    @pytest.mark.parametrize("number", ["", "0799000000"])
    def test_a_number_of_no_customer_asks_again(
        self, proposer: Client, case: SuspenseCase, number: str
    ) -> None:
        assert "Propose another customer" in propose(proposer, case, phone_number=number)
        assert not Proposal.objects.exists()

    def test_one_case_and_one_proposal_at_a_time(
        self, proposer: Client, approver: Client, case: SuspenseCase, other: User
    ) -> None:
        receive(success_body(amount=300, receipt="SECOND0001"))
        cases = list(SuspenseCase.objects.all())
        form = {"phone_number": OTHER_PHONE, "reason": "both, as agreed on"}
        assert "Choose one case" in send(proposer, CASES, "propose", *cases, **form)
        for each in cases:
            propose(proposer, each)

        ids = list(Proposal.objects.values_list("pk", flat=True))
        sent = {"action": "approve", "_selected_action": ids, "reason": "both, as agreed on"}
        approver.post(PROPOSALS, sent)

        assert Proposal.objects.filter(status="OPEN").count() == 2
        assert money(other)[0] == 0

    def test_a_second_proposal_is_refused_with_a_message(
        self, proposer: Client, case: SuspenseCase, other: User
    ) -> None:
        propose(proposer, case)

        assert "it is proposed already" in propose(proposer, case)
