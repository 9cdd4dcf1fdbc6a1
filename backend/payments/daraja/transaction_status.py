"""Transaction Status: what became of one transaction, asked by its receipt. Pure.

M-Pesa acknowledges the question, and posts the answer later, or a time-out, to two addresses: their
bodies cannot always be told apart. The answer's shape varies (docs/daraja.md §16): nothing here may
raise on any body but MalformedResult, and what is missing or contradicts itself is not known.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from payments.daraja.callbacks import EAT, read_amount, read_receipt, read_transaction_date
from payments.daraja.json_reader import clean_text, is_identifier, read_code, read_object
from payments.daraja.replies import (
    HTTP_OK,
    raise_rejection,
    read_reply,
    redact,
)
from payments.gateway import (
    GatewayRejected,
    InitiatorRejected,
    OutcomeUnknown,
    RejectionReason,
    TransactionQueryAccepted,
    TransactionResult,
)
from users.phone import is_msisdn, mask_phone_number

QUERY_PATH = "/mpesa/transactionstatus/v1/query"

#: What M-Pesa's codes say about the initiator: its password is wrong or locked, its name unknown,
#: its role missing. A next call with the same credential could lock it (docs/daraja.md §16).
INITIATOR_CODES = frozenset({"18", "20", "21", "22", "2001", "8006", "TP40153", "100000010"})
#: M-Pesa is overloaded, broken or being maintained: the same question may be answered later.
_BUSY_CODES = frozenset({"17", "26", "00.002.1001"})
_OVERLOADED = re.compile(r"1000000[0-9]{2}", re.ASCII)
#: No receipt: M-Pesa writes a date and seven zeros where no money moved.
_NO_RECEIPT = "0000000"

_ZEROS = re.compile(r"0+", re.ASCII)
_PARTY = re.compile(r"\s*([0-9*]{5,16})\s*(?:-\s*(.*))?", re.ASCII | re.DOTALL)
_SHORT_CODE = re.compile(r"[1-9][0-9]{4,6}", re.ASCII)
_MASKED = re.compile(r"([0-9]{3,6})\*+([0-9]{2,4})", re.ASCII)
_DOTTED = re.compile(r"\d{2}\.\d{2}\.\d{4} \d{2}:\d{2}:\d{2}", re.ASCII)
_DIGITS = re.compile(r"\d{7,}", re.ASCII)
#: Names of fields that are kept whole. Any other may hold the payer's number.
_PLAIN = frozenset(
    {
        "resulttype", "resultcode", "originatorconversationid", "conversationid", "transactionid",
        "receiptno", "amount", "initiatedtime", "finalisedtime", "transactionstatus", "reasontype",
        "commandid", "key",
    }
)  # fmt: skip
#: Names of fields that are never kept: a time-out may repeat the whole request.
_SECRET = re.compile(r"credential|password|initiator", re.IGNORECASE)
#: The addresses hold our token.
_ADDRESS = re.compile(r"url$", re.IGNORECASE)
_MAX_ITEMS, _MAX_DEPTH, _MAX_TEXT = 60, 6, 255


class MalformedResult(ValueError):
    """The body is no JSON object with a Result and a ResultCode."""


def build_payload(
    receipt: str,
    *,
    result_url: str,
    timeout_url: str,
    business_short_code: str,
    initiator_name: str,
    security_credential: str,
) -> dict[str, int | str]:
    """Build the body of a question. The short code must be a party of the transaction."""
    return {
        "Initiator": initiator_name,
        "SecurityCredential": security_credential,
        "CommandID": "TransactionStatusQuery",
        "TransactionID": receipt,
        "PartyA": business_short_code,
        "IdentifierType": "4",
        "ResultURL": result_url,
        "QueueTimeOutURL": timeout_url,
        "Remarks": "Status",
        "Occasion": "Status",
    }


def parse_reply(status: int, body: bytes) -> TransactionQueryAccepted:
    """Read M-Pesa's acknowledgement of a question.

    Raises:
        InitiatorRejected, GatewayRejected: a clear no.
        TokenRejected: Daraja rejected the access token.
        OutcomeUnknown: no clear answer; M-Pesa may have taken the question.
    """
    reply = read_reply("transaction status", status, body)
    code = reply.response_code or ""
    for found in (code, reply.error[0]):
        if found in INITIATOR_CODES:
            message = redact(str(reply))
            raise InitiatorRejected(message, result_code=found)
        if is_busy(found):
            raise GatewayRejected(str(reply), reason=RejectionReason.BUSY, result_code=found)
    raise_rejection(reply)
    if status != HTTP_OK or not code:
        raise OutcomeUnknown(str(reply))
    if not _ZEROS.fullmatch(code):
        raise GatewayRejected(str(reply), result_code=code)
    return TransactionQueryAccepted(
        conversation_id=_read_id(reply.get("ConversationID")),
        originator_conversation_id=_read_id(reply.get("OriginatorConversationID")),
    )


def is_busy(code: str) -> bool:
    """Return whether a result code asks for patience, rather than says no."""
    return code in _BUSY_CODES or (
        _OVERLOADED.fullmatch(code) is not None and code not in INITIATOR_CODES
    )


def parse_result(body: bytes) -> TransactionResult:
    """Read what M-Pesa posts to the result's address.

    Raises:
        MalformedResult: no JSON object with Result.ResultCode.
    """
    message = read_object(body)
    result = message.get("Result") if message is not None else None
    if not isinstance(result, dict):
        raise MalformedResult("no Result")
    code = read_code(result.get("ResultCode"))
    if code is None:
        raise MalformedResult("no usable ResultCode")
    values = _read_parameters(result.get("ResultParameters"))
    payer_msisdn, payer_number, payer_name = _read_payer(values.get("DebitPartyName", []))
    return TransactionResult(
        result_code=code,
        result_desc=redact(clean_text(result.get("ResultDesc"), _MAX_TEXT)),
        conversation_id=_read_id(result.get("ConversationID")),
        receipt=_read_receipt(_only(values, "ReceiptNo")),
        transaction_status=clean_text(_only(values, "TransactionStatus"), 32),
        amount=read_amount(_only(values, "Amount")),
        credit_party=_read_short_code(values.get("CreditPartyName", [])),
        reason_type=clean_text(_only(values, "ReasonType"), 64),
        paid_at=read_time(_only(values, "FinalisedTime"))
        or read_time(_only(values, "InitiatedTime")),
        payer_name=payer_name,
        payer_number=payer_number,
        payer_msisdn=payer_msisdn,
        raw=keep(message),
    )


def parse_timeout(body: bytes) -> dict[str, object]:
    """Return what M-Pesa posts to the time-out's address, as it may be stored.

    It is a result, or the request itself with its security credential, or anything else: all of
    them say the same, that M-Pesa has not answered.
    """
    return keep(read_object(body))


def read_time(value: object) -> datetime | None:
    """Return a time in UTC from one of M-Pesa's three forms, all in Nairobi: `20221110110717` as
    text or number, and `06.07.2024 22:48:52`.
    """
    if isinstance(value, str) and _DOTTED.fullmatch(value.strip()):
        try:
            moment = datetime.strptime(value.strip(), "%d.%m.%Y %H:%M:%S").replace(tzinfo=EAT)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):  # month 13; three hours before the first year
            return None
    return read_transaction_date(value)


def keep(message: object) -> dict[str, object]:
    """Return a JSON object as it may be stored: cut, without secrets, numbers of phones masked."""
    kept = _keep("", message, 0)
    return kept if isinstance(kept, dict) else {}


def _keep(name: str, value: object, depth: int) -> object:
    if _SECRET.search(name) and not isinstance(value, dict | list):
        return "[redacted]"
    if isinstance(value, dict | list) and depth >= _MAX_DEPTH:
        return "[too deep]"
    if isinstance(value, dict):
        # An item's value is as secret as the name beside it, not as the word Value.
        beside = clean_text(value.get("Key"), 64)
        return {
            clean_text(key, 64): _keep(beside if key == "Value" else key, each, depth + 1)
            for key, each in list(value.items())[:_MAX_ITEMS]
        }
    if isinstance(value, list):
        return [_keep(name, each, depth + 1) for each in value[:_MAX_ITEMS]]
    if _ADDRESS.search(name):
        return "[address]"
    text = _as_text(value)
    return text if name.lower() in _PLAIN else _DIGITS.sub(_mask, text)


def _mask(found: re.Match[str]) -> str:
    return mask_phone_number(found[0])


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return clean_text(value, _MAX_TEXT)
    if isinstance(value, Decimal):
        return clean_text(read_code(value) or str(value), _MAX_TEXT)
    return clean_text(json.dumps(value, default=str), _MAX_TEXT)


def _read_id(value: object) -> str:
    return value if is_identifier(value) else ""


def _read_parameters(parameters: object) -> dict[str, list[object]]:
    """Return the parameters' values by name. Names repeat, and some have no Value."""
    listed = parameters.get("ResultParameter") if isinstance(parameters, dict) else None
    found: dict[str, list[object]] = {}
    for item in _items(listed):
        name, value = item.get("Key"), item.get("Value")
        if isinstance(name, str) and isinstance(value, str | Decimal):
            found.setdefault(name, []).append(value)
    return found


