"""Payments by hand: answer M-Pesa's validation, take its confirmation, replay a stored one."""

import hmac
import json
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db import transaction as db_transaction

from common import logs
from common.db import call_function, discard_stale_connection, is_worth_repeating
from common.unavailable import RETRY_AFTER_S
from payments import conf, errors
from payments.daraja.confirmations import (
    MalformedConfirmation,
    parse_confirmation,
    parse_validation,
)
from payments.gateway import PaybillNotice
from payments.models import Confirmation
from payments.paybill import account_numbers
from payments.services.callbacks import is_trusted_source, kept_headers
from users.models import User

logger = logging.getLogger(__name__)

#: What rejects a payment at its validation; any other answer may make M-Pesa take the money.
WRONG_ACCOUNT = "C2B00012"
WRONG_AMOUNT = "C2B00013"
WRONG_SHORT_CODE = "C2B00015"
OTHER_ERROR = "C2B00016"
#: How many numbers are drawn for a customer. That all of them are taken will not happen.
_DRAWN = 5


@dataclass(frozen=True)
class PaybillDetails:
    """What a customer types in M-Pesa's menu, and the name that M-Pesa then shows."""

    paybill: str
    account_number: str
    payee_name: str


@dataclass(frozen=True)
class ConfirmationOutcome:
    """What a confirmation did; `verdict` as payments.models.Confirmation.Verdict."""

    verdict: str
    confirmation_id: int
    transaction_id: int | None


def is_secret(given: str) -> bool:
    """Return whether this is the secret of the paybill's addresses, and payments by hand are on."""
    return conf.takes_payments_by_hand() and hmac.compare_digest(
        given.encode(), settings.PAYBILL_URL_SECRET.encode()
    )


_ACCOUNT = "SELECT paybill_account(%(user_id)s, %(numbers)s, %(now)s) AS number"


def find_details(user: User, *, now: datetime) -> PaybillDetails:
    """Return where and how this customer pays by hand. The first call draws their number."""
    numbers = [account_numbers.draw() for _ in range(_DRAWN)]
    found = call_function(_ACCOUNT, {"user_id": user.pk, "numbers": numbers, "now": now})
    return PaybillDetails(
        paybill=conf.get_gateway().business_short_code,
        account_number=found["number"],
        payee_name=settings.PAYBILL_PAYEE_NAME,
    )


_VALIDATE = """
SELECT CASE WHEN paybill_is_ours(%(short_code)s, %(own_short_code)s)
    THEN paybill_validate(%(reference)s, %(number)s, %(amount)s, %(rules)s::jsonb, %(now)s)
    ELSE 'short_code' END AS said
"""
_ANSWERS = {
    "ok": None,
    "account": WRONG_ACCOUNT,
    "amount": WRONG_AMOUNT,
    "short_code": WRONG_SHORT_CODE,
}


def validate_payment(body: bytes, *, now: datetime) -> str | None:
    """Return None to have M-Pesa take the payment, or the code with which it is rejected.

    Nothing is stored. Whatever goes wrong rejects the payment: an error must never read as consent,
    and a payment that is rejected costs the payer nothing. While the database takes no writes a
    payment is rejected as well, since its confirmation, which comes once, could not be stored.
    """
    try:
        return _find_objection(body, now)
    except Exception:
        logger.exception("a payment by hand could not be validated, and is rejected")
        return OTHER_ERROR


def _find_objection(body: bytes, now: datetime) -> str | None:
    try:
        notice = parse_validation(body)
    except MalformedConfirmation:
        return OTHER_ERROR
    meaning = account_numbers.read(notice.account_number)
    if meaning.reference is None and meaning.number is None:
        return WRONG_ACCOUNT
    rules = conf.deposit_rules()
    asked = {
        "short_code": notice.business_short_code,
        "own_short_code": conf.get_gateway().business_short_code,
        "reference": meaning.reference,
        "number": meaning.number,
        "amount": notice.amount,
        "rules": json.dumps({**rules.as_json(), "lowest_amount": rules.lowest_amount}),
        "now": now,
    }
    return _ANSWERS[_with_one_retry(_VALIDATE, asked)["said"]]


_RECORD = """
SELECT * FROM confirmation_record(%(payment)s::jsonb, %(is_trusted)s, %(source_address)s,
    %(headers)s, %(raw_body)s, %(is_kyc_required)s, %(now)s)
"""


