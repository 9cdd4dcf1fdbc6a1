"""The page of a suspense case and of a proposal: what they show, and what may be decided there."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from common import clock
from operations.needs import list_needs
from payments import audit, case_facts
from payments.models import CaseShare, Reversal, SuspenseCase, Transaction, TransactionQuery
from payments.services import propose_resolution
from payments.services.statements import import_statement
from payments.tests.building import OTHER_PHONE, PHONE, make_customer, money, receive, success_body
from payments.tests.conftest import customer, deposit
from payments.tests.statement_files import FIRST, LAST, Moved, write_statement
from payments.tests.test_suspense_admin import clerk
from tests.sql.calling import pay_by_hand
from users import proposals
from users.models import AccountChange, Proposal, User
from wallet.models import JournalEntry

__all__ = ["customer", "deposit"]

pytestmark = pytest.mark.django_db

WHY = "the brother paid for both"


@pytest.fixture
def decider() -> Client:
    """Sign in an operator with every right about money."""
    return clerk(
        "254788888881", "view_suspensecase", "change_suspensecase", "add_proposal",
        "view_proposal", "change_proposal", "add_reversal", "view_transaction",
    )  # fmt: skip


@pytest.fixture
def approver() -> Client:
    """Sign in an operator who approves."""
    return clerk("254788888882", "view_proposal", "change_proposal", "view_suspensecase")


@pytest.fixture
def case(deposit: Transaction) -> SuspenseCase:
    """Hold KES 800 in suspense, where the deposit asked for 500."""
    receive(success_body(amount=800))
    return SuspenseCase.objects.get()


@pytest.fixture
def other() -> User:
    """Store another verified customer."""
    return make_customer(OTHER_PHONE)


def page_of(client: Client, row: SuspenseCase | Proposal) -> str:
    """Return the page, with single blanks."""
    answer = client.get(f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def decide(client: Client, row: SuspenseCase | Proposal, name: str, **form: Any) -> str:
    """Send a decision from the page of its row, and return the page that comes back."""
    path = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/decide/{name}/"
    answer = client.post(path, {"reason": WHY, **form}, follow=True)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def shares(**changes: str) -> dict[str, str]:
    """Return the form of a split: 500 for the deposit's own customer, 300 for the other."""
    return {
        "phone_1": PHONE, "amount_1": "500", "phone_2": OTHER_PHONE, "amount_2": "300.00",
        **changes,
    }  # fmt: skip


class TestProposalsOfAccounts:
    """Their numbers are of another table, which may have the case's."""

    def test_none_is_shown_or_decided_here(
        self, decider: Client, approver: Client, case: SuspenseCase, other: User
    ) -> None:
        change = AccountChange.objects.create(pk=case.pk, user=other)
        proposal = proposals.propose(
            kind=Proposal.Kind.SET_PASSWORD, subject_id=change.pk, operator=other, reason=WHY,
            now=clock.now(), detail=f"user {other.pk}",
        )  # fmt: skip

        assert f"/admin/users/proposal/{proposal.pk}/" not in page_of(decider, case)
        deposit_page = decider.get(f"/admin/payments/transaction/{case.transaction_id}/change/")
        assert f"/admin/users/proposal/{proposal.pk}/" not in deposit_page.content.decode()
        path = f"/admin/users/proposal/{proposal.pk}/decide/approve/"
        sent = approver.post(path, {"reason": WHY, "looked": "on", "amount": "800.00"})

        proposal.refresh_from_db()
        assert (sent.status_code, proposal.status) == (404, Proposal.Status.OPEN)


