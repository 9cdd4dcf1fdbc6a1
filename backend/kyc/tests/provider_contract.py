"""The contract that every KYC provider must keep."""

from dataclasses import replace
from datetime import date

from kyc.provider import CheckResult, IdentityClaim, KycProvider, ProviderAnswer
from kyc.reasons import REASONS

CLAIM = IdentityClaim(
    reference="KYC-1",
    full_name="Asha Wanjiku Mwangi",
    id_number="28765678",
    date_of_birth=date(1990, 12, 31),
)


class ProviderContract:
    """Subclasses give a fixture `provider`; one that uses the network fakes the bureau's side.

    They add a test for each ProviderError that the provider can raise, with the bureau's own
    recorded replies.
    """

    def answers(self, provider: KycProvider) -> list[ProviderAnswer]:
        """Ask about a document of each kind, and about names of other scripts."""
        claims = [
            CLAIM,
            replace(CLAIM, reference="KYC-2", id_number="AK1234567"),
            replace(CLAIM, reference="KYC-3", full_name="N\u0303andi O'Kello-M\u0169gi"),
            replace(CLAIM, reference="KYC-4", full_name="x" * 150),
        ]
        return [provider.check(claim) for claim in claims]

    def test_the_name_of_the_provider_fits_its_column(self, provider: KycProvider) -> None:
        assert provider.name
        assert len(provider.name) <= 32

    def test_each_claim_has_one_clear_answer(self, provider: KycProvider) -> None:
        for answer in self.answers(provider):
            assert answer.result in CheckResult
            assert answer.detail.strip()

    def test_a_rejection_has_words_for_the_customer(self, provider: KycProvider) -> None:
        for answer in self.answers(provider):
            assert answer.mismatch is None or answer.mismatch.value in REASONS

    def test_no_answer_holds_the_id_number(self, provider: KycProvider) -> None:
        for answer in self.answers(provider):
            assert "28765678" not in repr(answer)
            assert "AK1234567" not in repr(answer)

    def test_the_bureaus_reference_fits_its_column(self, provider: KycProvider) -> None:
        for answer in self.answers(provider):
            assert len(answer.provider_reference) <= 64

    def test_asked_again_about_one_claim_it_says_the_same(self, provider: KycProvider) -> None:
        assert provider.check(CLAIM) == provider.check(CLAIM)
