"""Reads and controls the Daraja simulator, through its control API only."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import httpx

from chaos.plan import FAULT_PARAMETERS, FAULTS, NAMELESS_SHAPES, StatementFile

_ALL = 1_000_000
_NOT_TOLD = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """One prompt as the simulator recorded it. It has a `receipt` exactly when it was paid."""

    account_reference: str
    checkout_request_id: str
    phone: str
    amount: int
    state: str
    created_at: datetime
    finished_at: datetime | None = None
    result_code: str | None = None
    receipt: str | None = None
    callback_url: str = ""
    faults: list[str] = field(default_factory=list)
    answer_lost: bool = False
    callbacks_delivered: int = 0
    callbacks_failed: int = 0


@dataclass(frozen=True, kw_only=True)
class Payment:
    """One payment in the simulator's book."""

    receipt: str
    phone: str
    amount: int
    checkout_request_id: str | None  # None: paid by hand
    account_reference: str = ""
    paid_at: datetime = _NOT_TOLD
    confirmations_delivered: int = 0
    confirmations_failed: int = 0
    confirmation_faults: list[str] = field(default_factory=list)

    @property
    def is_by_hand(self) -> bool:
        return self.checkout_request_id is None

    @property
    def is_nameless(self) -> bool:
        """Whether its confirmation lacked our account reference."""
        return not set(NAMELESS_SHAPES).isdisjoint(self.confirmation_faults)


@dataclass(frozen=True, kw_only=True)
class Book:
    """The payments that the simulator took, and whether its own sums agree."""

    is_balanced: bool
    payments: list[Payment]


_PAYMENT_FIELDS = set(Payment.__dataclass_fields__) - {"phone", "paid_at"}


def read_prompt(view: dict[str, Any]) -> Prompt:
    """Convert one prompt from the JSON of `/control/prompts`."""
    values = {name: view[name] for name in Prompt.__dataclass_fields__}
    values["created_at"] = datetime.fromisoformat(view["created_at"])
    if view["finished_at"] is not None:
        values["finished_at"] = datetime.fromisoformat(view["finished_at"])
    return Prompt(**values)


def read_book(view: dict[str, Any]) -> Book:
    """Convert the JSON of `/control/book`."""
    payments = [
        Payment(
            phone=phone,
            paid_at=datetime.fromisoformat(line["paid_at"]),
            **{name: line[name] for name in _PAYMENT_FIELDS},
        )
        for phone, customer in view["phones"].items()
        for line in customer["payments"]
    ]
    return Book(is_balanced=view["balanced"], payments=payments)


class Simulator:
    """Client of the simulator's control API."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._client = httpx.Client(base_url=f"{base_url}/control", timeout=60, trust_env=False)

    def register(self, shortcode: str, validation_url: str, confirmation_url: str) -> None:
        """Register the addresses of payments by hand with Daraja, as `manage.py` would."""
        with httpx.Client(base_url=self._base_url, timeout=10, trust_env=False) as daraja:
            path = "/oauth/v1/generate?grant_type=client_credentials"
            token = daraja.get(path, auth=("chaos", "chaos")).raise_for_status().json()
            body = {
                "ShortCode": shortcode,
                "ResponseType": "Completed",
                "ValidationURL": validation_url,
                "ConfirmationURL": confirmation_url,
            }
            headers = {"Authorization": f"Bearer {token['access_token']}"}
            answer = daraja.post("/mpesa/c2b/v2/registerurl", json=body, headers=headers)
            answer.raise_for_status()

    def switch_faults_on(self, seed: int) -> None:
        """Switch on the faults of chaos/plan.py, drawn from this seed."""
        change = {"seed": seed, "probabilities": FAULTS, "parameters": FAULT_PARAMETERS}
        self._client.put("/faults", json=change).raise_for_status()

    def switch_faults_off(self) -> None:
        """Switch off all faults."""
        self._client.delete("/faults").raise_for_status()

    def arm(self, fault: str, phone: str) -> None:
        """Make this fault happen once, at the next request or prompt of this phone."""
        self._client.post("/faults/arm", json={"fault": fault, "phone": phone}).raise_for_status()

    def stop_answering(self) -> None:
        """Leave automatic mode: prompts stay open until the test answers them."""
        self._client.patch("/settings", json={"automatic": False}).raise_for_status()

    def set_clock_ahead(self, seconds: float) -> None:
        """Put M-Pesa's clock forward: so many seconds ahead of this machine's."""
        change = {"clock_ahead_seconds": seconds}
        self._client.patch("/settings", json=change).raise_for_status()

    def fund(self, shortcode: str, amount: int) -> None:
        """Put money of the business's own into its utility account."""
        path = f"/shortcodes/{shortcode}/fund"
        self._client.post(path, json={"amount": amount}).raise_for_status()

    def sweep(self, shortcode: str, amount: int) -> None:
        """Move money from the utility account to the business's bank account."""
        path = f"/shortcodes/{shortcode}/sweep"
        self._client.post(path, json={"amount": amount}).raise_for_status()

    def statement(self, file: StatementFile) -> tuple[str, bytes]:
        """Return the statement of all days, under the name that M-Pesa's portal gives it."""
        asked = {"format": file.layout, "file": file.kind, "listed": file.listed}
        if file.kind == "csv":
            asked["encoding"] = file.encoding
        answer = self._client.get("/statement", params=asked).raise_for_status()
        name = answer.headers["Content-Disposition"].partition("filename*=UTF-8''")[2]
        return unquote(name), answer.content

    def is_quiet(self) -> bool:
        """Say whether no callback is on its way and no prompt will still end."""
        return bool(self._get("/pending")["quiet"])

    def prompts(self) -> list[Prompt]:
        """Return every prompt, oldest first."""
        views = self._get(f"/prompts?limit={_ALL}")["prompts"]
        return [read_prompt(view) for view in reversed(views)]

    def book(self) -> Book:
        """Return the payments that the simulator took."""
        return read_book(self._get("/book"))

    def fault_counts(self) -> dict[str, int]:
        """Return how often each fault happened."""
        return {name: int(count) for name, count in self._get("/faults/counts").items()}

    def close(self) -> None:
        self._client.close()

    def _get(self, path: str) -> Any:
        return self._client.get(path).raise_for_status().json()
