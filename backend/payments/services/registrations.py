"""Registers the addresses for payments by hand, and says what is known to be registered.

M-Pesa tells nobody which addresses it has, and in production takes them once, so every attempt is
recorded before it is sent. An attempt without an answer may have registered its addresses.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.db import DatabaseError

from common.db import release_connection
from payments import conf as payments_conf
from payments.gateway import (
    AddressRegistration,
    AlreadyRegistered,
    GatewayError,
    GatewayRejected,
    GatewayUnreachable,
    PaymentGateway,
)
from payments.models import PaybillRegistration
from payments.paybill_addresses import PaybillAddresses, build_addresses

Outcome = PaybillRegistration.Outcome
_ANSWER_LENGTH = 255


@dataclass(frozen=True, kw_only=True)
class Registering:
    """What is to be registered, where, and who says so.

    `daraja_host`: the host's name, with its port where one is named; addresses that a sandbox has
    are not those of production.
    """

    addresses: PaybillAddresses
    daraja_host: str
    business_short_code: str
    version: str
    response_type: str
    recorded_by: str = ""


@dataclass(frozen=True, kw_only=True)
class RegistrationReport:
    """What M-Pesa answered. `is_recorded`: False where the database did not take the answer.

    `error`: None where the addresses are registered.
    """

    outcome: PaybillRegistration.Outcome
    answer: str
    error: GatewayError | None
    is_recorded: bool


class Knowledge(StrEnum):
    """What our records say about the addresses that M-Pesa has."""

    NONE = "none"
    SAME = "same"
    OTHER = "other"
    #: There are some, and we did not record which.
    UNRECORDED = "unrecorded"
    #: An attempt got no answer, or was not recorded to its end.
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, kw_only=True)
class RegistrationStatus:
    """Our records against the settings. `row`: the registration, or the attempt in doubt.

    `differences`: which of addresses, version and response type differ from that row's.
    """

    knowledge: Knowledge
    row: PaybillRegistration | None = None
    differences: tuple[str, ...] = field(default=())


def plan_registration(conf: Any, *, recorded_by: str = "") -> Registering:
    """Return what the settings say is to be registered; `recorded_by` names who registers."""
    options = conf.PAYMENTS_GATEWAY["OPTIONS"]
    return Registering(
        addresses=build_addresses(conf),
        daraja_host=urlsplit(options.get("base_url", "")).netloc.rpartition("@")[2],
        business_short_code=options.get("business_short_code", ""),
        version=conf.PAYBILL_REGISTER_VERSION,
        response_type=conf.PAYBILL_RESPONSE_TYPE,
        recorded_by=recorded_by,
    )


def register_addresses(
    wanted: Registering, *, gateway: PaymentGateway | None = None
) -> RegistrationReport:
    """Have M-Pesa register the addresses, and record the attempt before and its answer after.

    Two attempts at once are two requests: in production M-Pesa takes one of them, and in the
    sandbox the later one. `gateway`: by default the one that is configured.

    Raises:
        DatabaseError: the attempt could not be recorded; nothing was sent.
        TransactionIsOpen: the caller's transaction would last as long as the request.
    """
    release_connection()
    attempt = uuid.uuid4()
    _record(wanted, attempt, Outcome.SENT, "")
    release_connection()
    outcome, answer, error = _ask(wanted, gateway or payments_conf.get_gateway())
    is_recorded = True
    try:
        _record(wanted, attempt, outcome, answer)
    except DatabaseError:
        # The attempt is recorded, so it stays in doubt until an operator looks.
        is_recorded = False
    return RegistrationReport(outcome=outcome, answer=answer, error=error, is_recorded=is_recorded)


def _ask(
    wanted: Registering, gateway: PaymentGateway
) -> tuple[PaybillRegistration.Outcome, str, GatewayError | None]:
    request = AddressRegistration(
        version=wanted.version,
        response_type=wanted.response_type,
        validation_url=wanted.addresses.validation_url,
        confirmation_url=wanted.addresses.confirmation_url,
    )
    try:
        registered = gateway.register_addresses(request)
    except GatewayError as error:
        return _outcome_of(error), error.detail[:_ANSWER_LENGTH], error
    answer = f"{registered.description} {registered.conversation_id}".strip()
    return Outcome.REGISTERED, answer[:_ANSWER_LENGTH], None


def _outcome_of(error: GatewayError) -> PaybillRegistration.Outcome:
    if isinstance(error, AlreadyRegistered):
        return Outcome.ALREADY_REGISTERED
    if isinstance(error, GatewayRejected):
        return Outcome.REJECTED
    if isinstance(error, GatewayUnreachable):
        return Outcome.NOT_SENT
    return Outcome.UNKNOWN


def _record(
    wanted: Registering, attempt: uuid.UUID, outcome: PaybillRegistration.Outcome, answer: str
) -> None:
    PaybillRegistration.objects.create(
        attempt=attempt,
        outcome=outcome,
        daraja_host=wanted.daraja_host,
        business_short_code=wanted.business_short_code,
        version=wanted.version,
        response_type=wanted.response_type,
        addresses_sha256=wanted.addresses.digest,
        validation_url_masked=wanted.addresses.masked_validation_url,
        confirmation_url_masked=wanted.addresses.masked_confirmation_url,
        answer=answer,
        recorded_by=wanted.recorded_by,
    )


def list_registrations(wanted: Registering) -> list[PaybillRegistration]:
    """Return the recorded steps for this short code at this host, oldest first."""
    rows = PaybillRegistration.objects.filter(
        daraja_host=wanted.daraja_host, business_short_code=wanted.business_short_code
    )
    return list(rows.order_by("id"))


def judge_registrations(
    wanted: Registering, rows: Iterable[PaybillRegistration]
) -> RegistrationStatus:
    """Say what is known to be registered from the recorded steps, oldest first. Pure."""
    known: PaybillRegistration | None = None
    is_unrecorded = False
    in_doubt: dict[uuid.UUID, PaybillRegistration] = {}
    for row in rows:
        if row.outcome in {Outcome.SENT, Outcome.UNKNOWN}:
            in_doubt[row.attempt] = row
            continue
        in_doubt.pop(row.attempt, None)
        if row.outcome == Outcome.REGISTERED:
            # It ended every doubt before it: M-Pesa has these addresses now.
            known, is_unrecorded = row, False
            in_doubt = {}
        elif row.outcome == Outcome.ALREADY_REGISTERED:
            is_unrecorded = known is None
    return _judge(wanted, known, list(in_doubt.values()), is_unrecorded=is_unrecorded)


def _judge(
    wanted: Registering,
    known: PaybillRegistration | None,
    in_doubt: list[PaybillRegistration],
    *,
    is_unrecorded: bool,
) -> RegistrationStatus:
    # A doubtful attempt with the values of the known one changed nothing, however it ended.
    doubts = [row for row in in_doubt if known is None or _values(row) != _values(known)]
    if doubts:
        row = doubts[-1]
        return RegistrationStatus(
            knowledge=Knowledge.UNCERTAIN, row=row, differences=tuple(_differences(wanted, row))
        )
    if known is None:
        knowledge = Knowledge.UNRECORDED if is_unrecorded else Knowledge.NONE
        return RegistrationStatus(knowledge=knowledge)
    differences = tuple(_differences(wanted, known))
    knowledge = Knowledge.OTHER if differences else Knowledge.SAME
    return RegistrationStatus(knowledge=knowledge, row=known, differences=differences)


def _values(row: PaybillRegistration) -> tuple[str, str, str]:
    return row.addresses_sha256, row.version, row.response_type


def _differences(wanted: Registering, row: PaybillRegistration) -> Iterator[str]:
    if row.addresses_sha256 != wanted.addresses.digest:
        yield "addresses"
    if row.version != wanted.version:
        yield "version"
    if row.response_type != wanted.response_type:
        yield "response type"
