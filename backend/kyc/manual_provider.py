"""No bureau at all: an operator decides in the admin."""

from kyc.provider import CheckResult, IdentityClaim, ProviderAnswer


class ManualProvider:
    """Refers every claim to an operator."""

    name = "manual"

    def check(self, claim: IdentityClaim) -> ProviderAnswer:
        """Leave the decision to an operator."""
        return ProviderAnswer(result=CheckResult.REFERRED, detail="manual: an operator decides")
