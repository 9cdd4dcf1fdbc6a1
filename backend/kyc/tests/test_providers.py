"""The KYC providers that the product brings, and the types that they share."""

import pytest

from kyc.manual_provider import ManualProvider
from kyc.mock_provider import MockProvider
from kyc.provider import CheckResult, KycProvider, Mismatch, ProviderAnswer
from kyc.tests.provider_contract import CLAIM, ProviderContract
from kyc.tests.scripted_provider import ScriptedProvider


class TestManualProvider(ProviderContract):
    @pytest.fixture
    def provider(self) -> KycProvider:
        return ManualProvider()

    def test_the_manual_provider_refers_every_submission_to_an_operator(
        self, provider: KycProvider
    ) -> None:
        assert {answer.result for answer in self.answers(provider)} == {CheckResult.REFERRED}


class TestMockProvider(ProviderContract):
    @pytest.fixture
    def provider(self) -> KycProvider:
        return MockProvider()

    def test_the_mock_provider_verifies_every_submission(self, provider: KycProvider) -> None:
        assert {answer.result for answer in self.answers(provider)} == {CheckResult.VERIFIED}


class TestScriptedProvider(ProviderContract):
    """The bureau of our own tests, so that it cannot drift from what a provider may do."""

    @pytest.fixture(params=list(CheckResult))
    def provider(self, request: pytest.FixtureRequest) -> KycProvider:
        scripted = ScriptedProvider()
        is_rejected = request.param is CheckResult.REJECTED
        mismatch = Mismatch.ID_NOT_FOUND if is_rejected else None
        scripted.answer = ProviderAnswer(result=request.param, detail="said", mismatch=mismatch)
        return scripted


class TestProviderAnswer:
    @pytest.mark.parametrize(
        ("result", "mismatch"),
        [
            (CheckResult.REJECTED, None),
            (CheckResult.VERIFIED, Mismatch.NAME_MISMATCH),
            (CheckResult.REFERRED, Mismatch.NAME_MISMATCH),
        ],
    )
    def test_a_rejection_and_nothing_else_names_its_mismatch(
        self, result: CheckResult, mismatch: Mismatch | None
    ) -> None:
        with pytest.raises(ValueError, match="names its mismatch"):
            ProviderAnswer(result=result, detail="x", mismatch=mismatch)


def test_a_claim_in_a_traceback_shows_no_number() -> None:
    assert CLAIM.id_number not in repr(CLAIM)
