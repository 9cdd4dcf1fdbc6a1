"""The page of a deposit: what it shows to whom, by how many reads, and over which indexes."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import clock
from operations.console.customer import facts as of_customer
from operations.console.deposit import events
from operations.console.deposit import facts as of_deposit
from operations.console.deposit.facts import MOST
from operations.console.deposit.postings import list_accounts
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
from operations.tests.console.deposit.test_evidence import add_reports
from operations.tests.console.operators import make_operator, sign_in
from operations.tests.console.test_look_ups import list_scans_to_the_end
from payments.models import SuspenseCase, Transaction
from payments.services import resolve_suspense_case
from payments.tests.building import (
    NOON,
    PHONE,
    RECEIPT,
    failure_body,
    make_deposit,
    receive,
    success_body,
)
from tests.sql.calling import approve, forget_statistics, pay_by_hand, reverse_owing, spend
from users import proposals
from users.models import Proposal, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    """Store another operator, by name."""
    return User.objects.create_superuser("254799999999", "a-good-password", full_name="Peter Mugo")


def titles(deposit: Transaction, **options: object) -> list[str]:
    """Return the titles of the timeline."""
    return [event.title for event in events.list_events(read(deposit, **options))]  # type: ignore[arg-type]


class TestTimeline:
    def test_a_paid_deposit(self) -> None:
        deposit = make_deposit()
        receive(success_body(), token=None)
        receive(success_body(), now=NOON + timedelta(seconds=7))

        found = events.list_events(read(deposit))

        assert [event.title for event in found] == [
            "Asked to deposit KSh 500",
            "M-PESA took the prompt",
            f"Callback without our token: 0, paid, 500.00, {RECEIPT}",
            f"Callback: 0, paid, 500.00, {RECEIPT}",
            "KSh 500 added to the wallet",
        ]
        assert found[2].is_lost
        assert found[3].since == timedelta(seconds=7)
        assert found[3].who == "M-PESA to Kibeezy"
        assert (found[-1].who, found[-1].state) == ("Kibeezy", "wallet")

    def test_the_id_of_the_request_that_asked_for_it_is_shown(self) -> None:
        deposit = make_deposit(request_id="tap-on-the-page")

        assert "tap-on-the-page" in text_of(finance(), url(deposit))

    def test_a_pause_of_hours_is_a_line_of_its_own(self) -> None:
        deposit = make_deposit()
        receive(success_body(), now=NOON + timedelta(hours=5))

        text = text_of(finance(), url(deposit))

        assert '<li class="gap">' in text
        assert "5 h 00" in text

    def test_a_lost_push_and_its_statement(self, boss: User) -> None:
        deposit = make_lost(checkout_request_id=None)
        Transaction.objects.filter(pk=deposit.pk).update(review_reason=None)
        Transaction.objects.filter(pk=deposit.pk).update(review_reason="no_answer")
        _, row = bring(boss)

        found = titles(deposit)

        assert "The prompt was sent; no clear answer came" in found
        assert "No clear answer: handed to operators" in found
        assert f"M-PESA took the money: {RECEIPT}" in found
        assert f"Statement {row.file_id}, row {row.line}: Payment, 500.00" in found

    def test_failures_and_a_code_that_comes_later(self) -> None:
        failed = make_deposit()
        receive(failure_body())
        assert titles(failed)[-1] == "Ended as not paid: 1032"

        rejected = make_deposit(failed.user, token="2", checkout_request_id=None)
        Transaction.objects.filter(pk=rejected.pk).update(status="FAILED", result_code="mpesa_busy")
        operator = User.objects.get(phone_number="254788888888")
        assert titles(rejected, operator=operator) == [
            "Asked to deposit KSh 500", "M-PESA rejected the prompt: mpesa_busy",
        ]  # fmt: skip

    def test_reports_and_questions_by_name(self) -> None:
        deposit = make_deposit(last_query_at=NOON, query_count=2)
        receive(success_body())
        add_reports(deposit.pk)

        found = titles(deposit)

        for title in (
            "Asked M-PESA how it ended, for the last of 2 times",
            "Amina asked about NLJ7RT61SV",
            "The worker asked about NLJ7RT61SV",
            "M-PESA answered: Completed, 500.00",
            "Confirmation: NLJ7RT61SV",
            "M-PESA's own list has it: NLJ7RT61SV",
        ):
            assert title in found

    def test_decisions_by_name(self, boss: User) -> None:
        deposit = make_deposit()
        receive(success_body(amount=300))
        case = SuspenseCase.objects.get()
        resolve_suspense_case(
            case=case, user=deposit.user, operator=boss, reason="SMS seen and read", now=NOON
        )
        case.refresh_from_db()
        assert case.resolution_entry_id is not None
        spend(deposit.user, 100)
        reverse_owing(case.resolution_entry_id, boss, 100)

        text = text_of(finance(), url(deposit))

        assert f"Case {case.pk}: another amount than asked for" in text
        assert f"Case {case.pk} decided: Credited" in text
        assert "Peter Mugo: “SMS seen and read”" in text
        assert "Taken back: M-PESA had reversed the payment" in text

    def test_a_payment_by_hand_begins_with_mpesas_report(self, boss: User) -> None:
        case = pay_by_hand()
        user = User.objects.create_user(PHONE, None, kyc_status="VERIFIED")
        approve(case, user, boss)
        resolve_suspense_case(
            case=case, user=user, operator=boss, reason="SMS seen and read", now=NOON
        )
        deposit = Transaction.objects.get()

        found = titles(deposit)

        assert "M-PESA told us of KSh 500, paid by hand" in found
        assert f"Case {case.pk}: an unknown account number" in found


class TestPostings:
    def test_debit_and_credit_of_each_account(self) -> None:
        deposit = make_deposit()
        receive(success_body())
        known = read(deposit)

        clearing, wallet = list_accounts(known.txn, known.entries)

        assert (clearing.title, clearing.kind) == ("M-PESA 174379", "asset")
        assert (wallet.title, wallet.kind) == ("Wallet of Wanjiku Kamau", "liability")
        assert [side.is_debit for side in clearing.sides + wallet.sides] == [True, False]
        assert {side.amount for side in clearing.sides + wallet.sides} == {Decimal(500)}


class TestRights:
    def test_nothing_is_shown_that_takes_another_right(self) -> None:
        deposit = make_deposit(account_reference=REFERENCE)
        receive(success_body())
        bring()

        text = text_of(sign_in(make_operator("view_transaction")), url(deposit))

        assert "KSh 500.00" in text
        assert "Not shown, because your rights do not include them: callbacks" in text
        for hidden in ("/admin/users/user/", "/admin/wallet/", "stkCallback", "Statement 1"):
            assert hidden not in text.partition("<main")[2]

    def test_without_the_right_there_is_no_page(self) -> None:
        deposit = make_deposit()

        assert sign_in(make_operator("view_user")).get(url(deposit)).status_code == 403

    @pytest.mark.parametrize("number", ["0", "abc", "9" * 40])
    def test_an_unknown_deposit_is_not_found(self, number: str) -> None:
        assert finance().get(f"/admin/payments/transaction/{number}/change/").status_code == 404

    def test_nothing_is_posted_to_the_page_itself(self) -> None:
        deposit = make_deposit()

        assert finance().post(url(deposit), {"status": "COMPLETED"}).status_code == 403
        deposit.refresh_from_db()
        assert deposit.status == "PENDING"

    def test_no_number_and_no_name_of_a_payer_is_shown(self) -> None:
        deposit = make_deposit(account_reference=REFERENCE)
        receive(success_body())
        add_reports(deposit.pk)
        bring()

        text = text_of(finance(), url(deposit))

        assert "2547****5678" in text
        for hidden in (PHONE, PHONE[3:], "WANJIKU", "hunter2", str(deposit.callback_token_hash)):
            assert hidden not in text

    def test_what_is_proposed_stands_beside_it(self, boss: User) -> None:
        deposit = make_deposit()
        receive(success_body(amount=300))
        case = SuspenseCase.objects.get()
        proposals.propose(
            kind=Proposal.Kind.DISMISS_CASE, subject_id=case.pk, detail="refunded", operator=boss,
            reason="seen in the portal", now=clock.now(),
        )  # fmt: skip

        assert "nobody gets the payment of case" in text_of(finance(), url(deposit)).lower()


class TestReads:
    def test_their_number_does_not_grow_with_the_rows(self) -> None:
        client = finance()
        few, many = (
            make_lost(),
            make_deposit(
                User.objects.create_user("254711000000", None),
                token="2",
                checkout_request_id="ws_2",
            ),
        )
        receive(success_body(amount=300, receipt="NLJ7RT61SX"))
        client.get(url(few))
        with CaptureQueriesContext(connection) as before:
            client.get(url(few))
        for number in range(MOST + 5):
            receive(
                success_body("ws_2", amount=100 + number, receipt=f"NLJ7RT6{number:03d}"),
                token="2", now=NOON + timedelta(seconds=number),
            )  # fmt: skip
        with CaptureQueriesContext(connection) as after:
            text = text_of(client, url(many))

        assert len(after) <= len(before) + 2
        assert len(after) <= 45
        assert text.count("Callback, 20 Nov") == MOST

    def test_each_goes_by_an_index(self) -> None:
        client = finance()
        deposit = make_lost(last_query_at=NOON, query_count=1)
        receive(success_body(amount=300))
        bring()
        with CaptureQueriesContext(connection) as captured:
            text_of(client, url(deposit))

        # Open proposals are few, and their index has nothing else.
        scans = list_scans_to_the_end(plans_of(captured))
        assert [scan for scan in scans if "users_proposal_open" not in scan] == []


def plans_of(captured: CaptureQueriesContext) -> str:
    """Return the plans of what a page read of the tables that grow, without their statistics."""
    reads = [
        each["sql"]
        for each in captured
        if re.match(r"\s*(SELECT|WITH)", each["sql"])
        and re.search(r"payments_|wallet_|users_userh|users_passw|risk_|kyc_|knox_", each["sql"])
        and "statement_" not in each["sql"].replace("payments_statement", "")
    ]
    assert len(reads) > 8
    forget_statistics()
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in reads:
            cursor.execute(f"EXPLAIN {sql}")
            plans += [line for (line,) in cursor.fetchall()]
    return "\n".join(plans)


def test_all_rights_of_the_page_are_real() -> None:
    # A misspelt right would hide its rows from everybody but superusers.
    wanted = {*of_deposit.RIGHTS.values(), *of_customer.RIGHTS.values()}
    known = {
        f"{each.content_type.app_label}.{each.codename}"
        for each in Permission.objects.select_related("content_type")
    }
    assert wanted <= known
    assert {each for each in ALL if each} <= {name.partition(".")[2] for name in known}


def test_a_stranger_is_led_to_the_log_in(client: Client) -> None:
    assert client.get(url(make_deposit())).status_code == 302
