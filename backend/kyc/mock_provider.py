"""Believes everybody, for demos and tests. Settings refuse it where money is real."""

from kyc.provider import IdentityClaim, ProviderAnswer, Verdict


class MockProvider:
    """Verifies every claim at once, unseen."""

    name = "mock"

    def check(self, claim: IdentityClaim) -> ProviderAnswer:
        """Believe it."""
        return ProviderAnswer(
            verdict=Verdict.VERIFIED,
            detail="mock: believed unseen",
            provider_reference=f"mock-{claim.reference}",
        )
