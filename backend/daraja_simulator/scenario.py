"""A scenario: settings, customers and faults in one JSON document, from a file or `/control`."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .customers import Customer
from .faults import Armed, Rule
from .settings import FIXED, Settings
from .simulator import Simulator


class CustomerChange(BaseModel):
    """Changes to a customer; fields that are left out stay."""

    model_config = ConfigDict(extra="forbid")
    name: str | None = None
    balance: int | None = Field(default=None, ge=0, description="whole KES")
    pin: str | None = Field(default=None, pattern=r"^\d{4,6}$")
    locked: bool | None = Field(default=None, description="PIN locked (result 8006)")
    phone_on: bool | None = Field(default=None, description="False: prompts end in 1037")
    language: Literal["en", "sw"] | None = Field(default=None, description="of the SMS")


class NewCustomer(CustomerChange):
    """A customer to create, or to change if the phone is known."""

    phone: str = Field(pattern=r"^254[17]\d{8}$")


class FaultChange(BaseModel):
    """Changes to the faults; fields that are left out stay."""

    model_config = ConfigDict(extra="forbid")
    seed: int | None = None
    probabilities: dict[str, float] | None = None
    parameters: dict[str, float] | None = None
    rules: list[Rule] | None = Field(default=None, description="replaces the rules there are")


class Scenario(FaultChange):
    """The settings, customers and faults with which a run begins."""

    name: str = ""
    settings: dict[str, Any] = Field(default_factory=dict)
    customers: list[NewCustomer] = Field(default_factory=list)
    armed: list[Armed] = Field(default_factory=list)


def read_scenario(path: Path) -> Scenario:
    """Return the scenario from a JSON file.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is not a scenario; the message says at which place.
    """
    return Scenario.model_validate(json.loads(path.read_text("utf-8")))


def apply_scenario(sim: Simulator, scenario: Scenario) -> None:
    """Apply a scenario to the run; settings, customers and faults that it does not name stay.

    Raises:
        ValueError: a setting, a fault or a probability is impossible.
    """
    change_settings(sim, scenario.settings)
    change_faults(sim, scenario)
    sim.faults.armed += [entry.model_copy() for entry in scenario.armed]
    for customer in scenario.customers:
        change_customer(sim.world.customer(customer.phone), customer)


def change_settings(sim: Simulator, changes: dict[str, Any]) -> None:
    """Change settings while running, all of them or none.

    Raises:
        ValueError: a setting is unknown, fixed at the start, or out of its range.
    """
    fixed = FIXED & changes.keys()
    if fixed:
        message = f"fixed at the start: {', '.join(sorted(fixed))}"
        raise ValueError(message)
    checked = Settings.model_validate({**sim.settings.model_dump(), **changes})
    for name in changes:
        setattr(sim.settings, name, getattr(checked, name))
    if "seed" in changes:
        sim.faults.seed = sim.settings.seed


def change_faults(sim: Simulator, change: FaultChange) -> None:
    """Change seed, probabilities, parameters and rules of the faults.

    Raises:
        ValueError: a fault is unknown or a number out of its range.
    """
    faults = sim.faults
    if change.probabilities is not None:
        faults.set_probabilities(change.probabilities)
    if change.parameters is not None:
        merged = {**faults.parameters.model_dump(), **change.parameters}
        faults.parameters = type(faults.parameters).model_validate(merged)
    if change.seed is not None:
        faults.seed = change.seed
    if change.rules is not None:
        faults.rules = list(change.rules)


def change_customer(customer: Customer, change: CustomerChange) -> None:
    """Change the fields of the customer that the change names."""
    if change.balance is not None:
        customer.set_balance(change.balance)
    if change.locked is not None:
        customer.unlock()
        customer.locked = change.locked
    for name in ("name", "pin", "phone_on", "language"):
        value = getattr(change, name)
        if value is not None:
            setattr(customer, name, value)
