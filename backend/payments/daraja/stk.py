"""STK push and status query: builds both requests and parses Daraja's replies. Pure.

A reply is parsed into a value or a specific exception. After a reply that is no clear answer the
outcome is unknown, because a prompt may be on the phone.
"""

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime

from payments.daraja.callbacks import EAT
from payments.daraja.json_reader import is_identifier, read_code
from payments.daraja.replies import (
    HTTP_OK,
    Reply,
    raise_rejection,
    read_reply,
    read_text,
    redact,
)
from payments.daraja.result_codes import describe_result
from payments.gateway import (
    STILL_PROCESSING,
    SUCCESS,
    GatewayRejected,
    OutcomeUnknown,
    PushAccepted,
    PushRequest,
    QueryAnswer,
    QueryOutcome,
)

PUSH_PATH = "/mpesa/stkpush/v1/processrequest"
QUERY_PATH = "/mpesa/stkpushquery/v1/query"

_HTTP_SERVER_ERROR = 500

PAYBILL = "CustomerPayBillOnline"
TILL = "CustomerBuyGoodsOnline"

_SHORT_CODE = re.compile(r"[1-9][0-9]{4,6}")
_PHONE_NUMBER = re.compile(r"254[17][0-9]{8}")
# With other characters in these two text fields pushes failed without an error (docs/daraja.md §2).
_ACCOUNT_REFERENCE = re.compile(r"[A-Za-z0-9 ]{1,12}")
_TRANSACTION_DESC = re.compile(r"[A-Za-z0-9 ]{1,13}")


@dataclass(frozen=True, kw_only=True)
class ShortCode:
    """The paybill or till that money is paid to, and its passkey.

    For a till, `business_short_code` is the store or head-office number and `party_b` the till;
    where they are exchanged, payments fail with result 2028 or SFC_IC0003 (docs/daraja.md §2).
    `party_b` defaults to the short code, which is right for a paybill.

    Raises:
        ValueError: a number does not have 5 to 7 digits, or the transaction type is neither PAYBILL
            nor TILL.
    """

    business_short_code: str
    passkey: str = field(repr=False)
    transaction_type: str = PAYBILL
    party_b: str = ""

    def __post_init__(self) -> None:
        for name, number in (("short code", self.business_short_code), ("PartyB", self.payee)):
            if not _SHORT_CODE.fullmatch(number):
                raise ValueError(name + " is not 5 to 7 digits")
        if self.transaction_type not in {PAYBILL, TILL}:
            raise ValueError("transaction type is neither " + PAYBILL + " nor " + TILL)

    @property
    def payee(self) -> str:
        """Return the number that receives the money (PartyB)."""
        return self.party_b or self.business_short_code


def format_timestamp(moment: datetime) -> str:
    """Return an aware datetime in Daraja's format: 14 digits, Nairobi time (docs/daraja.md §2)."""
    return moment.astimezone(EAT).strftime("%Y%m%d%H%M%S")


def build_push_payload(
    request: PushRequest, short_code: ShortCode, *, now: datetime
) -> dict[str, int | str]:
    """Build the body of an STK push.

    Phone numbers are integers: as strings, pushes have failed with 1037 (docs/daraja.md §2).

    Raises:
        GatewayRejected: the request breaks a rule of Daraja's, so it must not be sent.
    """
    check_push_request(request)
    return {
        "BusinessShortCode": int(short_code.business_short_code),
        **_sign(short_code, now),
        "TransactionType": short_code.transaction_type,
        "Amount": request.amount,
        "PartyA": int(request.phone_number),
        "PartyB": int(short_code.payee),
        "PhoneNumber": int(request.phone_number),
        "CallBackURL": request.callback_url,
        "AccountReference": request.account_reference,
        "TransactionDesc": request.transaction_desc,
    }


def check_push_request(request: PushRequest) -> None:
    """Check a push against Daraja's rules: it rejects or silently changes others
    (docs/daraja.md §2).

    Raises:
        GatewayRejected: a field breaks a rule; the error names the field, never its value.
    """
    rules = {
        "amount": type(request.amount) is int and request.amount >= 1,
        "phone_number": _PHONE_NUMBER.fullmatch(request.phone_number),
        "account_reference": _ACCOUNT_REFERENCE.fullmatch(request.account_reference),
        "transaction_desc": _TRANSACTION_DESC.fullmatch(request.transaction_desc),
    }
    broken = [name for name, is_kept in rules.items() if not is_kept]
    if broken:
        raise GatewayRejected("not a request Daraja takes: " + ", ".join(broken))


