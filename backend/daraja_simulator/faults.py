"""Decides which faults happen: by command (armed), by rule, or drawn from a seed; and counts them.

A draw depends on the seed, the phone and the number of that phone's request, never on other
phones: so a run with hundreds of phones at once has the same faults when it is repeated.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, field_validator

from .fault_catalogue import BY_GROUP, BY_NAME, INDEPENDENT_GROUPS, Fault

Allowed = Callable[[Fault], bool]


def known(name: str) -> str:
    """Return the name.

    Raises:
        ValueError: no fault in the catalogue has this name.
    """
    if name not in BY_NAME:
        message = f"no fault is called {name!r}"
        raise ValueError(message)
    return name


class Armed(BaseModel):
    """A fault that happens at the next `times` occasions; only at those of `phone`, if given."""

    model_config = ConfigDict(extra="forbid")
    fault: str
    times: int = Field(default=1, ge=1)
    phone: str | None = None

    _known = field_validator("fault")(known)


class Rule(BaseModel):
    """A fault that happens at every occasion with this amount, this end of the phone number, or
    both.
    """

    model_config = ConfigDict(extra="forbid")
    fault: str
    amount: int | None = None
    phone_ends: str | None = None

    _known = field_validator("fault")(known)

    def covers(self, occasion: "Occasion") -> bool:
        """Whether all conditions of the rule hold; a rule without conditions covers everything."""
        return (self.amount is None or self.amount == occasion.amount) and (
            self.phone_ends is None or occasion.phone.endswith(self.phone_ends)
        )


class Parameters(BaseModel):
    """How long delays last, for the faults that delay something."""

    model_config = ConfigDict(extra="forbid")
    answer_delay_ms: int = Field(default=1500, ge=0)
    late_seconds: float = Field(default=5, ge=0)
    reorder_seconds: float = Field(default=2, ge=0, description="longest wait to be overtaken")
    duplicate_gap_ms: int = Field(default=200, ge=0, description="between duplicates, when apart")
    hang_seconds: float = Field(default=60, ge=0)
    drip_ms: int = Field(default=20, ge=0, description="pause after every few bytes")


@dataclass(frozen=True)
class Occasion:
    """One request or prompt at which a fault may happen: phone, its request's number, amount."""

    phone: str = ""
    number: int = 0
    amount: int | None = None


def draw(seed: int, *parts: object) -> float:
    """Return a number in [0, 1), always the same for the same seed and parts."""
    text = ":".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big") / 2**56


def _always(_fault: Fault) -> bool:
    return True


@dataclass
class Faults:
    """The faults that are switched on, and how often each has happened."""

    seed: int = 1
    probabilities: dict[str, float] = field(default_factory=dict)
    armed: list[Armed] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    parameters: Parameters = field(default_factory=Parameters)
    counts: Counter[str] = field(default_factory=Counter)
    on_strike: Callable[[str], None] = lambda _name: None

    def pick(self, group: str, occasion: Occasion, allowed: Allowed = _always) -> Fault | None:
        """Return the fault of the group that happens now, or None.

        The fault is counted, and one armed occasion of it is used up.
        """
        chosen = self.choose(group, occasion, allowed)
        if chosen is not None:
            self.strike(chosen, occasion)
        return chosen

    def pick_all(self, group: str, occasion: Occasion, allowed: Allowed = _always) -> list[Fault]:
        """Return all faults of an independent group that happen now; count them and use them up."""
        struck = [
            fault
            for fault in BY_GROUP[group]
            if allowed(fault)
            and (self._find_commanded([fault], occasion) or self._is_drawn(fault, occasion))
        ]
        for fault in struck:
            self.strike(fault, occasion)
        return struck

    def choose(self, group: str, occasion: Occasion, allowed: Allowed = _always) -> Fault | None:
        """As `pick`, but without counting: the caller may find that the fault does not apply."""
        faults = BY_GROUP[group]
        commanded = self._find_commanded([fault for fault in faults if allowed(fault)], occasion)
        if commanded is not None:
            return commanded
        drawn = self._draw_fault(group, faults, occasion)
        return drawn if drawn is not None and allowed(drawn) else None

    def strike(self, fault: Fault, occasion: Occasion) -> None:
        """Count the fault, and use up one armed occasion of it if there is one."""
        self.counts[fault.name] += 1
        entry = next((e for e in self._armed_for(occasion) if e.fault == fault.name), None)
        if entry is not None:
            entry.times -= 1
            self.armed = [e for e in self.armed if e.times > 0]
        self.on_strike(fault.name)

    def set_probabilities(self, probabilities: dict[str, float]) -> None:
        """Change these probabilities; those not named stay.

        Raises:
            ValueError: a name is unknown, a probability is not in 0..1, or the
                faults of a group that exclude each other add up to more than 1.
        """
        merged = {**self.probabilities, **probabilities}
        for name, probability in merged.items():
            if not 0 <= probability <= 1:
                message = f"{known(name)}: a probability lies between 0 and 1"
                raise ValueError(message)
        _check_sums(merged)
        self.probabilities = {name: p for name, p in merged.items() if p > 0}

    def clear(self) -> None:
        """Switch every fault off; the counts stay."""
        self.probabilities, self.armed, self.rules = {}, [], []

    def disarm(self, phone: str | None = None) -> None:
        """Remove the faults armed for this phone; without a phone, all armed faults."""
        self.armed = [e for e in self.armed if phone is not None and e.phone != phone]

    def _armed_for(self, occasion: Occasion) -> Iterable[Armed]:
        return (e for e in self.armed if e.phone is None or e.phone == occasion.phone)

    def _find_commanded(self, faults: list[Fault], occasion: Occasion) -> Fault | None:
        names = {fault.name for fault in faults}
        armed = (entry.fault for entry in self._armed_for(occasion))
        by_rule = (rule.fault for rule in self.rules if rule.covers(occasion))
        for source in (armed, by_rule):
            name = next((name for name in source if name in names), None)
            if name is not None:
                return BY_NAME[name]
        return None

    def _draw_fault(self, group: str, faults: Iterable[Fault], occasion: Occasion) -> Fault | None:
        if not self.probabilities:
            return None
        left = draw(self.seed, group, occasion.phone, occasion.number)
        for fault in faults:
            left -= self.probabilities.get(fault.name, 0)
            if left < 0:
                return fault
        return None

    def _is_drawn(self, fault: Fault, occasion: Occasion) -> bool:
        probability = self.probabilities.get(fault.name, 0)
        return draw(self.seed, fault.name, occasion.phone, occasion.number) < probability


def _check_sums(probabilities: dict[str, float]) -> None:
    sums: Counter[str] = Counter()
    for name, probability in probabilities.items():
        group = BY_NAME[known(name)].group
        sums[group] += 0 if group in INDEPENDENT_GROUPS else probability  # type: ignore[assignment]
    for group, total in sums.items():
        # A sum just above 1 comes from the rounding of floats, and is allowed.
        if total > 1 + 1e-9:
            message = f"the probabilities of {group}.* add up to more than 1"
            raise ValueError(message)
