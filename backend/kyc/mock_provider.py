"""The mock KYC provider for demos and tests; config.sections rejects it in production."""

from kyc.provider import CheckResult, IdentityClaim, ProviderAnswer


class MockProvider:
    """Answers VERIFIED for every claim without a check."""

    name = "mock"

    def check(self, claim: IdentityClaim) -> ProviderAnswer:
        """Return VERIFIED."""
        return ProviderAnswer(
            result=CheckResult.VERIFIED,
            detail="mock: believed unseen",
            provider_reference=f"mock-{claim.reference}",
        )
