"""Pull Transactions: M-Pesa's own list of the payments to a short code. Pure.

It is the only report that can be asked for, so a row that cannot be read is kept, and an answer
that cannot be read is never taken for an empty list (docs/daraja.md §14).
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

from payments.daraja.callbacks import EAT, read_amount, read_receipt, read_transaction_date
from payments.daraja.confirmations import read_account, read_payer
from payments.daraja.json_reader import clean_text, read_code, read_object
from payments.daraja.replies import (
    HTTP_OK,
    Reply,
    TokenRejected,
    raise_rejection,
    read_reply,
    read_text,
    redact,
)
from payments.gateway import (
    GatewayRejected,
    OutcomeUnknown,
    PaybillNotice,
    ProductMissing,
    PulledPage,
    PulledPayment,
    PullRegistered,
)

#: Unlike all others, these paths do not begin with /mpesa.
QUERY_PATH = "/pulltransactions/v1/query"
REGISTER_PATH = "/pulltransactions/v1/register"
#: A page of a hundred payments has about 30 KiB; how many a page may have is not published.
PAGE_MAX_BYTES = 4 * 1024 * 1024

_FOUND = "1000"
#: Nothing in this window, or no list for this short code; of registering: registered before.
_NOTHING = "1001"
#: Errors after which nothing was done, by the start of their code.
_REJECTED = ("400", "403", "404")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?:Z|\+03:?00)?", re.ASCII)
_DIGITS = re.compile(r"\d{7,}", re.ASCII)
#: Fields of a row that are kept whole. Any other may hold the payer's number.
_PLAIN = frozenset(
    {"transactionid", "trxdate", "transactiontype", "billreference", "amount", "organizationname"}
)
_MAX_FIELDS = 40
_MAX_DEPTH = 8


def build_query_payload(
    begin: datetime, end: datetime, offset: int, *, business_short_code: str
) -> dict[str, int | str]:
    """Build the body of a query; `begin` and `end` are aware, and sent as Nairobi time."""
    return {
        "ShortCode": business_short_code,
        "StartDate": _format_time(begin),
        "EndDate": _format_time(end),
        "OffSetValue": str(offset),
    }


def build_register_payload(
    nominated_number: str, callback_url: str, *, business_short_code: str
) -> dict[str, int | str]:
    """Build the body of a registration."""
    return {
        "ShortCode": business_short_code,
        "RequestType": "Pull",
        "NominatedNumber": nominated_number,
        "CallBackURL": callback_url,
    }


def parse_register_reply(status: int, body: bytes) -> PullRegistered:
    """Read the answer to a registration; "registered before" is a success, too.

    Raises:
        ProductMissing: the app lacks the product.
        GatewayRejected: another clear no; nothing was registered.
        TokenRejected: Daraja rejected the access token.
        OutcomeUnknown: no clear answer; the short code may be registered.
    """
    reply, code = _read(status, body, "pull register")
    if status != HTTP_OK or code not in {_FOUND, _NOTHING}:
        raise OutcomeUnknown(str(reply))
    return PullRegistered(is_new=code == _FOUND, description=_describe(reply))


def parse_query_reply(status: int, body: bytes) -> PulledPage:
    """Read one page of the list.

    Raises:
        ProductMissing: the app lacks the product.
        GatewayRejected: another clear no.
        TokenRejected: Daraja rejected the access token.
        OutcomeUnknown: no clear answer.
    """
    reply, code = _read(status, body, "pull")
    listed = _read_list(reply.get("Response"))
    if status != HTTP_OK or code not in {_FOUND, _NOTHING}:
        raise OutcomeUnknown(str(reply))
    if listed is None and code == _FOUND:
        raise OutcomeUnknown(str(reply) + ", and no list of payments")
    total = read_code(reply.get("TotalPages")) or ""
    return PulledPage(
        rows=tuple(_read_row(row) for row in _flatten(listed or ())),
        description=_describe(reply),
        total_pages=int(total) if re.fullmatch(r"[0-9]{1,6}", total, re.ASCII) else None,
    )


def _format_time(moment: datetime) -> str:
    return moment.astimezone(EAT).strftime("%Y-%m-%d %H:%M:%S")


def _read(status: int, body: bytes, call: str) -> tuple[Reply, str]:
    """Return the reply, with its keys without spaces, and its code; raise what is a clear no."""
    reply = read_reply(call, status, body)
    if reply.fields is not None:
        fields = {re.sub(r"\s", "", name): value for name, value in reply.fields.items()}
        reply = Reply(call=call, status=status, body=body, fields=fields)
    code = read_code(reply.get("ResponseCode")) or read_code(reply.get("ResponseStatus")) or ""
    error_code, text = reply.error
    text = f"{text} {_describe(reply)}".lower()
    # Its code is that of a rejected access token, so the text decides (docs/daraja.md §12).
    if "apiproductmatch" in text.replace(" ", ""):
        raise ProductMissing(str(reply))
    raise_rejection(reply)
    # Errors come as `errorCode` and as `ResponseCode`.
    for found in (code, error_code):
        if found.startswith("401"):
            raise TokenRejected(str(reply))
        if found.startswith(_REJECTED):
            raise GatewayRejected(f"{reply} {_describe(reply)}".strip())
    return reply, code


def _describe(reply: Reply) -> str:
    names = ("ResponseMessage", "ResponseDescription")
    return redact(next(filter(None, (read_text(reply.get(name)) for name in names)), ""))


def _read_list(value: object) -> list[object] | None:
    """Return the list of payments, which may be written as text; None where there is none."""
    if isinstance(value, str):
        value = (read_object(b'{"list":' + value.encode(errors="replace") + b"}") or {}).get("list")
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, list) else None


def _flatten(listed: Iterable[object], depth: int = 0) -> Iterator[object]:
    """Yield the rows of an array, or of the arrays in it: the official sample has one in another.

    What is no row and no array is yielded, too, so that it is counted.
    """
    for item in listed:
        if isinstance(item, list) and depth < _MAX_DEPTH:
            yield from _flatten(item, depth + 1)
        else:
            yield item


def _read_row(row: object) -> PulledPayment:
    if not isinstance(row, dict):
        return PulledPayment(notice=None, raw={"row": _masked(row)})
    fields = {_plain_name(name): value for name, value in row.items()}
    raw = {
        clean_text(name, 64): (_as_text(value) if _plain_name(name) in _PLAIN else _masked(value))
        for name, value in list(row.items())[:_MAX_FIELDS]
    }
    receipt, amount = read_receipt(fields.get("transactionid")), read_amount(fields.get("amount"))
    if receipt is None or amount is None:
        return PulledPayment(notice=None, raw=raw)
    payer_number, payer_hash = read_payer(fields.get("msisdn"))
    notice = PaybillNotice(
        receipt=receipt,
        amount=amount,
        account_number=read_account(fields.get("billreference")),
        business_short_code="",
        transaction_type=clean_text(fields.get("transactiontype"), 64),
        paid_at=_read_time(fields.get("trxdate")),
        payer_name=_read_sender(fields.get("sender")),
        payer_number=payer_number,
        payer_hash=payer_hash,
    )
    return PulledPayment(notice=notice, raw=raw)


def _plain_name(name: str) -> str:
    return re.sub(r"[\s_]", "", name).lower()


def _read_sender(value: object) -> str:
    """Return the payer's name; the list often has the word MPESA in its place."""
    name = _DIGITS.sub("****", clean_text(value, 80))
    return "" if name.upper() in {"MPESA", "M-PESA"} else name


def _read_time(value: object) -> datetime | None:
    """Return the time of payment in UTC. A final Z is ignored: the times are Nairobi's.

    Nobody has shown a Z that means UTC, so nothing is decided by this time.
    """
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return read_transaction_date(value)
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}")
        return moment.replace(tzinfo=EAT).astimezone(UTC)
    except (ValueError, OverflowError):  # month 13; three hours before the first year
        return None


def _as_text(value: object) -> str:
    """Return any JSON value as text that can be stored."""
    if isinstance(value, str):
        return clean_text(value, 255)
    if isinstance(value, Decimal):
        return clean_text(str(value), 255)
    return clean_text(json.dumps(value, default=str), 255)


def _masked(value: object) -> str:
    """Return any JSON value as text, with digits as many as in a phone number blanked."""
    return _DIGITS.sub("****", _as_text(value))