def build_query_payload(
    checkout_request_id: str, short_code: ShortCode, *, now: datetime
) -> dict[str, str]:
    """Build the body of a status query; here the short code is text (docs/daraja.md §5)."""
    return {
        "BusinessShortCode": short_code.business_short_code,
        **_sign(short_code, now),
        "CheckoutRequestID": checkout_request_id,
    }


def _sign(short_code: ShortCode, now: datetime) -> dict[str, str]:
    """Return Password and Timestamp; the password contains the same timestamp."""
    timestamp = format_timestamp(now)
    plain = f"{short_code.business_short_code}{short_code.passkey}{timestamp}"
    return {"Password": base64.b64encode(plain.encode()).decode(), "Timestamp": timestamp}


def parse_push_reply(status: int, body: bytes) -> PushAccepted:
    """Read the answer to an STK push (docs/daraja.md §3).

    Raises:
        GatewayRejected: a known error code, or a ResponseCode other than 0: no prompt was sent.
        TokenRejected: Daraja rejected the access token.
        OutcomeUnknown: any other reply; a prompt may be on the phone.
    """
    reply = read_reply("push", status, body)
    checkout_request_id = reply.get("CheckoutRequestID")
    is_success = status == HTTP_OK and reply.response_code == SUCCESS
    if is_success and is_identifier(checkout_request_id) and checkout_request_id.strip():
        merchant_request_id = reply.get("MerchantRequestID")
        return PushAccepted(
            checkout_request_id=checkout_request_id,
            merchant_request_id=merchant_request_id if is_identifier(merchant_request_id) else None,
        )
    raise_rejection(reply)
    if reply.response_code not in {None, SUCCESS} and status < _HTTP_SERVER_ERROR:
        raise GatewayRejected(str(reply))
    raise OutcomeUnknown(str(reply))


def parse_query_reply(status: int, body: bytes, *, checkout_request_id: str) -> QueryAnswer:
    """Read the answer to a status query about `checkout_request_id` (docs/daraja.md §5).

    An answer counts only where it names the id that was asked about and a listed code: M-Pesa has
    answered about another push, and reports some pending prompts as errors. Any other answer leaves
    the deposit unchanged.

    Raises:
        GatewayRejected: M-Pesa rejected the query, which says nothing about the payment.
        TokenRejected: Daraja rejected the access token.
        OutcomeUnknown: unreadable, with an unlisted code, or about another push.
    """
    reply = read_reply("query", status, body)
    if _is_pending_error(reply):
        return _answer(QueryOutcome.PENDING, STILL_PROCESSING, reply.error[1])
    raise_rejection(reply)
    result_code = read_code(reply.get("ResultCode"))
    named_id = reply.get("CheckoutRequestID")
    is_answer = status == HTTP_OK and reply.response_code == SUCCESS and result_code is not None
    if not is_answer or result_code is None or named_id != checkout_request_id:
        raise OutcomeUnknown(str(reply))
    return _answer(_judge(result_code), result_code, reply.get("ResultDesc"))


def _judge(result_code: str) -> QueryOutcome:
    if result_code == SUCCESS:
        return QueryOutcome.PAID
    if result_code == STILL_PROCESSING:
        return QueryOutcome.PENDING
    if describe_result(result_code).is_final_failure:
        return QueryOutcome.FAILED
    # A callback with an unlisted code fails the deposit. A status query does not: some have given
    # wrong answers (docs/daraja.md §5).
    raise OutcomeUnknown("query: unlisted result code " + redact(result_code))


def _is_pending_error(reply: Reply) -> bool:
    """Return whether the reply says "pending" in the older way, as an error (docs/daraja.md §5)."""
    code, text = reply.error
    return code == "500.001.1001" and "being processed" in text.lower()


def _answer(outcome: QueryOutcome, result_code: str, result_desc: object) -> QueryAnswer:
    return QueryAnswer(outcome=outcome, result_code=result_code, result_desc=read_text(result_desc))
