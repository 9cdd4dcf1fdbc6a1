"""Decisions about one case, and about one debt, at the same time as each other and as callbacks."""

import json
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection
from pytest_django.fixtures import Settings

from payments import services
from payments.models import Debt, Repayment, SuspenseCase, Transaction
from payments.selectors import list_debts
from payments.services import paybill, suspense
from payments.services.reversals import NothingToCollect
from payments.services.suspense import (
    ApprovalMissing,
    CaseAlreadyResolved,
    Dismissal,
    Share,
    Split,
    UnfitAmount,
)
from tests.races import support
from tests.races.support import NOON, Prompt, run_together, send, success_body
from users import proposals
from users.models import Proposal, User
from wallet.models import JournalEntry
from wallet.tests import ledger

WHY = "seen in the portal"
NOT_IN_BOOKS = Dismissal(SuspenseCase.Decision.NOT_IN_BOOKS)


def _hold(user: User, paid: int = 50) -> tuple[Prompt, SuspenseCase]:
    prompt = support.open_prompt(user, 500)
    send(prompt, success_body(prompt, support.make_receipt(), amount=paid))
    return prompt, SuspenseCase.objects.get(transaction_id=prompt.transaction_id)


def _said(**more: Any) -> dict[str, Any]:
    return {"operator": support.make_customer(), "reason": WHY, "now": NOON, **more}


def _dismiss(case: SuspenseCase) -> partial[None]:
    return partial(services.dismiss_suspense_case, case=case, dismissal=NOT_IN_BOOKS, **_said())


def _give(case: SuspenseCase) -> partial[None]:
    return partial(services.resolve_suspense_case, case=case, user=case.deposit.user, **_said())


def _correct(case: SuspenseCase, amount: int) -> partial[None]:
    return partial(services.correct_suspense_case, case=case, amount=Decimal(amount), **_said())


class TestDismissal:
    def test_ten_dismissals_are_one(self) -> None:
        user = support.make_customer()
        _, case = _hold(user)

        results = run_together([_dismiss(case)] * 10)

        assert Counter(map(type, results)) == {CaseAlreadyResolved: 9, type(None): 1}
        support.assert_books_agree(wallets={user: 0})

    def test_the_money_is_given_or_dismissed_and_never_both(self) -> None:
        wallets: dict[User, int] = {}
        for _ in range(6):
            user = support.make_customer()
            _, case = _hold(user)

            results = run_together([_dismiss(case), _give(case), _dismiss(case), _give(case)])

            assert Counter(map(type, results)) == {CaseAlreadyResolved: 3, type(None): 1}
            case.refresh_from_db()
            wallets[user] = 50 if case.decision == "credited" else 0
        support.assert_books_agree(wallets=wallets)

    def test_the_right_payment_that_arrives_meanwhile_is_credited(self) -> None:
        wallets = {}
        for _ in range(6):
            user = support.make_customer()
            prompt, case = _hold(user)
            pay = partial(send, prompt, success_body(prompt, support.make_receipt()))

            results = run_together([_dismiss(case), pay, pay])

            assert [result for result in results if isinstance(result, Exception)] == []
            assert support.status_of(prompt) == Transaction.Status.COMPLETED
            wallets[user] = 500
        support.assert_books_agree(wallets=wallets)

    def test_beside_the_callback_that_names_its_deposit_one_of_the_two_has_the_payment(
        self, settings: Settings
    ) -> None:
        """A payment that M-Pesa reported like one by hand before it named the prompt's deposit."""
        settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, "s" * 32
        wallets: dict[User, int] = {}
        for _ in range(6):
            user, receipt = support.make_customer(), support.make_receipt()
            prompt = support.open_prompt(user, 500)
            told = {"TransID": receipt, "TransAmount": "500.00", "BillRefNumber": "no account"}
            paybill.record_confirmation(
                body=json.dumps(told).encode(), headers={}, source_address=None, now=NOON
            )
            case = SuspenseCase.objects.get(mpesa_receipt_number=receipt)

            results = run_together(
                [_dismiss(case), partial(send, prompt, success_body(prompt, receipt))]
            )

            assert not isinstance(results[1], Exception)
            case.refresh_from_db()
            is_credited = support.status_of(prompt) == Transaction.Status.COMPLETED
            assert is_credited is (case.decision == "credited")
            assert isinstance(results[0], CaseAlreadyResolved) is is_credited
            # Dismissed, it is not lost: the callback opened a case of its own.
            held = SuspenseCase.objects.filter(transaction_id=prompt.transaction_id)
            assert held.filter(status="OPEN").exists() is not is_credited
            wallets[user] = 500 if is_credited else 0
        support.assert_books_agree(wallets=wallets)