def record_confirmation(
    *, body: bytes, headers: dict[str, str], source_address: str | None, now: datetime
) -> ConfirmationOutcome:
    """Settle a confirmation and store it; return once both are committed.

    Raises:
        CallbackMalformed: the body is no confirmation. It is stored all the same.
        CallbackNotStored: the database could not store it; M-Pesa has to keep the payment.
    """
    payment = _read(body)
    parameters = {
        "payment": payment and json.dumps(payment),
        "is_trusted": is_trusted_source(source_address),
        "source_address": source_address,
        "headers": json.dumps(kept_headers(headers)),
        "raw_body": body,
        "is_kyc_required": settings.KYC_REQUIRED,
        "now": now,
    }
    try:
        recorded = _with_one_retry(_RECORD, parameters)
    except DatabaseError:
        logger.exception("a confirmation could not be settled; storing it alone")
        recorded = _store_alone(parameters)
    is_open = bool(recorded["note"])
    with logs.about(deposit=recorded["transaction_id"]):
        logger.log(
            logging.ERROR if is_open else logging.INFO,
            "confirmation %s: %s%s",
            recorded["confirmation_id"],
            recorded["verdict"],
            f", kept for a replay: {recorded['note']}" if is_open else "",
        )
    if payment is None:
        raise errors.CallbackMalformed
    return ConfirmationOutcome(
        recorded["verdict"], recorded["confirmation_id"], recorded["transaction_id"]
    )


_STORE_ALONE = """
INSERT INTO payments_confirmation (raw_body, headers, source_address, verdict, received_at)
VALUES (%(raw_body)s, %(headers)s, %(source_address)s, 'received', %(now)s)
RETURNING id AS confirmation_id, verdict, transaction_id, note
"""


def _store_alone(parameters: dict[str, Any]) -> dict[str, Any]:
    """Store the raw confirmation for a replay, after the function that settles has failed.

    Raises:
        CallbackNotStored: the confirmation could not be stored either.
    """
    try:
        return call_function(_STORE_ALONE, parameters)
    except DatabaseError as error:
        raise errors.CallbackNotStored(retry_after_s=RETRY_AFTER_S) from error


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        return as_payment(parse_confirmation(body))
    except MalformedConfirmation as malformed:
        logger.warning("malformed confirmation: %s", malformed)
        return None


def as_payment(notice: PaybillNotice) -> dict[str, Any]:
    """Return `p_payment` of paybill.sql: what M-Pesa says, and what the account number may mean."""
    meaning = account_numbers.read(notice.account_number)
    own_short_code = conf.get_gateway().business_short_code
    return {
        "receipt": notice.receipt,
        # As text: a JSON number may be read as a float, which is not exact.
        "amount": str(notice.amount),
        "business_short_code": notice.business_short_code or own_short_code,
        "own_short_code": own_short_code,
        "account_number": notice.account_number,
        "transaction_type": notice.transaction_type,
        "paid_at": notice.paid_at and notice.paid_at.isoformat(),
        "payer_name": notice.payer_name,
        "payer_number": notice.payer_number,
        "payer_hash": notice.payer_hash,
        "reference": meaning.reference,
        "number": meaning.number,
        "phone": meaning.phone,
    }


_SETTLE = """
SELECT * FROM paybill_settle(%(payment)s::jsonb, 'confirmation', %(is_kyc_required)s, %(now)s)
"""
_LASTING = {Confirmation.Verdict.APPLIED, Confirmation.Verdict.HELD}


def replay_confirmation(confirmation: Confirmation, *, now: datetime) -> str:
    """Settle a stored confirmation again and return its verdict. It credits nothing twice.

    Raises:
        DatabaseError: settling failed again; the confirmation stays `received`.
    """
    if not is_trusted_source(confirmation.source_address):
        return _close(confirmation, Confirmation.Verdict.UNTRUSTED, now)
    payment = _read(bytes(confirmation.raw_body))
    if payment is None:
        return _close(confirmation, Confirmation.Verdict.MALFORMED, now)
    with db_transaction.atomic():
        settled = call_function(
            _SETTLE,
            {
                "payment": json.dumps(payment),
                "is_kyc_required": settings.KYC_REQUIRED,
                "now": now,
            },
        )
        learnt = {"receipt": payment["receipt"]}
        if settled["transaction_id"] is not None:
            learnt["transaction_id"] = settled["transaction_id"]
        return _close(confirmation, settled["verdict"], now, **learnt)


def _close(confirmation: Confirmation, verdict: str, now: datetime, **learnt: Any) -> str:
    """Store the verdict of a replay, unless the row already has one that explains money."""
    row = Confirmation.objects.filter(pk=confirmation.pk)
    if verdict != Confirmation.Verdict.APPLIED:
        row = row.exclude(verdict__in=_LASTING)
    if verdict != Confirmation.Verdict.UNTRUSTED:
        learnt["note"] = ""
    row.update(verdict=verdict, processed_at=now, **learnt)
    return verdict


def _with_one_retry(sql: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Call a function; once more where the connection was lost or the call met a deadlock.

    Settling twice credits once, and M-Pesa does not send a confirmation again.
    """
    try:
        return call_function(sql, parameters)
    except DatabaseError as error:
        if not is_worth_repeating(error):
            raise
        discard_stale_connection()
        return call_function(sql, parameters)
