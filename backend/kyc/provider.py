"""What every identity check promises. Pure: no Django, no HTTP, no vendor's spelling.

Failures are named by what the caller may conclude from them. None of them says anything about the
customer, so after each the submission stays PENDING, for an operator to decide.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class IdentityClaim:
    """The identity that a customer claims. `reference` is ours, the same at each sending."""

    reference: str
    full_name: str
    # Out of the repr: a claim in a traceback or a log line shows no number.
    id_number: str = field(repr=False)
    date_of_birth: date


class CheckResult(StrEnum):
    """What a provider found out."""

    VERIFIED = "verified"
    REJECTED = "rejected"
    #: It cannot say, or is not to decide alone: an operator does.
    REFERRED = "referred"


class Mismatch(StrEnum):
    """The reasons for a rejection, from kyc.reasons, that a provider may give."""

    ID_NOT_FOUND = "id_not_found"
    NAME_MISMATCH = "name_mismatch"
    DATE_OF_BIRTH_MISMATCH = "date_of_birth_mismatch"


@dataclass(frozen=True, kw_only=True)
class ProviderAnswer:
    """A clear answer about one claim.

    `detail` is for operators and holds no ID number; `mismatch` is there when REJECTED, and only
    then; `provider_reference` finds the check in the provider's own books.
    """

    result: CheckResult
    detail: str
    mismatch: Mismatch | None = None
    provider_reference: str = ""

    def __post_init__(self) -> None:
        if (self.result is CheckResult.REJECTED) != (self.mismatch is not None):
            message = "a rejection, and nothing else, names its mismatch"
            raise ValueError(message)


class ProviderError(Exception):
    """Base of the three things that can go wrong; `detail` is for staff and holds no secret."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ProviderRejected(ProviderError):
    """It did not accept our request: credentials, quota, form. The customer was not checked."""


class ProviderUnreachable(ProviderError):
    """The claim never left us."""


class OutcomeUnknown(ProviderError):
    """The claim left us, and no clear answer came back."""


class KycProvider(Protocol):
    """A service that checks an identity. All implementations pass kyc/tests/provider_contract.py.

    A provider that uses the network bounds its call in time and never repeats it.
    """

    #: Stored with every submission it was asked about; at most 32 characters.
    name: str

    def check(self, claim: IdentityClaim) -> ProviderAnswer:
        """Say what is known about a claim. Called outside any transaction, no connection held.

        Raises:
            ProviderRefused: our request was not taken.
            ProviderUnreachable: the claim never left us.
            OutcomeUnknown: it left us, and no clear answer came back.
        """