def _items(listed: object) -> Iterator[dict[str, object]]:
    """Yield the objects of an array, or the one object that stands in its place."""
    for item in listed if isinstance(listed, list) else [listed]:
        if isinstance(item, dict):
            yield item


def _only(values: dict[str, list[object]], name: str) -> object:
    """Return the value of a name; None where it has several that differ: neither is used."""
    found = values.get(name, [])
    return found[0] if found and all(value == found[0] for value in found) else None


def _read_receipt(value: object) -> str | None:
    receipt = read_receipt(value)
    return None if receipt is None or receipt.endswith(_NO_RECEIPT) else receipt


def _split_party(value: object) -> tuple[str, str]:
    """Return number and name from `254708374149 - John Doe`; "" for what is not there."""
    found = _PARTY.fullmatch(value if isinstance(value, str) else read_code(value) or "")
    return (found[1], clean_text(found[2], 80)) if found else ("", "")


def _read_short_code(values: list[object]) -> str:
    """Return the one short code that got the money; "" where there is none, or several."""
    codes = {number for number, _ in map(_split_party, values)}
    code = codes.pop() if len(codes) == 1 else ""
    return code if _SHORT_CODE.fullmatch(code) else ""


def _read_payer(values: list[object]) -> tuple[str, str, str]:
    """Return the payer's whole number, the masked one, and their name.

    M-Pesa's own sample has this name twice, once for the organisation, which is no payer.
    """
    parties = {party for party in map(_split_party, values) if not _SHORT_CODE.fullmatch(party[0])}
    if len(parties) != 1:
        return "", "", ""
    number, name = parties.pop()
    name = _DIGITS.sub(_mask, name)
    if is_msisdn(number):
        return number, mask_phone_number(number), name
    masked = _MASKED.fullmatch(number)
    return "", f"{masked[1]}****{masked[2]}" if masked else "", name
