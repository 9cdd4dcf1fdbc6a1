"""No bureau at all: an operator decides in the admin."""

from kyc.provider import IdentityClaim, ProviderAnswer, Verdict


class ManualProvider:
    """Refers every claim to a person."""

    name = "manual"

    def check(self, claim: IdentityClaim) -> ProviderAnswer:
        """Leave the decision to an operator."""
        return ProviderAnswer(verdict=Verdict.REFERRED, detail="manual: an operator decides")
