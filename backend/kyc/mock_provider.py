"""Verifies every claim, for demos and tests. Settings refuse it where money is real."""

from kyc.provider import CheckResult, IdentityClaim, ProviderAnswer


class MockProvider:
    """Answers at once and checks nothing."""

    name = "mock"

    def check(self, claim: IdentityClaim) -> ProviderAnswer:
        """Answer "verified"."""
        return ProviderAnswer(
            result=CheckResult.VERIFIED,
            detail="mock: believed unseen",
            provider_reference=f"mock-{claim.reference}",
        )