class TestExpiry:
    """Nobody approves what was proposed a day ago: it says what was true then."""

    @pytest.fixture
    def expired(self, case: SuspenseCase, other: User) -> Proposal:
        """Propose the other customer 24 hours ago."""
        return propose_resolution(
            case=case, user=other, operator=make_customer("254700000041"), reason=WHY,
            now=clock.now() - Proposal.CAN_BE_APPROVED_FOR,
        )  # fmt: skip

    def test_no_approval_carries_it_out(
        self, approver: Client, expired: Proposal, other: User
    ) -> None:
        page = decide(approver, expired, "approve", looked="on", amount="800.00")

        assert "it expired after 24 hours: propose it again" in page
        expired.refresh_from_db()
        assert (expired.status, expired.state(clock.now())) == ("OPEN", "expired")
        assert money(other)[0] == 0

    def test_the_pages_say_so_and_show_nothing_as_proposed(
        self, decider: Client, approver: Client, case: SuspenseCase, expired: Proposal
    ) -> None:
        page = page_of(approver, expired)
        assert "<dd>Expired</dd>" in page
        assert "It expired after 24 hours: propose it again, if it is still right." in page
        assert f"/admin/users/proposal/{expired.pk}/decide/approve/" not in page
        assert "will read" not in page
        of_case = page_of(decider, case)
        assert "<h2>Expired</h2>" in of_case
        assert "<h2>Proposed</h2>" not in of_case
        assert f"{case.pk}/decide/propose/" in of_case
        deposit = decider.get(f"/admin/payments/transaction/{case.transaction_id}/change/")
        assert f"/admin/users/proposal/{expired.pk}/" not in deposit.content.decode()

    def test_the_lists_tell_it_from_one_that_waits(
        self, approver: Client, expired: Proposal
    ) -> None:
        found = {
            state: f"/admin/users/proposal/{expired.pk}/"
            in approver.get(f"/admin/users/proposal/?state={state}").content.decode()
            for state in ("waiting", "expired", "approved", "rejected")
        }

        assert found == {"waiting": False, "expired": True, "approved": False, "rejected": False}

    def test_it_leaves_the_home_with_the_minute_and_the_case_stays_there(
        self, expired: Proposal
    ) -> None:
        just_before = expired.expires_at - timedelta(seconds=1)

        before = {need.kind.name for need in list_needs(now=just_before)}
        after = {need.kind.name for need in list_needs(now=expired.expires_at)}

        assert before - after == {"proposals"}
        assert "suspense" in after

    def test_it_is_proposed_again_and_that_one_is_approved(
        self, decider: Client, approver: Client, case: SuspenseCase, expired: Proposal, other: User
    ) -> None:
        decide(decider, case, "propose", phone_number=OTHER_PHONE)

        expired.refresh_from_db()
        assert (expired.status, expired.decision_reason) == (
            "REJECTED", "Expired after 24 hours, and proposed again.",
        )  # fmt: skip
        again = Proposal.objects.get(status="OPEN")
        assert "until" in page_of(approver, again)
        decide(approver, again, "approve", looked="on", amount="800.00")
        assert money(other)[0] == 800

    def test_it_may_be_rejected(self, approver: Client, expired: Proposal) -> None:
        decide(approver, expired, "reject")

        expired.refresh_from_db()
        assert expired.status == "REJECTED"


class TestCasePage:
    def test_it_shows_what_happened_and_what_giving_it_would_post(
        self, decider: Client, case: SuspenseCase
    ) -> None:
        page = page_of(decider, case)

        assert "KES 800.00 held" in page
        assert "asked for KES 500.00" in page
        assert "M-PESA's own record is not here yet" in page
        assert 'class="is-proposed"' in page
        assert "72 hours of a refund by M-PESA are over" in page
        assert "Our team is checking this deposit" in page
        assert "Timu yetu inakagua muamala huu" in page
        assert PHONE not in page

    def test_each_decision_says_who_may_and_a_link_leads_to_its_form(
        self, decider: Client, case: SuspenseCase
    ) -> None:
        page = page_of(decider, case)

        assert page.count("One operator") >= 4
        assert "Two operators, always" in page
        form = decider.get(f"/admin/payments/suspensecase/{case.pk}/decide/split/")
        assert "add up to it to the cent" in form.content.decode()
        assert Proposal.objects.count() == 0

    def test_above_the_limit_each_takes_two(
        self, decider: Client, case: SuspenseCase, settings: Any
    ) -> None:
        settings.OPERATOR_APPROVAL_ABOVE = 100

        assert "Two operators: above KES 100." in page_of(decider, case)

    def test_without_the_right_it_says_which(self, case: SuspenseCase) -> None:
        reader = clerk("254788888883", "view_suspensecase")

        page = page_of(reader, case)

        assert "Takes the right to decide cases." in page
        assert "/decide/" not in page
        path = f"/admin/payments/suspensecase/{case.pk}/decide/resolve/"
        assert reader.post(path, {"reason": WHY}).status_code == 403
        assert decider_is_refused(reader, case)

    def test_a_payment_of_ones_own_is_not_offered(self, case: SuspenseCase) -> None:
        User.objects.filter(pk=case.deposit.user_id).update(is_staff=True, is_superuser=True)
        client = Client()
        client.force_login(case.deposit.user)

        page = page_of(client, case)

        assert "a payment of yours" in page
        assert "/decide/" not in page

    def test_a_decision_is_made_from_the_page(self, decider: Client, case: SuspenseCase) -> None:
        page = decide(decider, case, "refunded")

        case.refresh_from_db()
        assert (case.status, case.decision) == ("RESOLVED", "refunded")
        assert "not in a statement yet" in page
        assert "It is decided already." in page

    def test_the_true_amount_of_a_correction_comes_from_the_page(
        self, decider: Client, case: SuspenseCase
    ) -> None:
        decide(decider, case, "correct", amount="500")
        page = decide(decider, case, "resolve")

        assert Transaction.objects.get().status == "COMPLETED"
        assert "Corrected from KES 800.00 to 500.00" in page

    def test_a_payment_by_hand_shows_what_was_typed(self, decider: Client) -> None:
        page = page_of(decider, pay_by_hand("500.00"))

        assert "Paid by hand, with no deposit of ours" in page
        assert "as typed" in page
        assert "propose its customer" in page
        assert "it is not known whose payment this is" in page

    def test_a_case_that_is_not_there(self, decider: Client) -> None:
        for wrong in ("0", "x"):
            path = f"/admin/payments/suspensecase/{wrong}/change/"
            assert decider.get(path).status_code == 302
        assert decider.get("/admin/payments/suspensecase/0/decide/split/").status_code == 404

    def test_many_cases_are_never_decided_in_one_go(
        self, decider: Client, case: SuspenseCase
    ) -> None:
        receive(success_body(amount=700, receipt="SECOND0001"))
        ids = list(SuspenseCase.objects.values_list("pk", flat=True))
        sent = {"action": "resolve", "_selected_action": ids, "reason": WHY}

        page = decider.post("/admin/payments/suspensecase/", sent, follow=True)

        assert "Choose one case" in page.content.decode()
        assert SuspenseCase.objects.filter(status="OPEN").count() == 2
        assert 'name="action"' not in page.content.decode()


