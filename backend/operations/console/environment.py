"""The stamp on every page: which environment this is, and which short code is paid."""

from dataclasses import dataclass

from common.api import environment_name
from payments.conf import get_gateway


@dataclass(frozen=True)
class Stamp:
    """What the stamp says. `is_live` is True where money is real."""

    label: str
    money: str
    short_code: str
    is_live: bool


def get_stamp() -> Stamp:
    """Return the stamp of this process's environment."""
    name = environment_name()
    short_code = get_gateway().business_short_code
    is_live = name == "production"
    money = "real money" if is_live else "no real money"
    return Stamp(name.capitalize(), money, short_code, is_live=is_live)
