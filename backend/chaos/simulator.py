"""The simulator's side, over its control API only: faults, quiet, and the book."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from chaos.plan import FAULT_PARAMETERS, FAULTS

_ALL = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """One prompt as the simulator knows it. `receipt` is set when, and only when, it was paid."""

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
    """One line of the book."""

    receipt: str
    phone: str
    amount: int
    checkout_request_id: str | None


@dataclass(frozen=True, kw_only=True)
class Book:
    """What the customers really paid, and whether the simulator's own sums agree."""

    is_balanced: bool
    payments: list[Payment]


def read_prompt(view: dict[str, Any]) -> Prompt:
    """Read one prompt of `/control/prompts`."""
    values = {name: view[name] for name in Prompt.__dataclass_fields__}
    values["created_at"] = datetime.fromisoformat(view["created_at"])
    if view["finished_at"] is not None:
        values["finished_at"] = datetime.fromisoformat(view["finished_at"])
    return Prompt(**values)


def read_book(view: dict[str, Any]) -> Book:
    """Read `/control/book`."""
    payments = [
        Payment(
            receipt=line["receipt"],
            phone=phone,
            amount=line["amount"],
            checkout_request_id=line["checkout_request_id"],
        )
        for phone, customer in view["phones"].items()
        for line in customer["payments"]
    ]
    return Book(is_balanced=view["balanced"], payments=payments)


class Simulator:
    """Talks to the control API."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=f"{base_url}/control", timeout=60, trust_env=False)

    def switch_faults_on(self, seed: int) -> None:
        """Let it misbehave as the plan says."""
        change = {"seed": seed, "probabilities": FAULTS, "parameters": FAULT_PARAMETERS}
        self._client.put("/faults", json=change).raise_for_status()

    def switch_faults_off(self) -> None:
        """Let it behave from now on."""
        self._client.delete("/faults").raise_for_status()

    def arm(self, fault: str, phone: str) -> None:
        """Let a fault strike the next occasion of a phone."""
        self._client.post("/faults/arm", json={"fault": fault, "phone": phone}).raise_for_status()

    def stop_answering(self) -> None:
        """Let prompts wait for a customer from now on."""
        self._client.patch("/settings", json={"automatic": False}).raise_for_status()

    def is_quiet(self) -> bool:
        """Say whether nothing is pending any more."""
        return bool(self._get("/pending")["quiet"])

    def prompts(self) -> list[Prompt]:
        """Return every prompt, oldest first."""
        views = self._get(f"/prompts?limit={_ALL}")["prompts"]
        return [read_prompt(view) for view in reversed(views)]

    def book(self) -> Book:
        """Return what every customer really paid."""
        return read_book(self._get("/book"))

    def fault_counts(self) -> dict[str, int]:
        """Return how often each fault struck."""
        return {name: int(count) for name, count in self._get("/faults/counts").items()}

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _get(self, path: str) -> Any:
        return self._client.get(path).raise_for_status().json()