def decider_is_refused(client: Client, case: SuspenseCase) -> bool:
    """Return whether the page takes no POST: nothing on it is edited."""
    path = f"/admin/payments/suspensecase/{case.pk}/change/"
    return client.post(path, {"amount": "1"}).status_code == 403


class TestSplit:
    def test_one_operator_proposes_and_another_approves(
        self, decider: Client, approver: Client, case: SuspenseCase, other: User
    ) -> None:
        page = decide(decider, case, "split", **shares())
        assert f"Case {case.pk} split, proposed" in page
        assert "In shares" in page or "in shares" in page
        assert (money(case.deposit.user), money(other)) == ((0, 800), (0, 800))
        proposal = Proposal.objects.get()

        told = page_of(approver, proposal)
        assert "Payment" in told or "KSh 500" in told
        assert "Share of an M-PESA payment, after a check: +300.00" in told
        assert "Sehemu ya malipo ya M-PESA" in told
        assert told.count('class="is-proposed"') == 4

        page = decide(approver, proposal, "approve", amount="800", looked="on")

        assert f"Proposal {proposal.pk}: approve done" in page
        assert (money(case.deposit.user), money(other)) == ((500, 0), (300, 0))
        assert Transaction.objects.get().status == "COMPLETED"
        assert "shared by 2" in page_of(decider, case)
        assert list(audit.find_problems()) == []

    @pytest.mark.parametrize(
        ("form", "says"),
        [
            ({"amount_2": "299.99"}, "add up to the payment to the cent"),
            ({"phone_2": "0799000000"}, "No customer has this number."),
            ({"amount_2": ""}, "This field is required."),
            ({"phone_3": OTHER_PHONE}, "How much is theirs?"),
            ({"phone_2": PHONE}, "each once"),
            ({"amount_2": "300.001"}, "no more than 2 decimal places"),
        ],
    )
    def test_what_is_no_split_is_refused(
        self, decider: Client, case: SuspenseCase, other: User, form: dict[str, str], says: str
    ) -> None:
        assert says in decide(decider, case, "split", **shares(**form))

        assert not Proposal.objects.exists()

    def test_a_customer_who_is_switched_off_gets_none(
        self, decider: Client, case: SuspenseCase, other: User
    ) -> None:
        User.objects.filter(pk=other.pk).update(is_active=False)

        assert "the account is switched off" in decide(decider, case, "split", **shares())

    def test_no_operator_proposes_a_share_of_their_own(
        self, decider: Client, case: SuspenseCase
    ) -> None:
        page = decide(decider, case, "split", **shares(phone_2="254788888881"))

        assert "nobody gives a payment to themselves" in page

    def test_each_share_is_taken_back_alone(
        self, decider: Client, approver: Client, case: SuspenseCase, other: User
    ) -> None:
        decide(decider, case, "split", **shares())
        decide(approver, Proposal.objects.get(), "approve", amount="800", looked="on")

        assert "no customer was credited" in decide(decider, case, "reverse", share="3")
        decide(decider, case, "reverse", share="2")

        assert Reversal.objects.get().entry == CaseShare.objects.get(number=2).entry
        assert (money(case.deposit.user), money(other)) == ((500, 0), (0, 0))
        assert "taken back" in page_of(decider, case)
        decide(decider, case, "reverse", share="1")
        assert JournalEntry.objects.filter(key__startswith="reverse:share:").count() == 2
        assert Transaction.objects.get().review_reason == "reversed"
        assert list(audit.find_problems()) == []


