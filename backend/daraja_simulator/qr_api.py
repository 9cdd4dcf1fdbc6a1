"""The endpoint of Dynamic QR: a picture that the M-Pesa app reads."""

import base64
import io
from typing import Any

import segno

from . import wire
from .faults import Occasion
from .incoming import Answer, Incoming, amount_of, answer_request, authorised, fields_of
from .reply import Reply, json_reply
from .simulator import Simulator
from .wire import invalid

_TYPES = ("BG", "WA", "PB", "SM", "SB")
_MAX_SIZE = 1000


def generate(sim: Simulator, incoming: Incoming) -> Answer:
    """`POST /mpesa/qrcode/v1/generate`."""
    fields = fields_of(incoming.body)
    number = sim.world.count_request("qr")
    occasion = Occasion(number=number, amount=amount_of(fields.get("Amount")))

    def carry_out() -> Reply:
        body = authorised(sim, incoming, "qr")
        text = _picture_text(body)
        request_id = wire.request_id()
        answer = {
            # Real answers have "00"; the official page shows an AG_ id in its place.
            "ResponseCode": "00",
            "RequestID": f"QRCode:{request_id}",
            "ResponseDescription": "QR Code Successfully Generated.",
            "QRCode": _picture(text, int(body.get("Size") or 300)),
        }
        return json_reply(200, answer)

    return answer_request(sim, "qr", occasion, carry_out)


def _picture_text(body: dict[str, Any]) -> str:
    """Check the request; return the picture's text. M-Pesa's own format is not published."""
    amount = amount_of(body.get("Amount"))
    size = amount_of(body.get("Size") or 300)
    problems = (
        ("MerchantName", not wire.is_text(body.get("MerchantName"))),
        ("RefNo", not wire.is_text(body.get("RefNo"))),
        ("Amount", not amount),
        ("TrxCode", body.get("TrxCode") not in _TYPES),
        ("CPI", not wire.is_text(body.get("CPI"))),
        ("Size", not size or size > _MAX_SIZE),
    )
    for field, is_wrong in problems:
        if is_wrong:
            raise invalid(field)
    return "|".join((str(body["TrxCode"]), str(body["CPI"]), str(amount), str(body["RefNo"])))


def _picture(text: str, size: int) -> str:
    code = segno.make_qr(text)
    side = code.symbol_size(border=4)[0]
    picture = io.BytesIO()
    code.save(picture, kind="png", border=4, scale=max(1, size // side))
    return base64.b64encode(picture.getvalue()).decode()
