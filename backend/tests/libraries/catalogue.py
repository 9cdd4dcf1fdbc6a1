"""The libraries that are run, and the calls that each of them has."""

from pathlib import Path

from tests.deployment.project import BACKEND

PACKAGES = BACKEND / "tests/libraries/packages"
CALLS = BACKEND / "tests/libraries/calls"
_ASYNCHRONOUS = ("b2c", "status", "balance", "reversal")
#: By name of the package: what its program in `calls/` can do.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "mpesakit": ("token", "push", "query", "callback", "register", *_ASYNCHRONOUS, "qr"),
    "noriapay": ("token", "push", "query", "register", *_ASYNCHRONOUS, "qr"),
    "daraja-v3": ("push", "query", "callback", "register", "b2c", "balance"),
    "daraja-sdk-py": (
        "token", "push", "query", "callback", "register", "simulate", *_ASYNCHRONOUS, "qr",
        "result", "pull_register", "pull",
    ),
    "mpesa-connect": ("token", "push", "query", "register", "simulate", "b2c", "status", "balance"),
    "mpesa-sdk": ("token", "push", "query", "register", "simulate", *_ASYNCHRONOUS),
    "django-daraja": ("token", "push", "callback", "b2c"),
    "pydaraja": ("push", "query"),
    "mpesa-node": ("token", "push", "query", "register", "simulate", *_ASYNCHRONOUS),
    "mpesa-api": ("token", "push", "query", "register", "simulate", *_ASYNCHRONOUS),
}  # fmt: skip
#: Libraries that encrypt the initiator's password themselves: each time another credential.
ENCRYPTING = ("django-daraja", "mpesa-node")


def is_node(name: str) -> bool:
    """Whether the package is npm's."""
    return (PACKAGES / name / "package.json").exists()


def program(name: str) -> Path:
    """Return the program that calls the library."""
    return CALLS / f"{name.replace('-', '_')}_calls.{'mjs' if is_node(name) else 'py'}"
