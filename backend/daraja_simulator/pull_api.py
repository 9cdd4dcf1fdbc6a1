"""The endpoints of Pull Transactions: register once, then ask for the payments of a window."""

import re
from datetime import datetime, timedelta
from typing import Any

from . import pull_records, wire
from .book import Payment
from .clock import EAT
from .faults import Occasion
from .faulty_answers import nothing_pulled
from .incoming import Answer, Incoming, amount_of, answer_request, authorised, fields_of
from .registrations import PullRegistration
from .reply import Reply, json_reply
from .simulator import Simulator
from .wire import DarajaError, invalid

_OLDEST = timedelta(hours=48)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")


def register(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /pulltransactions/v1/register`."""
    occasion = _count(sim, incoming)

    def carry_out() -> Reply:
        body = authorised(sim, incoming, "pull")
        shortcode = _shortcode(sim, body)
        if body.get("RequestType") != "Pull":
            raise invalid("RequestType")
        number = str(body.get("NominatedNumber"))
        if not wire.is_phone(number):
            raise invalid("NominatedNumber")
        if not wire.is_url(body.get("CallBackURL")):
            raise invalid("CallBackURL")
        known = sim.world.pull_registrations
        is_new = shortcode not in known
        known.setdefault(shortcode, PullRegistration(shortcode, number, str(body["CallBackURL"])))
        quirks = sim.faults.pick_all(
            "pull_shape", occasion, lambda fault: fault.kind == "spaced_keys"
        )
        return json_reply(200, _registered(shortcode, is_new=is_new, is_spaced=bool(quirks)))

    return answer_request(sim, "pull", occasion, carry_out)


def query(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /pulltransactions/v1/query`; payments of C2B only, at most 48 hours back."""
    occasion = _count(sim, incoming)

    def carry_out() -> Reply:
        body = authorised(sim, incoming, "pull")
        shortcode = _shortcode(sim, body)
        found, offset = _found(sim, body, shortcode), _offset(body)
        quirks = sim.faults.pick_all(
            "pull_shape", occasion, lambda fault: fault.kind != "spaced_keys"
        )
        return json_reply(200, _page(sim, found, offset, [quirk.kind for quirk in quirks]))

    return answer_request(sim, "pull", occasion, carry_out)


def _found(sim: Simulator, body: dict[str, Any], shortcode: str) -> list[Payment]:
    """Return the payments of the window; none if the shortcode is not registered for Pull."""
    start = max(_time(body, "StartDate"), sim.clock() - _OLDEST)
    end = _time(body, "EndDate")
    if shortcode not in sim.world.pull_registrations:
        return []
    return [
        payment
        for payment in sim.world.book.payments.values()
        if payment.shortcode == shortcode and start <= payment.paid_at < end
    ]


def _offset(body: dict[str, Any]) -> int:
    offset = amount_of(body.get("OffSetValue", "0"))
    if offset is None:
        raise invalid("OffSetValue")
    return offset


def _page(sim: Simulator, found: list[Payment], offset: int, quirks: list[str]) -> dict[str, Any]:
    """Return the answer with one page of the payments found.

    One official page calls OffSetValue a row and a page number at once: a setting decides.
    """
    size, by_page = sim.settings.pull_page_size, sim.settings.pull_paging == "page"
    first = offset * size if by_page else offset
    page = found[first : first + size]
    if not page:
        return nothing_pulled("", [[]] if "empty_list" in quirks else "[[]]")
    name = sim.settings.merchant_name
    records = [pull_records.record(payment, name, quirks) for payment in page]
    answer: dict[str, Any] = {
        "ResponseRefID": wire.request_id(),
        "ResponseCode": "1000",
        "ResponseMessage": "Success",
        "Response": records if "flat" in quirks else [records],
    }
    return answer | ({"TotalPages": -(-len(found) // size)} if by_page else {})


def _count(sim: Simulator, incoming: Incoming) -> Occasion:
    shortcode = str(fields_of(incoming.body).get("ShortCode", ""))[:20]
    return Occasion(number=sim.world.count_request("pull", shortcode))


def _shortcode(sim: Simulator, body: dict[str, Any]) -> str:
    shortcode = str(body.get("ShortCode"))
    if shortcode not in sim.world.merchants:
        raise DarajaError(400, "400.001", "Invalid shortcode")
    return shortcode


def _time(body: dict[str, Any], field: str) -> datetime:
    text = str(body.get(field))
    if not _TIME.fullmatch(text):
        raise invalid(field)
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=EAT)
    except ValueError:
        raise invalid(field) from None


def _registered(shortcode: str, *, is_new: bool, is_spaced: bool) -> dict[str, Any]:
    gap = " " if is_spaced else ""
    text = "Shortcode Registered Successfully" if is_new else "Shortcode already Registered"
    return {
        "ResponseRefID": wire.request_id(),
        f"Response{gap}Status": "1000" if is_new else "1001",
        "ShortCode": shortcode,
        f"Response{gap}Description": text,
    }