class TestOneOperatorsDay:
    """What one operator decides alone in a day is at most the limit, also of decisions at once."""

    @pytest.fixture(autouse=True)
    def limit(self, settings: Settings) -> None:
        """Let one operator decide up to KES 1,000."""
        settings.OPERATOR_APPROVAL_ABOVE = 1000

    def test_gifts_at_once(self) -> None:
        cases = [_hold(support.make_customer(), paid=400)[1] for _ in range(8)]
        said = _said()

        results = run_together(
            [
                partial(services.resolve_suspense_case, case=case, user=case.deposit.user, **said)
                for case in cases
            ]
        )

        assert Counter(map(type, results)) == {ApprovalMissing: 6, type(None): 2}
        wallets = {
            case.deposit.user: 400 if result is None else 0
            for case, result in zip(cases, results, strict=True)
        }
        support.assert_books_agree(wallets=wallets, in_suspense=6 * 400)

    def test_corrections_beside_gifts(self) -> None:
        cases = [_hold(support.make_customer(), paid=1)[1] for _ in range(4)]
        given = [_hold(support.make_customer(), paid=400)[1] for _ in range(4)]
        said = _said()

        results = run_together(
            [
                partial(services.correct_suspense_case, case=case, amount=Decimal(400), **said)
                for case in cases
            ]
            + [
                partial(services.resolve_suspense_case, case=case, user=case.deposit.user, **said)
                for case in given
            ]
        )

        assert Counter(map(type, results)) == {ApprovalMissing: 6, type(None): 2}
        wallets = {
            case.deposit.user: 400 if result is None else 0
            for case, result in zip(given, results[4:], strict=True)
        }
        corrected = results[:4].count(None)
        in_suspense = 400 * corrected + (4 - corrected) + 400 * (4 - results[4:].count(None))
        support.assert_books_agree(wallets=wallets, in_suspense=in_suspense)


class TestCorrection:
    def test_ten_corrections_are_one(self) -> None:
        user = support.make_customer()
        _, case = _hold(user)

        results = run_together([_correct(case, 100 + n) for n in range(10)])

        assert Counter(map(type, results)) == {UnfitAmount: 9, type(None): 1}
        case.refresh_from_db()
        support.assert_books_agree(wallets={user: 0}, in_suspense=int(case.true_amount or 0))

    def test_beside_a_decision_what_is_given_is_what_the_case_holds(self) -> None:
        wallets: dict[User, int] = {}
        for _ in range(6):
            user = support.make_customer()
            prompt, case = _hold(user)

            results = run_together([_correct(case, 500), _give(case)])

            assert results[1] is None
            assert results[0] is None or isinstance(results[0], CaseAlreadyResolved)
            case.refresh_from_db()
            wallets[user] = int(case.true_amount or 0)
            is_complete = support.status_of(prompt) == Transaction.Status.COMPLETED
            assert is_complete is (case.corrected_amount is not None)
        support.assert_books_agree(wallets=wallets)


