"""C2B Hakikisha: M-Pesa asks the business whose account a payer is about to pay, before the PIN."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .clock import compact
from .delivery import Delivery, Outgoing
from .settings import Settings
from .wire import request_id

# How long a payer waits for the name before the PIN is asked for without it.
_PATIENCE_S = 5


@dataclass(frozen=True)
class Shown:
    """What the payer's screen shows: the account's name, or why there is none."""

    name: str = ""
    problem: str = ""


class Hakikisha:
    """Asks the business's own server for the name behind an account number."""

    def __init__(self, settings: Settings, delivery: Delivery) -> None:
        self._settings = settings
        self._delivery = delivery

    async def look_up(self, account: str, shortcode: str, moment: datetime) -> Shown:
        """Return the name behind the account number; a payment is possible without one, too."""
        if not self._settings.hakikisha_url:
            return Shown(problem="not switched on")
        token = await self._token()
        if token is None:
            return Shown(problem="the business gave no token")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = json.dumps(self._question(account, shortcode, moment))
        message = Outgoing("hakikisha", self._settings.hakikisha_url, body, headers=headers)
        status, text = await self._delivery.ask(message, _PATIENCE_S)
        return _shown(status, text)

    async def _token(self) -> str | None:
        """Return the business's token; empty if it needs none, None if it issued none."""
        if not self._settings.hakikisha_token_url:
            return ""
        keys = f"{self._settings.hakikisha_key}:{self._settings.hakikisha_secret}"
        url = f"{self._settings.hakikisha_token_url}?grant_type=client_credentials"
        headers = {"Authorization": f"Basic {base64.b64encode(keys.encode()).decode()}"}
        message = Outgoing("hakikisha", url, "", headers=headers)
        status, text = await self._delivery.ask(message, _PATIENCE_S)
        token = _object(text).get("access_token") if status == 200 else None
        return str(token) if token else None

    def _question(self, account: str, shortcode: str, moment: datetime) -> dict[str, Any]:
        # Two shapes are published, and nobody knows which one is current (docs/simulator.md).
        if self._settings.hakikisha_shape == "transaction_id":
            return {
                "accountNumber": account,
                "shortCode": shortcode,
                "timestamp": int(compact(moment)),
                "transactionId": request_id(),
            }
        return {
            "requestId": request_id(),
            "timestamp": compact(moment),
            "accountNumber": account,
            "shortcode": shortcode,
        }


def _shown(status: int | None, text: str) -> Shown:
    body = _object(text)
    name = body.get("accountName")
    if status != 200:
        return Shown(problem=f"the business answered {status}" if status else "no answer")
    if str(body.get("responseCode", "0")) != "0" or not isinstance(name, str) or not name:
        return Shown(problem="no such account")
    return Shown(name=name)


def _object(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
