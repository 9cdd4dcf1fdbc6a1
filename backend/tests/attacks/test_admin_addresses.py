"""Every address of the admin, opened and posted to by one dishonest operator of each group.

The addresses come from the URL resolver, so a page that is added tomorrow is tried tomorrow. One
whose shape nobody has thought about fails the first test: write down what it may change alone.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from common import clock
from operations.models import Alert
from payments.models import SuspenseCase, Transaction
from tests.attacks.insiders import FRIEND, PASSWORD, WHY, World, _name, facts, make_world
from users import account_proposals
from users.models import AccountProposal, Proposal, User
from users.operator_groups import GROUPS
from wallet.models import JournalEntry

pytestmark = pytest.mark.django_db

#: Django's five of each table, and the address of a row without a page.
_STOCK = {
    "", "add/", "<path:object_id>/history/", "<path:object_id>/delete/",
    "<path:object_id>/change/", "<path:object_id>/",
}  # fmt: skip
#: All others, with what one operator alone may do there. Nothing of it is money, a right, another's
#: password or an approval.
KNOWN = {
    "": "looks at what waits",
    "login/": "signs in, with a second factor",
    "logout/": "signs out",
    "password_change/": "changes their own password, by the old one",
    "password_change/done/": "reads that it is changed",
    "autocomplete/": "nothing: no field of the admin completes words",
    "jsi18n/": "reads Django's words",
    "r/<path:content_type_id>/<path:object_id>/": "nothing: no table has pages outside the admin",
    "^(?P<app_label>)/$": "looks at the tables of an app",
    "(?P<url>.*)$": "nothing: the address of no page",
    "find/": "searches",
    "find/<str:number>/": "reads what they searched for in this session",
    "tables/": "looks at the list of tables",
    "keys/": "reads the keys",
    "alerts/<str:kind>/take/": "says that they look after a kind of need",
    "exports/": "reads which exports there are",
    "exports/<str:name>/": "takes an export, which the log names",
    "health/": "reads the checks",
    "charts/": "reads the charts",
    "charts/<str:name>.svg": "reads a chart",
    "charts/<str:name>.csv": "reads a chart",
    "payments/transaction/<int:deposit_id>/ask/": "asks M-PESA, whose answer alone moves money",
    "payments/transaction/<int:deposit_id>/ask-about/": "asks M-PESA about a code",
    "payments/transaction/<int:deposit_id>/row/<int:row_id>/": "Finance: what M-PESA's record says",
    "payments/transaction/<int:deposit_id>/not-paid/<int:file_id>/": "Finance: not paid, by proof",
    "payments/transaction/<int:deposit_id>/reverse/": "Finance, up to the limit: takes back",
    "payments/transaction/<int:deposit_id>/case/<int:case_id>/<slug:name>/": "as on a case",
    "payments/suspensecase/<int:case_id>/decide/<slug:name>/": "Finance, up to the limit; proposes",
    "users/proposal/<int:proposal_id>/decide/<slug:name>/": "Finance, never their own: approves",
    "users/user/<path:object_id>/edit/": "Compliance, Admin: name, off and on; proposes rights",
    "users/user/<id>/password/": "Support, Admin: proposes a one-time password",
}


def routes() -> list[str]:
    """Return the admin's routes below /admin/, as the resolver has them."""

    def walk(patterns: list[Any], before: str) -> Iterator[str]:
        for each in patterns:
            here = f"{before}{each.pattern}"
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, here)
            elif isinstance(each, URLPattern):
                yield here

    found = [
        route.removeprefix("admin/")
        for route in walk(get_resolver().url_patterns, "")
        if route.startswith("admin/")
    ]
    # Which apps there are is not an address's shape.
    return [re.sub(r"\(\?P<app_label>[^)]*\)", "(?P<app_label>)", route) for route in found]


def tables() -> dict[str, Any]:
    """Return the address of each table with its model."""
    return {
        f"{model._meta.app_label}/{model._meta.model_name}/": model
        for model in admin.site._registry
    }


def unknown() -> set[str]:
    """Return the routes that are neither Django's of a table nor listed above."""
    bases = tables()
    stock = {f"{base}{rest}" for base in bases for rest in _STOCK}
    return set(routes()) - stock - set(KNOWN)


def test_each_address_is_known_and_each_known_one_is_there() -> None:
    assert unknown() == set()
    assert set(KNOWN) <= set(routes())


def paths() -> list[str]:
    """Return every route with its places filled in: rows that are there, and names that are known.

    tests.attacks.insiders tries every name of an action on every page.
    """
    return sorted({path for route in routes() for path in _fill(route)})


