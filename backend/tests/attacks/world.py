"""A victim with money and a waiting deposit, an attacker with an account, and every address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from payments import audit as deposits_audit
from payments.models import Transaction
from payments.tests.scripted_gateway import ScriptedGateway
from tests.flows.app import App
from users.models import User
from wallet import audit as wallet_audit
from wallet.models import LedgerAccount, Posting

UNSAFE = ("post", "put", "patch", "delete")
#: Daraja knows no CSRF token (docs/api.md §3).
CALLBACKS = "/api/payments/callback/"
PAYBILL = "/api/payments/paybill/"
STATUS = "/api/payments/transaction-status/"


@dataclass(frozen=True)
class Address:
    """One address and what may be sent to it."""

    path: str
    methods: tuple[str, ...]


def addresses(transaction_id: int = 1) -> list[Address]:
    """List every address under /api/, its parameters filled in."""
    found = []
    for route, pattern in _patterns(get_resolver().url_patterns):
        if route.startswith("api/"):
            view = getattr(pattern.callback, "cls", None) or pattern.callback.view_class
            methods = tuple(name for name in ("get", *UNSAFE) if hasattr(view, name))
            found.append(Address(_filled(route, transaction_id), methods))
    return found


def _patterns(
    patterns: list[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, route)
        else:
            yield route, pattern


def _filled(route: str, transaction_id: int) -> str:
    route = route.replace("^", "").replace("/?$", "/")
    route = re.sub(r"\(\?P<\w+>[^)]*\)", "guessed-token", route)
    return "/" + re.sub(r"<(?:int:)?\w+>", str(transaction_id), route)


@dataclass
class Attack:
    """Who is attacked, by whom, and what there was before."""

    victim: App
    attacker: App
    gateway: ScriptedGateway
    deposit: dict[str, Any]
    before: tuple[Any, ...]

    @property
    def transaction_id(self) -> int:
        """Return the victim's waiting deposit."""
        return int(self.deposit["transaction_id"])

    @property
    def token(self) -> str:
        """Return the secret in the waiting deposit's callback address, which only M-Pesa has."""
        return self.gateway.pushes[-1].callback_url.rstrip("/").rpartition("/")[2]

    def look_again(self) -> None:
        """Take what there is now for what there was before: the attacker's own doing is allowed."""
        self.before = books()

    def allow_house_postings(self) -> None:
        """Accept what is held in suspense, as long as no wallet and no deposit changed."""
        after = books()
        assert _wallets(after) == _wallets(self.before)
        assert after[2:] == self.before[2:]
        self.before = after

    def assert_no_money_moved(self) -> None:
        """Compare every balance, posting and deposit with what there was before."""
        assert books() == self.before
        assert list(wallet_audit.find_problems()) == []
        assert list(deposits_audit.find_problems()) == []


def _wallets(state: tuple[Any, ...]) -> list[Any]:
    return [row for row in state[0] if row[0].startswith("wallet:")]


def books() -> tuple[Any, ...]:
    """Return all money: kept balances, postings, the state of each deposit."""
    balances = sorted(LedgerAccount.objects.values_list("code", "balance"))
    postings = (
        Posting.objects.count(),
        Posting.objects.aggregate(t=Sum("amount"))["t"] or Decimal(0),
    )
    deposits = sorted(
        Transaction.objects.values_list("id", "user_id", "status", "amount", "phone_number")
    )
    return balances, postings, deposits, sorted(User.objects.values_list("id", "phone_number"))


def signed_in(app: App) -> Client:
    """Return a client with the user's session that spares the CSRF token."""
    client = Client(raise_request_exception=False)
    client.force_login(app.user)
    return client
