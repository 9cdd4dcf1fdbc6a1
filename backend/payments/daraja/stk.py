"""STK Push: the requests that prompt a phone and ask about a prompt, and Daraja's replies. Pure.

A reply becomes a value or a precise exception. What is no clear answer is an unknown outcome,
because a prompt may then be on the phone.
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
# Other characters in the two free-text fields failed silently (docs/daraja.md §2).
_ACCOUNT_REFERENCE = re.compile(r"[A-Za-z0-9 ]{1,12}")
_TRANSACTION_DESC = re.compile(r"[A-Za-z0-9 ]{1,13}")


@dataclass(frozen=True, kw_only=True)
class ShortCode:
    """The paybill or till that money is paid to, and the passkey that signs for it.

    For a till, `business_short_code` is the store or head-office number and `party_b` the till;
    mixing them up ends in callback 2028 or SFC_IC0003 (docs/daraja.md §2). `party_b` defaults to
    the short code, as a paybill has it.

    Raises:
        ValueError: a number has not 5 to 7 digits, or the transaction type is neither of the two.
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
    """Return an aware moment as Daraja writes time: 14 digits, in Nairobi (docs/daraja.md §2)."""
    return moment.astimezone(EAT).strftime("%Y%m%d%H%M%S")


def build_push_payload(
    request: PushRequest, short_code: ShortCode, *, now: datetime
) -> dict[str, int | str]:
    """Build the body of an STK push.

    Phone fields are integers: as strings they were seen to end in 1037 (docs/daraja.md §2).

    Raises:
        GatewayRejected: the request breaks Daraja's rules, so it must not be sent.
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
    """Refuse what Daraja would refuse, or worse, accept and change (docs/daraja.md §2).

    Raises:
        GatewayRejected: naming the field, never its value.
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
    """Build the body of an STK query, whose short code is text (docs/daraja.md §5)."""
    return {
        "BusinessShortCode": short_code.business_short_code,
        **_sign(short_code, now),
        "CheckoutRequestID": checkout_request_id,
    }


def _sign(short_code: ShortCode, now: datetime) -> dict[str, str]:
    """Return Password and Timestamp of one moment: inside the password it must be the same."""
    timestamp = format_timestamp(now)
    plain = f"{short_code.business_short_code}{short_code.passkey}{timestamp}"
    return {"Password": base64.b64encode(plain.encode()).decode(), "Timestamp": timestamp}


def parse_push_reply(status: int, body: bytes) -> PushAccepted:
    """Read the answer to an STK push (docs/daraja.md §3).

    Raises:
        GatewayRejected: a clear no, by a known error code or another ResponseCode than 0.
        TokenRejected: a token error.
        OutcomeUnknown: anything else; a prompt may be on the phone.
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
    """Read the answer to an STK query about `checkout_request_id` (docs/daraja.md §5).

    Final is only what names our own id with a listed code. A late prompt once answered for another
    and a pending one looks like an error, so everything else leaves the deposit as it is.

    Raises:
        GatewayRejected: the question was refused, which says nothing about the payment.
        TokenRejected: a token error.
        OutcomeUnknown: unreadable, unlisted, or about another prompt.
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
    # By callback this settles as failed-unclassified; a query has given wrong answers (§5, §6).
    raise OutcomeUnknown("query: unlisted result code " + redact(result_code))


def _is_pending_error(reply: Reply) -> bool:
    """Recognise the older of the two pending shapes, an error by its looks (docs/daraja.md §5)."""
    code, text = reply.error
    return code == "500.001.1001" and "being processed" in text.lower()


def _answer(outcome: QueryOutcome, result_code: str, result_desc: object) -> QueryAnswer:
    return QueryAnswer(outcome=outcome, result_code=result_code, result_desc=read_text(result_desc))
