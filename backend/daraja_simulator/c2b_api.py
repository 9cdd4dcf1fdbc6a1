"""The endpoints of C2B: register the addresses (v1 and v2), simulate a payment (sandbox only)."""

import contextlib
from typing import Any

from . import wire
from .book import Payment, Way
from .faults import Occasion
from .incoming import Answer, Incoming, amount_of, answer_request, authorised, fields_of
from .registrations import Registration
from .reply import Reply, json_reply
from .simulator import Simulator
from .wire import DarajaError, invalid

# An official page spells the last one with a single l.
_RESPONSE_TYPES = ("Completed", "Cancelled", "Canceled")
MAX_REFERENCE = 20


def register_v1(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /mpesa/c2b/v1/registerurl`."""
    return _register(sim, incoming, "v1")


def register_v2(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /mpesa/c2b/v2/registerurl`."""
    return _register(sim, incoming, "v2")


def simulate(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /mpesa/c2b/v*/simulate`: a payment by hand, on command."""
    fields = fields_of(incoming.body)
    phone = str(fields.get("Msisdn", ""))[:20]
    number = sim.world.count_request("simulate", phone)
    occasion = Occasion(phone, number, amount_of(fields.get("Amount")))

    def carry_out() -> Reply:
        body = authorised(sim, incoming, "simulate")
        if sim.settings.strict:
            # Production does not have this endpoint.
            raise DarajaError(404, "404.001.01", "Resource not found")
        sim.delivery.track(_pay(sim, _simulated(sim, body)))
        return json_reply(200, _accepted("Accept the service request successfully."))

    return answer_request(sim, "simulate", occasion, carry_out)


def _register(sim: Simulator, incoming: Incoming, version: str) -> Answer:
    shortcode = str(fields_of(incoming.body).get("ShortCode", ""))[:20]
    occasion = Occasion(number=sim.world.count_request("register", shortcode))

    def carry_out() -> Reply:
        body = authorised(sim, incoming, "register")
        registration = _registration(sim, body, version)
        sim.world.registrations[registration.shortcode] = registration
        return json_reply(200, _accepted("Success"))

    return answer_request(sim, "register", occasion, carry_out)


def _registration(sim: Simulator, body: dict[str, Any], version: str) -> Registration:
    settings, shortcode = sim.settings, str(body.get("ShortCode"))
    if settings.register_version not in ("any", version):
        # The app has the product of the other version. Daraja then answers as for a wrong token.
        text = "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match"
        raise DarajaError(401, "401.003.01", f"{text} found")
    if shortcode not in sim.world.merchants:
        raise invalid("ShortCode")
    if body.get("ResponseType") not in _RESPONSE_TYPES:
        raise invalid("ResponseType")
    urls = [body.get("ConfirmationURL"), body.get("ValidationURL", "")]
    for name, url in zip(("ConfirmationURL", "ValidationURL"), urls, strict=True):
        # Whether the validation's address may be missing is not documented; here it may.
        is_left_out = name == "ValidationURL" and not url
        if not is_left_out and not _may_register(url, strict=settings.strict):
            raise invalid(name)
    if shortcode in sim.world.registrations and (settings.register_once or settings.strict):
        raise DarajaError(500, "500.003.1001", "Urls are already registered.")
    return Registration(
        shortcode,
        version,
        str(body["ResponseType"]),
        str(urls[0]),
        str(urls[1] or ""),
        sim.clock(),
    )


def _may_register(url: object, *, strict: bool) -> bool:
    return wire.is_url(url) and not (strict and wire.is_refused_in_production(str(url)))


def _accepted(description: str) -> dict[str, str]:
    # "Coversation" is Safaricom's own spelling (docs/daraja.md §10).
    return {
        "OriginatorCoversationID": wire.request_id(),
        "ResponseCode": "0",
        "ResponseDescription": description,
    }


def _simulated(sim: Simulator, body: dict[str, Any]) -> Payment:
    shortcode, phone = str(body.get("ShortCode")), str(body.get("Msisdn"))
    merchant = sim.world.merchants.get(shortcode)
    if merchant is None:
        raise invalid("ShortCode")
    if body.get("CommandID") != merchant.transaction_type:
        raise invalid("CommandID")
    amount = amount_of(body.get("Amount"))
    if not amount:
        raise invalid("Amount")
    if not wire.is_phone(phone):
        raise invalid("Msisdn")
    reference = body.get("BillRefNumber") or ""
    if not merchant.is_till and not (
        wire.is_text(reference) and len(str(reference)) <= MAX_REFERENCE
    ):
        raise invalid("BillRefNumber")
    return sim.world.draft(phone, amount, shortcode, str(reference), Way.SIMULATE)


async def _pay(sim: Simulator, payment: Payment) -> None:
    # The caller was told "accepted"; Daraja tells nobody that the payment failed.
    with contextlib.suppress(ValueError):
        await sim.paybill.pay(payment)
