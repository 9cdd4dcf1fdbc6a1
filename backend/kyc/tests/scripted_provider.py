"""A KYC provider whose next answer the test chooses; it records what it was asked."""

from collections.abc import Callable

from django.db import connection

from kyc.provider import CheckResult, IdentityClaim, KycProvider, ProviderAnswer

CLASS = "kyc.tests.scripted_provider.scripted"


class ScriptedProvider:
    """Answers with `answer`, raises `error`, or does `meanwhile` first."""

    name = "bureau"

    def __init__(self) -> None:
        self.answer = ProviderAnswer(
            result=CheckResult.VERIFIED, detail="found in the register", provider_reference="B-1"
        )
        self.error: Exception | None = None
        self.meanwhile: Callable[[], object] = lambda: None
        self.claims: list[IdentityClaim] = []
        self.held_a_connection: list[bool] = []

    def check(self, claim: IdentityClaim) -> ProviderAnswer:
        """Answer as the test says."""
        self.claims.append(claim)
        self.held_a_connection.append(connection.connection is not None)
        self.meanwhile()
        if self.error is not None:
            raise self.error
        return self.answer


def scripted(*, script: ScriptedProvider) -> KycProvider:
    """Return the one that the test holds."""
    return script
