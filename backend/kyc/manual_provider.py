"""The KYC provider without an outside service: an operator decides in the admin."""

from kyc.provider import CheckResult, IdentityClaim, ProviderAnswer


class ManualProvider:
    """Answers REFERRED for every claim."""

    name = "manual"

    def check(self, claim: IdentityClaim) -> ProviderAnswer:
        """Return REFERRED, which leaves the submission PENDING for an operator."""
        return ProviderAnswer(result=CheckResult.REFERRED, detail="manual: an operator decides")
