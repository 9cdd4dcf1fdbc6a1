"""The interface of KYC providers. Pure: no Django, no HTTP, no vendor's terms.

Errors are named by what the caller may conclude from them. None says anything about the customer,
so after each the submission stays PENDING for an operator.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class IdentityClaim:
    """The identity that a customer claims. `reference` is our id of the submission."""

    reference: str
    full_name: str
    # Left out of repr(), so that no traceback or log line shows the ID number.
    id_number: str = field(repr=False)
    date_of_birth: date


class CheckResult(StrEnum):
    """A provider's result."""

    VERIFIED = "verified"
    REJECTED = "rejected"
    #: The provider cannot tell, or must not decide alone: an operator decides.
    REFERRED = "referred"


class Mismatch(StrEnum):
    """The reasons for a rejection, from kyc.reasons, that a provider may give."""

    ID_NOT_FOUND = "id_not_found"
    NAME_MISMATCH = "name_mismatch"
    DATE_OF_BIRTH_MISMATCH = "date_of_birth_mismatch"


@dataclass(frozen=True, kw_only=True)
class ProviderAnswer:
    """A provider's clear answer about one claim.

    `detail` is for operators and holds no ID number; `mismatch` is set exactly when the result is
    REJECTED; `provider_reference` is the provider's own id of the check.
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
    """The base class of a provider's three errors; `detail` is for operators, without secrets."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ProviderRejected(ProviderError):
    """The provider rejected our request (credentials, quota, format); it checked nothing."""


class ProviderUnreachable(ProviderError):
    """The claim was not sent."""


class OutcomeUnknown(ProviderError):
    """The claim was sent, but no clear answer came back."""


class KycProvider(Protocol):
    """A service that checks an identity. Every provider passes kyc/tests/provider_contract.py.

    A provider that uses the network sets a timeout on its call and never retries it.
    """

    #: The provider's name, stored with each submission; at most 32 characters.
    name: str

    def check(self, claim: IdentityClaim) -> ProviderAnswer:
        """Check a claim. Called outside of transactions, without a database connection held.

        Raises:
            ProviderRejected: the provider rejected our request.
            ProviderUnreachable: the claim was not sent.
            OutcomeUnknown: the claim was sent, but no clear answer came back.
        """
