"""Believes everybody, for demos and tests. Settings refuse it where money is real."""

from kyc.provider import CheckResult, IdentityClaim, ProviderAnswer


class MockProvider:
    """Verifies every claim at once, unseen."""

    name = "mock"

    def check(self, claim: IdentityClaim) -> ProviderAnswer:
        """Believe it."""
        return ProviderAnswer(
            result=CheckResult.VERIFIED,
            detail="mock: believed unseen",
            provider_reference=f"mock-{claim.reference}",
        )
