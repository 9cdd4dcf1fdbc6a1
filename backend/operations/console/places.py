"""The places of the console's navigation, and which of them an operator may see."""

from dataclasses import dataclass

from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import reverse

from common import clock
from common.db import time_limit
from operations.needs import KINDS, count_needs
from users.current import signed_in_user
from users.models import User

_HOME = "admin:index"
_KEPT_FOR_S = 15
_MOST_MS = 1_000


@dataclass(frozen=True)
class Place:
    """A page of the navigation: URL name, label, the right that it takes, icon, key after `g`.

    A place without a right is for every operator.
    """

    url_name: str
    label: str
    right: str
    icon: str
    key: str = ""
    query: str = ""


@dataclass(frozen=True)
class Link:
    """A place as the template shows it."""

    label: str
    url: str
    icon: str
    key: str
    is_current: bool
    waiting: int = 0


_GROUPS: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "Work",
        (
            Place("admin:index", "Home", "", "inbox", "h"),
            Place(
                "admin:users_proposal_changelist", "Approvals", "users.view_proposal", "stamp",
                "a", "?state=waiting&o=1",
            ),
            Place(
                "admin:payments_transaction_changelist", "Deposits", "payments.view_transaction",
                "in", "d",
            ),
            Place("admin:users_user_changelist", "Customers", "users.view_user", "users", "u"),
            Place(
                "admin:payments_suspensecase_changelist", "Suspense cases",
                "payments.view_suspensecase", "case", "c", "?status__exact=OPEN&o=1",
            ),
            Place(
                "admin:payments_claim_changelist", "Claims", "payments.view_claim", "ear", "l",
                "?waiting=yes",
            ),
        ),
    ),
    (
        "Money",
        (
            Place(
                "admin:payments_unanswereddeposit_changelist", "Deposits to look for",
                "payments.view_transaction", "find", "n",
            ),
            Place(
                "admin:payments_statementimport_changelist", "Statements",
                "payments.view_statementimport", "match", "s",
            ),
            Place(
                "admin:payments_paybillpayment_changelist", "Payments by hand",
                "payments.view_paybillpayment", "hand", "p",
            ),
            Place(
                "admin:payments_pullrun_changelist", "Pulls", "payments.view_pullrun", "pull"
            ),
            Place(
                "admin:payments_transactionquery_changelist", "Questions to M-PESA",
                "payments.view_transactionquery", "ear",
            ),
            Place("admin:payments_debt_changelist", "Debts", "payments.view_debt", "book"),
            Place(
                "admin:wallet_journalentry_changelist", "Ledger", "wallet.view_journalentry",
                "book", "b",
            ),
            Place("admin:exports", "Exports", "payments.add_statementimport", "out", "e"),
        ),
    ),
    (
        "Customers",
        (
            Place(
                "admin:kyc_kycsubmission_changelist", "Identity", "kyc.view_kycsubmission", "id",
                "i", "?status__exact=PENDING&o=1",
            ),
            Place(
                "admin:users_phonechange_changelist", "Phone changes", "users.view_phonechange",
                "phone", "t", "?status__exact=PENDING&o=1",
            ),
            Place(
                "admin:users_erasurerequest_changelist", "Accounts to close",
                "users.view_erasurerequest", "out", "x", "?status__exact=OPEN&o=1",
            ),
            Place(
                "admin:risk_decision_changelist", "Risk decisions", "risk.view_decision",
                "shield", "r",
            ),
        ),
    ),
    (
        "System",
        (
            Place("admin:charts", "Charts", "payments.view_transaction", "chart", "g"),
            Place("admin:health", "Health", "", "pulse", "y"),
            Place(
                "admin:procrastinate_procrastinatejob_changelist", "Jobs",
                "procrastinate.view_procrastinatejob", "clock", "j",
            ),
            Place(
                "admin:users_accountproposal_changelist", "Passwords and rights",
                "users.view_accountproposal", "stamp", "", "?state=waiting&o=1",
            ),
            Place("admin:tables", "All tables", "", "more", "m"),
        ),
    ),
)  # fmt: skip
#: Those at the foot of a phone's window.
_AT_THE_FOOT = ("Home", "Suspense cases", "Deposits", "Customers", "All tables")


@dataclass(frozen=True)
class Navigation:
    """The navigation of one operator: titled groups, and the few links of a phone's foot."""

    groups: list[tuple[str, list[Link]]]
    foot: list[Link]

    @property
    def current(self) -> Link | None:
        """The place that is open, by which its list is headed; None on other pages."""
        return next((link for _, links in self.groups for link in links if link.is_current), None)


def navigation(request: HttpRequest) -> Navigation:
    """Return the places that the operator may see; the page that is open is marked.

    A place says how many wait there, and the home how many wait in all.
    """
    waiting = _count_waiting(signed_in_user(request))
    groups = []
    for title, places in _GROUPS:
        links = [
            _link(place, request.path, waiting)
            for place in places
            if not place.right or request.user.has_perm(place.right)
        ]
        if links:
            groups.append((title, links))
    every = [link for _, links in groups for link in links]
    return Navigation(groups, [link for link in every if link.label in _AT_THE_FOOT])


def _count_waiting(operator: User) -> dict[str, int]:
    """Return how many wait by URL name of the list where they are decided, at most 15 s old.

    None where the database does not answer in time: a page is not refused for its numbers.
    """
    key = f"operations:waiting:{operator.pk}"
    known = cache.get(key)
    if known is None:
        try:
            with time_limit(_MOST_MS):
                known = count_needs(now=clock.now(), operator_id=operator.pk)
        except DatabaseError:
            known = {}
        cache.set(key, known, _KEPT_FOR_S)
    waiting: dict[str, int] = {}
    for kind in KINDS:
        if kind.name in known and operator.has_perm(kind.right):
            for url_name in (kind.url_name, _HOME):
                waiting[url_name] = waiting.get(url_name, 0) + known[kind.name]
    return waiting


def _link(place: Place, path: str, waiting: dict[str, int]) -> Link:
    url = reverse(place.url_name)
    is_current = path == url if place.url_name == _HOME else path.startswith(url)
    count = waiting.get(place.url_name, 0)
    return Link(place.label, url + place.query, place.icon, place.key, is_current, count)