def _fill(route: str) -> Iterator[str]:
    if route.startswith(("^", "(")):
        yield from ("/admin/payments/", "/admin/nothing/of/the/sort/")
        return
    model = next((model for base, model in tables().items() if route.startswith(base)), None)
    places = re.findall(r"<(?:\w+:)?(\w+)>", route)
    for chosen in product(*(_values(place, model) for place in places)):
        path = route
        for value in chosen:
            path = re.sub(r"<[^>]+>", str(value), path, count=1)
        yield f"/admin/{path}"


def _values(place: str, model: Any) -> list[Any]:
    """Return what is put in a place of a route."""
    rows = {"deposit_id": Transaction, "case_id": SuspenseCase, "proposal_id": Proposal}
    if place in rows or place in {"object_id", "id"}:
        of = rows.get(place, model) or User
        # All accounts of the world; elsewhere the newest row stands for the others.
        most = 4 if of is User else 1
        return list(of._default_manager.order_by("-pk").values_list("pk", flat=True)[:most])
    if place == "name" and model is not None:
        cases = map(_name, admin.site._registry[SuspenseCase].actions or ())
        return sorted({*cases, "approve", "reject"})
    known = {"name": ["day-book", "deposits"], "kind": ["suspense", "proposals"]}
    return known.get(place, [1])


def _form(world: World) -> dict[str, Any]:
    """Return a form that fills in whatever a page asks for."""
    return {
        "reason": WHY, "post": "yes", "confirm": "yes", "looked": "on", "seen": "1", "share": "1",
        "phone_number": FRIEND, "amount": "20000.00", "mpesa_receipt_number": "NLJ7RT61SV",
        "phone_1": FRIEND, "amount_1": "20000.00", "is_staff": "on", "is_superuser": "on",
        "is_active": "on", "full_name": "Renamed", "usable_password": "true", "words": FRIEND,
        "new_password1": PASSWORD, "new_password2": PASSWORD, "old_password": "a guess",
        "password1": PASSWORD, "password2": PASSWORD, "user": str(world.friend.pk),
        "decision": "full", "tier": "full", "code": "UKL51ZDR4F", "count": "1",
    }  # fmt: skip


def _more(world: World) -> dict[str, Any]:
    """Return what else may not change: postings, switched-off accounts, levels, numbers, SMS."""
    return {
        **facts(world),
        "entries": JournalEntry.objects.count(),
        "accounts": list(
            User.objects.filter(pk__lte=world.insider.pk)
            .order_by("pk")
            .values_list("pk", "phone_number", "is_superuser", "is_staff")
        ),
    }


@pytest.fixture(params=GROUPS)
def world(request: pytest.FixtureRequest) -> World:
    """Build a world with an insider in the group, and what colleagues proposed in it."""
    world = make_world(request.param)
    account_proposals.propose_password(
        user=world.insider, operator=world.colleague, reason=WHY, now=clock.now()
    )
    Alert.objects.update_or_create(kind="suspense", defaults={"since": clock.now()})
    return world


def test_no_address_moves_anything_for_one_operator(world: World) -> None:
    before = _more(world)
    form, every = _form(world), paths()

    for path in every:
        if path in {"/admin/logout/", "/admin/login/"}:
            continue
        for answer in (world.client.get(path), world.client.post(path, form)):
            assert answer.status_code < 500, path

    assert _more(world) == before
    assert len(every) > 150
    # Still signed in, so that all of it was tried.
    assert world.client.get("/admin/").status_code == 200


def test_signed_out_nothing_is_shown() -> None:
    make_world("Support")
    client = Client()

    for path in paths():
        if path in {"/admin/login/", "/admin/logout/", "/admin/jsi18n/"}:
            continue
        answer = client.get(path)

        assert answer.status_code == 302, path
        assert "/admin/login/" in answer["Location"], path


def test_account_proposals_are_approved_by_nobody_alone(world: World) -> None:
    """Also by the insider's own proposals, tried on the list in which they are decided."""
    world.client.post(f"/admin/users/user/{world.victim.pk}/password/", {"reason": WHY})
    before = list(User.objects.order_by("pk").values_list("pk", "password"))

    for proposal in AccountProposal.objects.all():
        sent = {"action": "approve", "_selected_action": str(proposal.pk), "reason": WHY}
        world.client.post("/admin/users/accountproposal/", sent)

    assert list(User.objects.order_by("pk").values_list("pk", "password")) == before
