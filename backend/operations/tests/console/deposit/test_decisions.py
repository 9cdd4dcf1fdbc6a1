"""What may be done from a deposit's page: by M-PESA's own word, once, and never by its owner."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.http import Http404
from django.test import Client

from operations.console.deposit import actions, decisions
from operations.tests.console.deposit.known import (
    ALL,
    REFERENCE,
    bring,
    finance,
    make_lost,
    read,
    text_of,
    url,
)
from operations.tests.console.operators import make_operator, sign_in
from payments.models import PullRun, SuspenseCase, Transaction, UnpaidDeposit
from payments.tests.building import (
    NOON,
    RECEIPT,
    broken_table,
    failure_body,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.statement_rows import add_file, add_row
from users.models import User

pytestmark = pytest.mark.django_db

REASON = "row of the statement and SMS agree"


def send(client: Client, path: str, **form: Any) -> str:
    """Confirm what a page asks, as it was drawn now, and return the page that follows."""
    drawn = client.get(path)
    assert drawn.status_code == 200, drawn.status_code
    seen = drawn.context["form"].initial["seen"]
    sent = {"seen": seen, "reason": REASON, "looked": "on", **form}
    return str(client.post(path, sent, follow=True).content.decode())


def whys(deposit: Transaction, operator: User | None = None) -> dict[str, str]:
    """Return what prevents each action, by its label; of the possible ones what is said."""
    operator = operator or make_operator(*ALL)
    found = actions.list_page_actions(read(deposit, operator), operator)
    return {
        page_action.label: ("" if not page_action.url else "can: ") + page_action.why
        for page_action in found
    }


class TestCredit:
    @pytest.fixture
    def deposit(self) -> Transaction:
        """Store a deposit that failed here."""
        deposit = make_deposit(account_reference=REFERENCE)
        receive(failure_body())
        return deposit

    def test_it_shows_both_records_and_moves_nothing(self, deposit: Transaction) -> None:
        _, row = bring()

        text = text_of(finance(), url(deposit, f"row/{row.pk}/"))

        assert "Credit KSh 500.00 by NLJ7RT61SV?" in text
        assert text.count(">agrees<") == 4
        assert "Payment received. KSh 500 is in your wallet." in text
        assert money(deposit.user) == (0, 0)

    def test_confirmed_it_credits_once(self, deposit: Transaction) -> None:
        _, row = bring()
        client = finance()
        path = url(deposit, f"row/{row.pk}/")

        text = send(client, path)

        assert "In the wallet" in text
        assert "Credited" in text
        assert money(deposit.user) == (500, 0)
        assert LogEntry.objects.get().change_message == f"Credit KSh 500.00 by {RECEIPT}: {REASON}"
        assert client.post(path, {"reason": REASON}).status_code == 404
        assert money(deposit.user) == (500, 0)

    @pytest.mark.parametrize(
        "form", [{"reason": "short"}, {"reason": " " * 20}, {"looked": ""}, {"seen": ""}]
    )
    def test_not_without_a_reason_and_a_look(
        self, deposit: Transaction, form: dict[str, str]
    ) -> None:
        _, row = bring()

        text = send(finance(), url(deposit, f"row/{row.pk}/"), **form)

        assert "Nothing was done" in text
        assert money(deposit.user) == (0, 0)

    def test_what_changed_meanwhile_is_looked_at_again(self, deposit: Transaction) -> None:
        _, row = bring()
        client = finance()
        path = url(deposit, f"row/{row.pk}/")
        seen = client.get(path).context["form"].initial["seen"]
        Transaction.objects.filter(pk=deposit.pk).update(updated_at=NOON + timedelta(hours=1))

        page = client.post(path, {"seen": seen, "reason": REASON, "looked": "on"}, follow=True)

        assert "changed after this page was drawn" in page.content.decode()
        assert money(deposit.user) == (0, 0)

    def test_the_uploader_settles_only_small_sums(
        self, deposit: Transaction, settings: Any
    ) -> None:
        settings.OPERATOR_APPROVAL_ABOVE = 100
        client = finance()
        _, row = bring(User.objects.get(phone_number="254788888888"))

        text = send(client, url(deposit, f"row/{row.pk}/"))

        assert "another operator than the uploader" in text
        assert money(deposit.user) == (0, 0)
        assert not LogEntry.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_an_error_of_the_database_is_said(self, deposit: Transaction) -> None:
        _, row = bring()
        client = finance()

        with broken_table("payments_receipt"):
            text = send(client, url(deposit, f"row/{row.pk}/"))

        assert "met an error" in text
        assert money(deposit.user) == (0, 0)

    def test_nobody_credits_themselves(self, deposit: Transaction) -> None:
        _, row = bring()
        deposit.user.is_staff = True
        deposit.user.is_superuser = True
        deposit.user.save()
        own = sign_in(deposit.user)

        text = text_of(own, url(deposit))

        assert text.count("This deposit is your own") == 5
        assert f"row/{row.pk}/" not in text
        for where in (f"row/{row.pk}/", "reverse/", "ask/", "ask-about/", "not-paid/1/"):
            assert own.post(url(deposit, where), {"reason": REASON}).status_code == 403, where
        assert money(deposit.user) == (0, 0)

    def test_it_takes_the_right_to_settle(self, deposit: Transaction) -> None:
        _, row = bring()
        rights = [right for right in ALL if right != "change_statementrow"]
        client = sign_in(make_operator(*rights))

        assert "Takes the right to settle rows" in text_of(client, url(deposit))
        assert client.get(url(deposit, f"row/{row.pk}/")).status_code == 403

    def test_a_row_of_another_deposit_is_not_found(self, deposit: Transaction) -> None:
        _, row = bring(reference="KP2345678ABC")

        assert finance().get(url(deposit, f"row/{row.pk}/")).status_code == 404

    def test_a_row_with_another_amount_is_held(self, deposit: Transaction) -> None:
        _, row = bring(amount_in=300)

        text = send(finance(), url(deposit, f"row/{row.pk}/"))

        assert "Hold KSh 300.00 in suspense" in LogEntry.objects.get().change_message
        assert "Held in suspense" in text
        assert money(deposit.user) == (0, 300)


class TestWhyNotCredit:
    def test_the_statement_that_is_missing_is_named(self, settings: Any) -> None:
        deposit = make_lost()

        why = whys(deposit)

        missing = "M-PESA's statement of 20 Nov has not been brought yet"
        assert why["Credit by a code of M-PESA's"] == f"{missing}."
        assert why["Confirm not paid"].startswith(missing)

    @pytest.mark.parametrize(("is_there", "words"), [(True, "had nothing"), (False, "not pulled")])
    def test_so_is_mpesas_own_list(self, is_there: bool, words: str, settings: Any) -> None:
        settings.PULL_ENABLED, settings.MPESA_DEBUG = True, False
        deposit = make_lost()
        if is_there:
            nothing = dict.fromkeys(("credited", "filled", "held", "unreadable", "failed"), 0)
            PullRun.objects.create(
                window_begin=NOON - timedelta(hours=1), window_end=NOON + timedelta(hours=1),
                outcome="complete", requests=1, rows=1, known=1, started_at=NOON, **nothing,
            )  # fmt: skip

        assert words in whys(deposit)["Credit by a code of M-PESA's"]

    def test_a_statement_that_covers_it_says_so(self) -> None:
        deposit = make_lost()
        file = add_file()

        covers = f"Statement {file.pk} covers it, and has no payment for it."
        assert whys(deposit)["Credit by a code of M-PESA's"] == covers

    def test_what_is_credited_or_held_or_hidden(self) -> None:
        held = make_deposit()
        receive(success_body(amount=300))
        operator = make_operator(*ALL)
        assert "the case below" in whys(held, operator)["Credit by a code of M-PESA's"]
        assert "its case decides" in whys(held, operator)["Confirm not paid"]

        looker = make_operator("view_transaction", number="254788888887")
        other = make_lost(User.objects.create_user("254711000000", None), token="2",
                          checkout_request_id="ws_2")  # fmt: skip
        why = whys(other, looker)
        right = "Takes the right to see M-PESA's statements."
        assert [why["Credit by a code of M-PESA's"], why["Confirm not paid"]] == [right, right]

        paid = make_deposit(other.user, token="3", checkout_request_id="ws_3")
        receive(success_body("ws_3", receipt="NLJ7RT61SX"), token="3")
        why = whys(paid, operator)
        assert why["Credit by a code of M-PESA's"] == "It is credited already."
        assert why["Confirm not paid"] == "It is credited already."
        assert why["Ask M-PESA now"] == "M-PESA's answer is here already."


class TestNotPaid:
    def test_a_whole_statement_ends_the_deposit(self) -> None:
        deposit = make_lost()
        file = add_file()
        client = finance()
        path = url(deposit, f"not-paid/{file.pk}/")
        assert "Confirm not paid…" in text_of(client, url(deposit))

        text = send(client, path)

        assert "a whole statement of M-PESA" in text
        assert UnpaidDeposit.objects.get().reason == REASON
        assert "Confirmed not paid by statement" in text
        assert client.get(path).status_code == 404
        assert money(deposit.user) == (0, 0)

    def test_what_comes_between_look_and_decision_keeps_it_open(self) -> None:
        deposit = make_lost()
        file = add_file()
        client = finance()
        path = url(deposit, f"not-paid/{file.pk}/")
        seen = client.get(path).context["form"].initial["seen"]
        receive(success_body())

        page = client.post(path, {"seen": seen, "reason": REASON, "looked": "on"})

        assert page.status_code == 404
        assert money(deposit.user) == (500, 0)

    def test_why_a_statement_proves_nothing(self) -> None:
        deposit = make_lost()
        operator = make_operator(*ALL)
        file = add_file(is_chained=False)
        assert "proves nothing" in whys(deposit, operator)["Confirm not paid"]

        file = add_file(digest="b" * 64)
        add_row(file)
        assert "account number says nothing" in whys(deposit, operator)["Confirm not paid"]

        _, row = file, add_row(file, reference=REFERENCE, receipt="NLJ7RT61SX")
        assert "has a payment for it" in whys(deposit, operator)["Confirm not paid"]
        assert row.pk

    def test_it_takes_the_right_to_settle(self) -> None:
        deposit = make_lost()
        file = add_file()
        rights = [right for right in ALL if right != "change_statementrow"]
        operator = make_operator(*rights)

        assert "Takes the right to settle" in whys(deposit, operator)["Confirm not paid"]
        page = sign_in(operator).get(url(deposit, f"not-paid/{file.pk}/"))
        assert page.status_code == 403


class TestAsk:
    def test_the_next_question_is_due_now(self) -> None:
        deposit = make_deposit(next_query_at=NOON + timedelta(days=900))
        client = finance()

        text = client.post(url(deposit, "ask/"), follow=True).content.decode()

        assert "M-PESA is asked now" in text
        deposit.refresh_from_db()
        assert deposit.next_query_at is not None
        assert deposit.next_query_at < NOON + timedelta(days=800)
        assert LogEntry.objects.get().change_message == "Asked M-PESA"

    def test_also_where_none_was_planned_any_more(self) -> None:
        deposit = make_lost()

        finance().post(url(deposit, "ask/"))

        deposit.refresh_from_db()
        assert deposit.next_query_at is not None
        assert (deposit.status, deposit.review_reason) == ("PENDING", "no_answer")

    def test_twice_is_once(self) -> None:
        deposit = make_deposit(next_query_at=NOON + timedelta(days=900))
        client = finance()
        client.post(url(deposit, "ask/"))

        text = client.post(url(deposit, "ask/"), follow=True).content.decode()

        assert "Not asked: a question is under way" in text
        assert "A question is on its way already." in text
        assert LogEntry.objects.count() == 1

    def test_a_prompt_without_an_id_cannot_be_asked_about(self) -> None:
        deposit = make_lost(checkout_request_id=None)

        finance().post(url(deposit, "ask/"))

        deposit.refresh_from_db()
        assert deposit.next_query_at is None

    def test_looking_asks_nothing(self) -> None:
        assert finance().get(url(make_deposit(), "ask/")).status_code == 405

    def test_not_where_a_case_decides(self) -> None:
        deposit = make_deposit()
        receive(success_body(amount=300))

        assert "A case decides" in whys(deposit)["Ask M-PESA now"]


class TestAskAboutACode:
    @pytest.fixture(autouse=True)
    def _initiator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("payments.conf.asks_about_transactions", lambda: True)

    def test_the_code_is_asked_about(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[str | None] = []
        monkeypatch.setattr(
            decisions, "ask_mpesa", lambda page, request, receipt: asked.append(receipt)
        )
        deposit = make_deposit()
        client = finance()
        assert "Ask M-PESA about a code…" in text_of(client, url(deposit))

        page = client.post(url(deposit, "ask-about/"), {"code": " nlj7rt61sv "})

        assert page["Location"] == url(deposit)
        assert asked == [RECEIPT]

    def test_what_is_no_code_is_refused(self) -> None:
        deposit = make_deposit()
        receive(success_body())
        client = finance()
        assert f'value="{RECEIPT}"' in text_of(client, url(deposit, "ask-about/"))

        page = client.post(url(deposit, "ask-about/"), {"code": "no code"})

        assert "This is no M-PESA code." in page.content.decode()

    def test_it_takes_right_and_initiator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        deposit = make_deposit()
        looker = make_operator("view_transaction", number="254788888887")
        assert "decide about claims" in whys(deposit, looker)["Ask M-PESA about a code…"]
        assert sign_in(looker).get(url(deposit, "ask-about/")).status_code == 403

        monkeypatch.setattr("payments.conf.asks_about_transactions", lambda: False)
        assert finance().get(url(deposit, "ask-about/")).status_code == 403


class TestReverse:
    def test_it_asks_and_takes_back(self) -> None:
        deposit = make_deposit()
        receive(success_body())
        client = finance()
        path = url(deposit, "reverse/")
        assert "Reverse deposits" in text_of(client, path)

        form = {"mpesa_receipt_number": RECEIPT, "reason": "reversed by M-PESA: NLJ8"}
        page = client.post(path, form, follow=True)

        assert page.redirect_chain[-1][0] == url(deposit)
        text = page.content.decode()
        assert "M-PESA took the payment back" in text
        assert "It is taken back already." in text
        assert money(deposit.user) == (0, 0)

    def test_why_it_may_not(self) -> None:
        deposit = make_deposit()
        operator = make_operator(*ALL)
        label = "Record that M-PESA took it back"
        assert whys(deposit, operator)[label] == "Nothing was credited."

        receive(success_body())
        looker = make_operator("view_transaction", number="254788888887")
        assert "right to add reversals" in whys(deposit, looker)[label]
        assert sign_in(looker).get(url(deposit, "reverse/")).status_code == 403


class TestCases:
    @pytest.fixture
    def case(self) -> SuspenseCase:
        """Hold a payment of another amount."""
        make_deposit()
        receive(success_body(amount=300))
        return SuspenseCase.objects.get()

    def test_each_decision_asks_for_a_reason_first(self, case: SuspenseCase) -> None:
        client = finance()
        text = text_of(client, url(case.deposit))

        for name in actions.CASE_LABELS:
            path = url(case.deposit, f"case/{case.pk}/{name}/")
            assert path in text
            assert 'name="reason"' in text_of(client, path)
        assert SuspenseCase.objects.get().status == "OPEN"

    def test_given_to_its_customer_it_leads_back(self, case: SuspenseCase) -> None:
        path = url(case.deposit, f"case/{case.pk}/resolve/")

        page = finance().post(path, {"reason": REASON}, follow=True)

        assert page.redirect_chain[-1][0] == url(case.deposit)
        assert f"Case {case.pk} resolved" in page.content.decode()
        assert money(case.deposit.user) == (300, 0)

    def test_what_takes_two_says_so(self, case: SuspenseCase, settings: Any) -> None:
        settings.OPERATOR_APPROVAL_ABOVE = 100
        text = text_of(finance(), url(case.deposit))

        assert text.count("Takes a second operator.") == len(actions.CASE_LABELS)

    def test_so_does_what_is_too_much_for_the_operators_day(
        self, case: SuspenseCase, settings: Any
    ) -> None:
        settings.OPERATOR_APPROVAL_ABOVE = 300
        client = finance()
        make_deposit(case.deposit.user, token="second", checkout_request_id="ws_2")
        receive(success_body("ws_2", amount=1, receipt="SECOND0001"), token="second")
        second = SuspenseCase.objects.latest("id")
        assert text_of(client, url(second.deposit)).count("Takes a second operator.") == 1
        client.post(url(case.deposit, f"case/{case.pk}/resolve/"), {"reason": REASON})
        assert money(case.deposit.user) == (300, 1)

        # To give it, to correct it upward, and to propose another customer.
        assert text_of(client, url(second.deposit)).count("Takes a second operator.") == 3

    def test_only_its_own_open_cases_by_known_names(self, case: SuspenseCase) -> None:
        client = finance()

        for where in (f"case/{case.pk}/delete_selected/", "case/999/resolve/", "case/1/reverse/"):
            assert client.get(url(case.deposit, where)).status_code == 404
        looker = sign_in(
            make_operator("view_transaction", "view_suspensecase", number="254788888887")
        )
        assert looker.get(url(case.deposit, f"case/{case.pk}/resolve/")).status_code == 403
        assert "Takes the right to decide cases" in text_of(looker, url(case.deposit))

    def test_one_that_holds_nothing_has_no_amount_to_correct(self) -> None:
        deposit = make_deposit()
        case = SuspenseCase.objects.create(
            transaction=deposit, mpesa_receipt_number="NLJ7RT61SX", reason="receipt_used"
        )

        assert f"case/{case.pk}/correct/" not in text_of(finance(), url(deposit))


def test_a_proof_that_is_gone_is_not_found() -> None:
    deposit = make_lost()
    file = add_file(is_chained=False)

    with pytest.raises(Http404):
        decisions.find_proof_of_unpaid(read(deposit), file.pk)