class TestDebt:
    def _reverse(self, entry: JournalEntry, most_owed: int) -> partial[Any]:
        return partial(
            services.reverse_credit, entry=entry, most_owed=Decimal(most_owed), **_said()
        )

    def _paid(self, user: User, amounts: list[int]) -> list[JournalEntry]:
        prompts = support.open_prompts(user, amounts)
        for prompt in prompts:
            send(prompt, success_body(prompt, support.make_receipt()))
        found = Transaction.objects.filter(user=user).order_by("id").select_related("credit_entry")
        return [txn.credit_entry for txn in found if txn.credit_entry is not None]

    def _owe(self, user: User, amount: int) -> Debt:
        (credit,) = self._paid(user, [amount])
        self._spend(user, amount, f"spent:{user.pk}")
        services.reverse_credit(entry=credit, most_owed=Decimal(amount), **_said())
        return Debt.objects.get(customer=user)

    def _spend(self, user: User, amount: int, key: str) -> None:
        ledger.post(
            key=key, debit=ledger.get_customer_account(user.pk),
            credit=ledger.get_clearing_account("174379"), amount=Decimal(amount),
            description="", now=NOON,
        )  # fmt: skip

    def test_two_reversals_and_a_payment_leave_no_wallet_below_zero(self) -> None:
        for _ in range(4):
            user = support.make_customer()
            credits = self._paid(user, [300, 200])
            self._spend(user, 450, f"spent:{user.pk}")

            results = run_together([self._reverse(entry, 300) for entry in credits] * 2)

            assert sum(isinstance(result, Exception) for result in results) == 2
            owed = sum(Debt.objects.filter(customer=user).values_list("amount", flat=True))
            assert (support.wallet_of(user), owed) == (0, 450)

    def test_ten_collections_take_what_is_there_and_no_more_than_the_debt(self) -> None:
        user = support.make_customer()
        debt = self._owe(user, 300)
        ledger.post(
            key="wages", debit=ledger.get_clearing_account("174379"),
            credit=ledger.get_customer_account(user.pk), amount=Decimal(500), description="",
            now=NOON,
        )  # fmt: skip

        results = run_together([partial(services.collect_debt, debt=debt, **_said())] * 10)

        assert Counter(map(type, results)) == {NothingToCollect: 9, Repayment: 1}
        assert support.wallet_of(user) == 200

    def test_beside_credits_nothing_is_lost(self) -> None:
        user = support.make_customer()
        debt = self._owe(user, 300)
        prompts = support.open_prompts(user, [10] * 6)
        pay = [
            partial(send, prompt, success_body(prompt, support.make_receipt()))
            for prompt in prompts
        ]

        run_together([*pay, *[partial(services.collect_debt, debt=debt, **_said())] * 6])

        repaid = sum(Repayment.objects.values_list("entry__amount", flat=True))
        assert support.wallet_of(user) + repaid == 60

    def test_a_collection_beside_a_reversal_counts_each_shilling_once(self) -> None:
        for _ in range(4):
            user = support.make_customer()
            debt = self._owe(user, 100)
            prompt = support.open_prompt(user, 80)
            send(prompt, success_body(prompt, support.make_receipt()))
            credits = [Transaction.objects.get(pk=prompt.transaction_id).credit_entry]
            assert credits[0] is not None

            run_together([
                self._reverse(credits[0], 80),
                partial(services.collect_debt, debt=debt, **_said()),
            ])  # fmt: skip

            left = sum(row.left for row in list_debts().filter(customer=user))
            assert support.wallet_of(user) == 0
            assert left == 100


class TestExpiry:
    """A proposal at the end of its time, approved and proposed again at the same moment."""

    def _race(self, at: datetime) -> tuple[User, Proposal, list[Any]]:
        user, other = support.make_customer(), support.make_customer()
        _, case = _hold(user)
        propose = partial(services.propose_resolution, case=case, user=other)
        proposal = propose(**_said())
        approve = partial(services.approve_proposal, proposal=proposal)
        results = run_together(
            [*[partial(approve, **_said(now=at))] * 4, *[partial(propose, **_said(now=at))] * 4]
        )
        proposal.refresh_from_db()
        return other, proposal, results

    def test_too_late_one_proposal_is_made_and_none_approved(self) -> None:
        other, old, results = self._race(NOON + Proposal.CAN_BE_APPROVED_FOR)

        kinds = Counter(map(type, results))
        # An approval reads it before, or after, it was rejected as expired.
        late = kinds[proposals.ProposalExpired] + kinds[proposals.ProposalDecided]
        assert (late, kinds[proposals.AlreadyProposed], kinds[Proposal]) == (4, 3, 1)
        assert old.status == "REJECTED"
        assert Proposal.objects.filter(subject_id=old.subject_id, status="OPEN").count() == 1
        support.assert_books_agree(wallets={other: 0}, in_suspense=50)

    def test_in_time_one_approval_counts_and_none_is_proposed_again(self) -> None:
        last = Proposal.CAN_BE_APPROVED_FOR - timedelta(microseconds=1)
        other, old, results = self._race(NOON + last)

        kinds = Counter(map(type, results))
        again = kinds[proposals.AlreadyProposed] + kinds[CaseAlreadyResolved]
        assert (kinds[type(None)], kinds[proposals.ProposalDecided], again) == (1, 3, 4)
        assert old.status == "APPROVED"
        support.assert_books_agree(wallets={other: 50})

    def test_at_the_turn_the_row_is_approved_or_expired_and_never_both(self) -> None:
        """Two servers, whose clocks differ by the last microsecond."""
        for _ in range(3):
            user, other = support.make_customer(), support.make_customer()
            _, case = _hold(user)
            propose = partial(services.propose_resolution, case=case, user=other)
            old = propose(**_said())
            end = NOON + Proposal.CAN_BE_APPROVED_FOR
            just_in_time = _said(now=end - timedelta(microseconds=1))

            run_together(
                [
                    partial(services.approve_proposal, proposal=old, **just_in_time),
                    partial(propose, **_said(now=end)),
                ]
            )

            old.refresh_from_db()
            is_open = Proposal.objects.filter(subject_id=case.pk, status="OPEN").exists()
            assert (old.status, is_open) in {("APPROVED", False), ("REJECTED", True)}
            given = 50 if old.status == "APPROVED" else 0
            assert support.wallet_of(other) == given
            if not given:
                again = Proposal.objects.get(subject_id=case.pk, status="OPEN")
                services.approve_proposal(proposal=again, **_said(now=end))
        assert support.suspense_total() == 0