class TestProposalPage:
    @pytest.fixture
    def proposal(self, decider: Client, case: SuspenseCase, other: User) -> Proposal:
        """Propose to give the payment to the other customer."""
        decide(decider, case, "propose", phone_number=OTHER_PHONE)
        return Proposal.objects.get()

    @pytest.mark.parametrize(
        ("form", "says"),
        [
            ({"amount": "80", "looked": "on"}, "That is not the amount"),
            ({"amount": "800"}, "This field is required."),
            ({"amount": "800", "looked": "on", "reason": "short"}, "at least 10 characters"),
        ],
    )
    def test_an_approval_says_the_amount_and_that_one_looked(
        self, approver: Client, proposal: Proposal, form: dict[str, str], says: str
    ) -> None:
        page = decide(approver, proposal, "approve", **form)

        assert says in page
        assert "Nothing was decided" in page
        proposal.refresh_from_db()
        assert proposal.status == "OPEN"

    def test_the_proposer_reads_that_a_colleague_approves_and_may_reject(
        self, decider: Client, proposal: Proposal
    ) -> None:
        page = page_of(decider, proposal)
        assert "a colleague approves it" in page
        assert "/decide/approve/" not in page

        page = decide(decider, proposal, "reject")

        proposal.refresh_from_db()
        assert proposal.status == "REJECTED"
        assert "Rejected" in page or "REJECTED" in page.upper()

    def test_it_is_decided_only_with_the_right_and_by_a_form(
        self, approver: Client, proposal: Proposal
    ) -> None:
        reader = clerk("254788888884", "view_proposal")
        assert "Takes the right to decide proposals." in page_of(reader, proposal)
        path = f"/admin/users/proposal/{proposal.pk}/decide/"
        assert reader.post(f"{path}approve/", {"reason": WHY}).status_code == 403
        assert approver.get(f"{path}approve/").status_code == 403
        assert approver.post(f"{path}pocket/", {"reason": WHY}).status_code == 403
        assert approver.post("/admin/users/proposal/0/decide/reject/").status_code == 404
        assert approver.get("/admin/users/proposal/0/change/").status_code == 302
        assert approver.post(f"/admin/users/proposal/{proposal.pk}/change/").status_code == 403

    @pytest.mark.parametrize(
        ("name", "form", "amount"),
        [
            ("not_in_books", {}, "800"),
            ("correct", {"amount": "500"}, "500"),
            ("correct", {"amount": "900"}, "900"),
            ("resolve", {}, "800"),
        ],
    )
    def test_each_kind_is_shown_and_approved(
        self,
        decider: Client,
        approver: Client,
        case: SuspenseCase,
        settings: Any,
        name: str,
        form: dict[str, str],
        amount: str,
    ) -> None:
        settings.OPERATOR_APPROVAL_ABOVE = 100
        decide(decider, case, name, **form)
        proposal = Proposal.objects.get()

        assert "Will be posted" in page_of(approver, proposal)
        assert "It is proposed already" in page_of(decider, case)
        assert "approve done" in decide(approver, proposal, "approve", amount=amount, looked="on")
        assert "It is decided." not in page_of(approver, proposal)

    def test_a_reversal_is_shown_and_approved(
        self, decider: Client, approver: Client, case: SuspenseCase, settings: Any
    ) -> None:
        decide(decider, case, "resolve")
        settings.OPERATOR_APPROVAL_ABOVE = 100
        decide(decider, case, "reverse")
        proposal = Proposal.objects.get()

        assert "KES 800.00" in page_of(approver, proposal)
        assert "approve done" in decide(approver, proposal, "approve", amount="800", looked="on")
        assert money(case.deposit.user) == (0, 0)

    def test_a_kind_that_is_not_about_money_asks_for_no_amount(self, approver: Client) -> None:
        proposal = Proposal.objects.create(
            kind="another_kind", subject_id=1, detail="of a newer release", reason=WHY,
            proposed_by=make_customer("254733333333"), proposed_at=clock.now(),
        )  # fmt: skip

        page = page_of(approver, proposal)

        assert f"<h1>Proposal {proposal.pk}</h1>" in page
        assert "Will be posted" not in page
        assert 'name="amount"' not in page
        assert "/decide/approve/" in page


