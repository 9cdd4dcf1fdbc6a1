"""Identities handed in and decided at once: one submission, one decision, one account per ID."""

from collections import Counter
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db.models import F

from common.errors import DomainError
from kyc import services
from kyc.errors import AlreadySubmitted, AlreadyVerified
from kyc.models import KycSubmission
from kyc.services import IdentityDetails
from tests.races import support
from tests.races.support import NOON, run_together
from users.models import User


@pytest.fixture
def operators() -> list[User]:
    """Two operators who may decide."""
    return [support.make_customer(), support.make_customer()]


def _customer() -> User:
    user = support.make_customer()
    User.objects.filter(pk=user.pk).update(kyc_status="PENDING")
    return user


def _submit(user: User, id_number: str = "28765678") -> None:
    details = IdentityDetails(
        full_name="Asha Mwangi", id_number=id_number, date_of_birth=date(1990, 12, 31)
    )
    services.submit(user=user, details=details, now=NOON)


def _hand_in(id_number: str = "28765678") -> KycSubmission:
    user = _customer()
    _submit(user, id_number)
    return KycSubmission.objects.get(user=user)


def _verify(submission: KycSubmission, operator: User) -> Any:
    return partial(
        services.verify,
        submission=submission, operator=operator, tier=User.Tier.FULL, reason="seen", now=NOON,
    )  # fmt: skip


def _reject(submission: KycSubmission, operator: User) -> Any:
    return partial(
        services.reject,
        submission=submission, operator=operator, reason_code="other", reason="odd", now=NOON,
    )  # fmt: skip


def _assert_that_customers_agree_with_their_submissions() -> None:
    accepted = KycSubmission.objects.filter(revoked_at__isnull=True)
    assert not accepted.exclude(user__kyc_status=F("status")).exists()


class TestHandingIn:
    def test_ten_at_once_are_one_submission(self) -> None:
        user = _customer()

        results = run_together([partial(_submit, user)] * 10)

        refused = [result for result in results if result is not None]
        assert len(refused) == 9
        assert {result.code for result in refused if isinstance(result, DomainError)} == {
            "kyc_already_submitted"
        }
        assert all(isinstance(result, DomainError) for result in refused)
        assert KycSubmission.objects.count() == 1

    def test_under_the_mock_ten_at_once_are_one_verification(self, settings: Any) -> None:
        settings.KYC_VERIFICATION = {"CLASS": "kyc.mock_provider.MockProvider", "OPTIONS": {}}
        user = _customer()

        results = run_together([partial(_submit, user)] * 10)

        refused = [result for result in results if result is not None]
        assert len(refused) == 9
        # A request before the provider's answer found the submission waiting.
        assert all(isinstance(result, AlreadySubmitted | AlreadyVerified) for result in refused)
        assert KycSubmission.objects.get().status == "VERIFIED"
        _assert_that_customers_agree_with_their_submissions()


class TestDeciding:
    def test_of_ten_decisions_at_once_one_counts(self, operators: list[User]) -> None:
        submission = _hand_in()

        results = run_together([_verify(submission, operators[0])] * 10)

        assert Counter(map(type, results)) == {services.AlreadyDecided: 9, type(None): 1}
        _assert_that_customers_agree_with_their_submissions()

    def test_two_operators_cannot_both_be_right(self, operators: list[User]) -> None:
        for number in range(6):
            submission = _hand_in(f"1234567{number}")

            results = run_together(
                [_verify(submission, operators[0]), _reject(submission, operators[1])]
            )

            assert Counter(map(type, results)) == {services.AlreadyDecided: 1, type(None): 1}
            submission.refresh_from_db()
            won = operators[0] if results[0] is None else operators[1]
            assert submission.decided_by == won
        _assert_that_customers_agree_with_their_submissions()

    def test_one_id_verifies_one_of_many_accounts(self, operators: list[User]) -> None:
        submissions = [_hand_in() for _ in range(6)]

        results = run_together([_verify(submission, operators[0]) for submission in submissions])

        assert Counter(map(type, results)) == {services.IdNumberTaken: 5, type(None): 1}
        assert KycSubmission.objects.filter(status="VERIFIED").count() == 1
        assert KycSubmission.objects.filter(status="PENDING").count() == 5
        _assert_that_customers_agree_with_their_submissions()

    def test_rejecting_without_a_submission_while_one_comes_in(self, operators: list[User]) -> None:
        for number in range(6):
            user = _customer()
            decide = partial(
                services.decide_about_customer,
                user=user, operator=operators[0], tier=None, reason="met", now=NOON,
            )  # fmt: skip

            results = run_together([decide, partial(_submit, user, f"2234567{number}")])

            # A rejected customer may hand in; a waiting submission is decided itself.
            refused = [result for result in results if result is not None]
            assert all(isinstance(result, services.SubmissionPending) for result in refused)
            assert user.kyc_submissions.count() == 1
        _assert_that_customers_agree_with_their_submissions()

    def test_taking_back_while_handing_in_again_leaves_no_contradiction(
        self, operators: list[User]
    ) -> None:
        for number in range(6):
            submission = _hand_in(f"3234567{number}")
            _verify(submission, operators[0])()
            take_back = partial(
                services.decide_about_customer,
                user=submission.user, operator=operators[0], tier=None, reason="fake", now=NOON,
            )  # fmt: skip

            results = run_together(
                [take_back, take_back, partial(_submit, submission.user, f"4234567{number}")]
            )

            expected = (services.SubmissionPending, DomainError)
            assert all(isinstance(r, expected) for r in results if r is not None)
        _assert_that_customers_agree_with_their_submissions()