class TestSplit:
    def _propose(self, case: SuspenseCase, *customers: User) -> Proposal:
        """Propose equal shares of KES 50."""
        part = Decimal(50) / len(customers)
        split = Split.of(Share(customer.pk, part) for customer in customers)
        return services.propose_split(case=case, split=split, **_said())

    def _approve(self, proposal: Proposal) -> partial[None]:
        return partial(services.approve_proposal, proposal=proposal, **_said())

    def test_ten_approvals_beside_a_gift_and_a_dismissal_are_one_decision(self) -> None:
        wallets: dict[User, int] = {}
        for _ in range(4):
            user, other = support.make_customer(), support.make_customer()
            _, case = _hold(user)
            approve = self._approve(self._propose(case, user, other))

            results = run_together([*[approve] * 4, _give(case), _dismiss(case)])

            # Where another decision was first, the proposal stays open: each approval says so.
            refused = Counter(type(result) for result in results if result is not None)
            assert sum(refused.values()) == 5
            assert set(refused) <= {CaseAlreadyResolved, proposals.ProposalDecided}
            case.refresh_from_db()
            is_shared = case.share_count == 2
            is_given = case.decision == "credited" and not is_shared
            wallets[user] = 25 if is_shared else 50 if is_given else 0
            wallets[other] = 25 if is_shared else 0
        support.assert_books_agree(wallets=wallets)

    def test_the_same_customers_of_many_cases_do_not_wait_in_a_ring(self) -> None:
        first, second = support.make_customer(), support.make_customer()
        proposals_ = []
        for n in range(8):
            _, case = _hold(support.make_customer())
            pair = (first, second) if n % 2 else (second, first)
            proposals_.append(self._propose(case, *pair))

        results = run_together([self._approve(proposal) for proposal in proposals_])

        assert results == [None] * 8
        support.assert_books_agree(wallets={first: 200, second: 200})

    def test_killed_half_way_it_is_as_if_nothing_was_approved(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        user, other = support.make_customer(), support.make_customer()
        _, case = _hold(user)
        proposal = self._propose(case, user, other)
        approve = self._approve(proposal)
        with monkeypatch.context() as patched:
            share_out = suspense.split_suspense_case

            def die_after_it(**decision: Any) -> None:
                share_out(**decision)
                support.kill_own_connection()
                SuspenseCase.objects.count()

            patched.setattr(suspense, "split_suspense_case", die_after_it)
            with pytest.raises(DatabaseError):
                approve()
        connection.close()

        proposal.refresh_from_db()
        case.refresh_from_db()
        assert (proposal.status, case.status) == ("OPEN", "OPEN")
        support.assert_books_agree(wallets={user: 0, other: 0}, in_suspense=50)
        approve()
        support.assert_books_agree(wallets={user: 25, other: 25})