class TestRefundsUnseen:
    def count(self, **later: float) -> int:
        """Return how many refunds the home shows, so much later."""
        needs = list_needs(now=clock.now() + timedelta(**later))
        return sum(need.count for need in needs if need.kind.name == "refunds_unseen")

    def test_after_72_hours_without_a_statement_the_home_shows_it(
        self, decider: Client, case: SuspenseCase
    ) -> None:
        decide(decider, case, "refunded")

        assert self.count(hours=71) == 0
        assert self.count(hours=73) == 1

    def test_another_decision_waits_for_no_statement(
        self, decider: Client, case: SuspenseCase
    ) -> None:
        decide(decider, case, "not_in_books")

        assert self.count(hours=73) == 0

    def test_the_page_says_how_much_of_the_72_hours_is_left(
        self, decider: Client, case: SuspenseCase
    ) -> None:
        later = case.opened_at + timedelta(hours=1, minutes=30)
        assert case_facts.say_refund(case, later).startswith("70 h 30 left of the 72")
        decide(decider, case, "refunded")
        case.refresh_from_db()
        assert case.resolved_at is not None
        late = case_facts.say_refund(case, case.resolved_at + timedelta(hours=73))
        assert "in no statement after 72 hours" in late


class TestWitnesses:
    """M-PESA's own record beside what we asked for and what was reported."""

    def tell(self, tmp_path: Path, **fields: Any) -> None:
        """Import a statement with a row about the case's receipt."""
        path = write_statement(tmp_path, FIRST, Moved(account="rent", **fields), LAST)
        import_statement(path=path, name=path.name, uploaded_by=None, now=clock.now())

    def facts(self, case: SuspenseCase) -> dict[str, case_facts.Fact]:
        """Return the lines by their names."""
        return {fact.name: fact for fact in case_facts.find_witnesses(case).facts}

    @pytest.mark.parametrize(("amount", "agrees"), [(800, True), (640, False)])
    def test_a_row_of_the_statement(
        self, tmp_path: Path, case: SuspenseCase, amount: int, agrees: bool
    ) -> None:
        self.tell(tmp_path, amount=amount)

        assert case_facts.find_witnesses(case).record.startswith("M-PESA's statement, row")
        amount_fact = self.facts(case)["Amount"]
        assert (amount_fact.asked, amount_fact.reported) == ("500.00", "800.00")
        assert (amount_fact.recorded, amount_fact.agrees) == (f"{amount}.00", agrees)
        assert self.facts(case)["Payer"].recorded == "WANJIKU **** KAMAU 25471****678"
        assert self.facts(case)["Code"].agrees is True

    def test_an_answer_about_the_code(self, case: SuspenseCase) -> None:
        TransactionQuery.objects.create(
            receipt=case.mpesa_receipt_number, why="claim", business_short_code="174379",
            token_hash="a" * 64, state="answered", amount=800, verdict="held",
            transaction_status="Completed", result_code="0",
            answered_at=clock.now(), paid_at=case.opened_at,
        )  # fmt: skip

        assert case_facts.find_witnesses(case).record == "M-PESA's answer about the code"
        assert self.facts(case)["Amount"].agrees is True

    def test_without_one_nothing_agrees(self, case: SuspenseCase) -> None:
        assert case_facts.find_witnesses(case).record == ""
        assert {fact.agrees for fact in self.facts(case).values()} == {None}

    @pytest.mark.parametrize("reason", SuspenseCase.Reason.values)
    def test_each_reason_is_said_in_words(self, reason: str) -> None:
        assert case_facts.say_happened(SuspenseCase(reason=reason)) != reason

    def test_what_the_report_says_otherwise_than_we_asked_is_marked(
        self, case: SuspenseCase
    ) -> None:
        facts = self.facts(case)

        assert facts["Amount"].is_other_than_asked
        # Nobody had told us a code before, and the payer's clock is theirs.
        assert not any(facts[name].is_other_than_asked for name in ("Code", "Time", "Payer"))
