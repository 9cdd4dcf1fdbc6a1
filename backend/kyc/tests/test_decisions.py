"""Deciding: submission and customer together, once, with a reason that is kept."""

from collections.abc import Callable
from typing import Any

import pghistory
import pytest
from django.db import IntegrityError, connection
from django.db import transaction as db_transaction

from kyc import services
from kyc.models import KycSubmission
from kyc.tests.building import (
    LATER,
    hand_in,
    make_customer,
    reject,
    statuses,
    verify,
)
from users.models import User

Decide = Callable[..., None]

pytestmark = pytest.mark.django_db(transaction=True)


def history(user: User) -> Any:
    """Return status, tier and reason of each change of a customer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT event.kyc_status, event.tier, context.metadata->>'reason'"
            " FROM users_userhistory AS event"
            " LEFT JOIN pghistory_context AS context ON context.id = event.pgh_context_id"
            " WHERE event.pgh_obj_id = %s AND event.pgh_label = 'update' ORDER BY event.pgh_id",
            [user.pk],
        )
        return cursor.fetchall()


class TestVerify:
    def test_a_verification_sets_the_customers_status_and_tier(
        self, customer: User, operator: User
    ) -> None:
        submission = hand_in(customer)

        verify(submission, operator, tier=User.Tier.BASIC, reason="  ID seen ")

        decided = KycSubmission.objects.get()
        assert statuses(submission) == ("VERIFIED", "VERIFIED")
        assert (decided.decided_by, decided.decided_at) == (operator, LATER)
        assert (decided.tier, decided.reason, decided.reason_code) == ("basic", "ID seen", "")
        assert history(customer) == [("VERIFIED", "basic", "ID seen")]

    def test_an_id_verifies_one_account(self, operator: User) -> None:
        verify(hand_in(), operator)
        second = hand_in()

        with pytest.raises(services.IdNumberTaken):
            verify(second, operator)

        assert statuses(second) == ("PENDING", "PENDING")

    def test_an_id_serves_its_own_customer_again(self, customer: User, operator: User) -> None:
        reject(hand_in(customer), operator)

        again = hand_in(customer)
        verify(again, operator)

        assert statuses(again) == ("VERIFIED", "VERIFIED")


class TestReject:
    def test_a_rejection_sets_the_customers_status(self, customer: User, operator: User) -> None:
        submission = hand_in(customer)

        reject(submission, operator)

        decided = KycSubmission.objects.get()
        assert statuses(submission) == ("REJECTED", "REJECTED")
        assert (decided.reason_code, decided.reason) == ("name_mismatch", "card says Otieno")
        assert decided.tier is None

    def test_the_customers_words_are_of_the_catalogue(self) -> None:
        submission = hand_in()

        with pytest.raises(services.ReasonMissing):
            reject(submission, reason_code="he looks odd")

        assert statuses(submission) == ("PENDING", "PENDING")


class TestOnce:
    @pytest.mark.parametrize("first", [verify, reject])
    @pytest.mark.parametrize("second", [verify, reject])
    def test_a_second_decision_changes_nothing(self, first: Decide, second: Decide) -> None:
        submission = hand_in()
        first(submission)
        before = KycSubmission.objects.values().get()

        with pytest.raises(services.AlreadyDecided):
            second(submission)

        assert KycSubmission.objects.values().get() == before

    @pytest.mark.parametrize("decide", [verify, reject])
    @pytest.mark.parametrize("reason", ["", "  \n"])
    def test_nothing_is_decided_without_a_reason(self, decide: Decide, reason: str) -> None:
        submission = hand_in()

        with pytest.raises(services.ReasonMissing):
            decide(submission, reason=reason)

        assert statuses(submission) == ("PENDING", "PENDING")

    def test_another_fault_of_the_database_is_no_taken_id(self, operator: User) -> None:
        submission = hand_in()
        operator.pk = 10**9

        with pytest.raises(IntegrityError):
            verify(submission, operator)

        assert statuses(submission) == ("PENDING", "PENDING")


class TestOneself:
    @pytest.mark.parametrize("decide", [verify, reject])
    def test_operators_do_not_decide_about_their_own_submission(self, decide: Decide) -> None:
        submission = hand_in()

        with pytest.raises(services.OwnIdentity):
            decide(submission, submission.user)

        assert statuses(submission) == ("PENDING", "PENDING")

    @pytest.mark.parametrize("tier", [User.Tier.FULL, None])
    def test_operators_do_not_decide_about_themselves_without_a_submission(
        self, operator: User, tier: User.Tier | None
    ) -> None:
        with pytest.raises(services.OwnIdentity):
            services.decide_about_customer(
                user=operator, operator=operator, tier=tier, reason="it is me", now=LATER
            )

        operator.refresh_from_db()
        assert operator.kyc_status == "PENDING"


class TestDecideAboutCustomer:
    def _decide(self, user: User, operator: User, tier: User.Tier | None) -> None:
        services.decide_about_customer(
            user=user, operator=operator, tier=tier, reason=" met in person ", now=LATER
        )

    @pytest.mark.parametrize("tier", [User.Tier.BASIC, User.Tier.FULL])
    @pytest.mark.parametrize("before", ["PENDING", "REJECTED"])
    def test_a_customer_without_a_submission_is_not_verified(
        self, operator: User, tier: User.Tier, before: str
    ) -> None:
        customer = make_customer(kyc_status=before)

        with pytest.raises(services.SubmissionMissing):
            self._decide(customer, operator, tier)

        customer.refresh_from_db()
        assert customer.kyc_status == before

    @pytest.mark.parametrize("end", ["rejected", "revoked"])
    def test_a_customer_with_a_rejected_or_revoked_submission_is_not_verified(
        self, operator: User, end: str
    ) -> None:
        submission = hand_in()
        if end == "rejected":
            reject(submission, operator)
        else:
            verify(submission, operator)
            self._decide(submission.user, operator, None)

        with pytest.raises(services.SubmissionMissing):
            self._decide(submission.user, operator, User.Tier.FULL)

        assert statuses(submission)[0] == "REJECTED"

    def test_the_database_refuses_to_verify_without_a_submission(
        self, customer: User, operator: User
    ) -> None:
        with (
            pytest.raises(IntegrityError, match="verified without a KYC submission"),
            db_transaction.atomic(),
            pghistory.context(operator=operator.pk, reason="a friend"),
        ):
            User.objects.filter(pk=customer.pk).update(kyc_status="VERIFIED")

    def test_the_tier_of_a_verified_customer_changes(self, operator: User) -> None:
        submission = hand_in()
        verify(submission, operator)

        self._decide(submission.user, operator, User.Tier.BASIC)

        submission.user.refresh_from_db()
        assert (submission.user.kyc_status, submission.user.tier) == ("VERIFIED", "basic")
        assert history(submission.user)[-1] == ("VERIFIED", "basic", "met in person")

    def test_an_imported_customer_is_lowered_and_not_raised(self, operator: User) -> None:
        customer = make_customer(kyc_status="VERIFIED")

        self._decide(customer, operator, User.Tier.BASIC)
        with pytest.raises(services.SubmissionMissing):
            self._decide(customer, operator, User.Tier.FULL)

        customer.refresh_from_db()
        assert (customer.kyc_status, customer.tier) == ("VERIFIED", "basic")

    def test_a_pending_submission_comes_first(self, operator: User) -> None:
        submission = hand_in()

        for tier in (User.Tier.FULL, None):
            with pytest.raises(services.SubmissionPending):
                self._decide(submission.user, operator, tier)

        assert statuses(submission) == ("PENDING", "PENDING")

    def test_a_rejection_takes_a_verification_back_and_frees_its_id(self, operator: User) -> None:
        submission, other = hand_in(), hand_in()
        verify(submission, operator)

        self._decide(submission.user, operator, None)

        revoked = KycSubmission.objects.get(pk=submission.pk)
        assert statuses(submission) == ("REJECTED", "VERIFIED")
        assert (revoked.revoked_by, revoked.revoked_at) == (operator, LATER)
        assert revoked.revocation_reason == "met in person"
        verify(other, operator)
        assert statuses(other) == ("VERIFIED", "VERIFIED")

    def test_a_decision_about_a_customer_needs_a_reason(
        self, customer: User, operator: User
    ) -> None:
        with pytest.raises(services.ReasonMissing):
            services.decide_about_customer(
                user=customer, operator=operator, tier=User.Tier.FULL, reason=" ", now=LATER
            )
