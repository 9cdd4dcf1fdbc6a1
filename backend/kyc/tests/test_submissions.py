"""Submitting: stored first, then the provider is asked; an unclear answer decides nothing."""

import logging
from typing import Any

import pytest

from common.errors import DomainError
from kyc import conf, services
from kyc.models import KycSubmission
from kyc.provider import (
    CheckResult,
    Mismatch,
    OutcomeUnknown,
    ProviderAnswer,
    ProviderRejected,
    ProviderUnreachable,
)
from kyc.tests.building import (
    ID_NUMBER,
    NOON,
    hand_in,
    make_customer,
    make_details,
    make_operator,
    reject,
    statuses,
    verify,
)
from kyc.tests.scripted_provider import ScriptedProvider
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


class TestStoring:
    def test_a_submission_waits_for_an_operator(self, customer: User) -> None:
        submission = hand_in(customer)

        assert statuses(submission) == ("PENDING", "PENDING")
        assert (submission.provider, submission.submitted_at) == ("manual", NOON)

    def test_the_number_is_nowhere_readable(self, customer: User) -> None:
        submission = hand_in(customer)

        row = KycSubmission.objects.filter(pk=submission.pk).values().get()
        assert ID_NUMBER not in str(row)
        assert row["id_number_last_four"] == "5678"
        assert conf.get_cipher().decrypt(submission.id_number_encrypted) == ID_NUMBER

    def test_the_same_number_has_the_same_fingerprint_and_another_cipher_text(self) -> None:
        first, second = hand_in(), hand_in()

        assert first.id_number_fingerprint == second.id_number_fingerprint
        assert first.id_number_encrypted != second.id_number_encrypted

    def test_a_second_submission_is_refused_while_one_is_pending(self, customer: User) -> None:
        hand_in(customer)

        with pytest.raises(DomainError) as refused:
            hand_in(customer)

        assert refused.value.code == "kyc_already_submitted"
        assert KycSubmission.objects.count() == 1

    def test_a_verified_customer_has_nothing_to_prove(self) -> None:
        with pytest.raises(DomainError) as refused:
            hand_in(make_customer(kyc_status="VERIFIED"))

        assert refused.value.code == "kyc_already_verified"
        assert not KycSubmission.objects.exists()

    def test_a_stale_copy_of_the_customer_is_not_believed(self, customer: User) -> None:
        verify(hand_in(customer))
        assert customer.kyc_status == "PENDING"

        with pytest.raises(DomainError) as refused:
            services.submit(user=customer, details=make_details(), now=NOON)

        assert refused.value.code == "kyc_already_verified"

    def test_after_a_rejection_a_customer_may_submit_again(self, customer: User) -> None:
        reject(hand_in(customer))
        customer.refresh_from_db()
        assert customer.kyc_status == "REJECTED"

        again = hand_in(customer)

        assert statuses(again) == ("PENDING", "PENDING")
        assert KycSubmission.objects.count() == 2


class TestAsking:
    def test_the_provider_is_asked_once_with_no_connection_held(
        self, provider: ScriptedProvider
    ) -> None:
        submission = hand_in()

        assert provider.held_a_connection == [False]
        assert [claim.reference for claim in provider.claims] == [f"KYC-{submission.pk}"]
        assert provider.claims[0].id_number == ID_NUMBER

    def test_a_yes_verifies_at_once(self, provider: ScriptedProvider) -> None:
        submission = hand_in(make_customer(tier="basic"))

        assert statuses(submission) == ("VERIFIED", "VERIFIED")
        assert (submission.decided_by, submission.tier) == (None, "full")
        assert User.objects.get(pk=submission.user_id).tier == "full"
        assert (submission.reason, submission.provider_reference) == (
            "found in the register", "B-1",
        )  # fmt: skip

    def test_a_no_rejects_at_once(self, provider: ScriptedProvider) -> None:
        provider.answer = ProviderAnswer(
            result=CheckResult.REJECTED, detail=" ", mismatch=Mismatch.NAME_MISMATCH
        )

        submission = hand_in()

        assert statuses(submission) == ("REJECTED", "REJECTED")
        assert (submission.reason_code, submission.reason) == ("name_mismatch", "no detail given")

    def test_a_referral_waits_for_an_operator(self, provider: ScriptedProvider) -> None:
        provider.answer = ProviderAnswer(result=CheckResult.REFERRED, detail="two customers match")

        assert statuses(hand_in()) == ("PENDING", "PENDING")

    @pytest.mark.parametrize(
        "error",
        [
            ProviderRejected(f"quota; we were sent {ID_NUMBER}"),
            ProviderUnreachable("no route"),
            OutcomeUnknown("timed out"),
            KeyError(ID_NUMBER),
        ],
    )
    def test_without_a_clear_answer_an_operator_decides(
        self, provider: ScriptedProvider, error: Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        provider.error = error

        submission = hand_in()

        assert statuses(submission) == ("PENDING", "PENDING")
        assert f"KYC submission {submission.pk} waits for an operator" in caplog.text
        assert type(error).__name__ in caplog.text
        assert ID_NUMBER not in caplog.text

    def test_if_the_process_dies_while_asking_an_operator_decides(
        self, provider: ScriptedProvider, customer: User
    ) -> None:
        def die() -> None:
            raise SystemExit

        provider.meanwhile = die

        with pytest.raises(SystemExit):
            hand_in(customer)

        assert statuses(KycSubmission.objects.get()) == ("PENDING", "PENDING")

    def test_an_operators_decision_meanwhile_stands(
        self, provider: ScriptedProvider, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        provider.meanwhile = lambda: reject(KycSubmission.objects.get(), make_operator())

        submission = hand_in()

        assert statuses(submission) == ("REJECTED", "REJECTED")
        assert "decided before its provider answered" in caplog.text

    def test_an_id_that_verified_another_customer_is_for_an_operator(
        self, provider: ScriptedProvider, caplog: pytest.LogCaptureFixture
    ) -> None:
        hand_in()

        second = hand_in()

        assert statuses(second) == ("PENDING", "PENDING")
        assert "another account has its ID" in caplog.text


class TestMock:
    def test_the_mock_provider_verifies_at_once(self, settings: Any, customer: User) -> None:
        settings.KYC_VERIFICATION = {"CLASS": "kyc.mock_provider.MockProvider", "OPTIONS": {}}

        assert statuses(hand_in(customer)) == ("VERIFIED", "VERIFIED")
