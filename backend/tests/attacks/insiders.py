"""One dishonest operator of a group, who tries every page, form and action of the admin alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from payments.models import SuspenseCase
from payments.tests.building import make_customer, make_deposit, money, receive, success_body
from users.models import AccountProposal, Proposal, RightsHistory, User

WHY = "trust me, it is all right"
FRIEND = "254733333333"
PASSWORD = "known-to-the-insider"


@dataclass
class World:
    """A customer with 20,000 in suspense, a colleague, the insider and the insider's friend."""

    insider: User
    victim: User
    friend: User
    colleague: User
    client: Client


def make_world(group: str) -> World:
    """Build it; the insider is in the group."""
    victim, friend = make_customer(), make_customer(FRIEND)
    colleague = User.objects.create_superuser("254700000091", "a-good-password")
    insider = User.objects.create_user("254700000092", "a-good-password", is_staff=True)
    insider.groups.add(Group.objects.get(name=group))
    make_deposit(victim, amount=Decimal(50_000))
    receive(success_body(amount=20_000))
    client = Client()
    client.force_login(insider)
    TOTPDevice.objects.create(user=colleague, name="app")
    return World(insider, victim, friend, colleague, client)


def facts(world: World) -> dict[str, Any]:
    """Return what no operator changes alone."""
    users = User.objects.order_by("pk").exclude(phone_number__startswith="25479")
    return {
        "money": [money(user) for user in (world.victim, world.friend, world.insider)],
        "case": list(SuspenseCase.objects.values_list("status", "amount", "corrected_amount")),
        "passwords": list(users.values_list("pk", "password")),
        "superusers": list(users.values_list("pk", "is_superuser", "is_staff")),
        "memberships": sorted(User.groups.through.objects.values_list("user_id", "group_id")),
        "direct": sorted(
            User.user_permissions.through.objects.values_list("user_id", "permission_id")
        ),
        "groups": sorted(
            Group.permissions.through.objects.values_list("group_id", "permission_id")
        ),
        "devices": sorted(TOTPDevice.objects.values_list("user_id", "key")),
        "recovery codes": StaticDevice.objects.count(),
        "approved": Proposal.objects.filter(status="APPROVED").count(),
    }


def try_everything(world: World) -> None:
    """Send every form and action of every page; then approve what was proposed on the way."""
    of_proposals = [Proposal, AccountProposal]
    for models in (list(admin.site._registry), of_proposals):
        for path, form in _forms(world, models):
            response = world.client.post(path, form)
            assert response.status_code < 500, path


def _forms(world: World, models: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    everything = [str(pk) for pk in Permission.objects.values_list("pk", flat=True)]
    groups = [str(pk) for pk in Group.objects.values_list("pk", flat=True)]
    form: dict[str, Any] = {
        "reason": WHY, "post": "yes", "phone_number": FRIEND, "amount": "9999", "deposit": "1",
        "user": str(world.friend.pk), "tier": "full", "decision": "full", "number_is_proven": "on",
        "is_staff": "on", "is_superuser": "on", "is_active": "on", "groups": groups,
        "user_permissions": everything, "permissions": everything, "name": "Mine",
        "full_name": "Renamed", "password1": PASSWORD, "password2": PASSWORD,
        "usable_password": "true", "key": "00" * 20, "digits": "6", "confirmed": "on",
        "looked": "on", "seen": "1", "code": "UKL51ZDR4F", "share": "1", "count": "1",
        "phone_1": FRIEND, "amount_1": "9999.00", "phone_2": "254712345678", "amount_2": "10001.00",
    }  # fmt: skip
    for model in models:
        page = admin.site._registry[model]
        base = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        keys = [
            str(pk) for pk in model._default_manager.order_by("pk").values_list("pk", flat=True)[:5]
        ]
        for action in {*map(_name, page.actions or ()), "delete_selected", "approve", "retry"}:
            for key in keys:
                yield base, {**form, "action": action, "_selected_action": key}
        yield f"{base}add/", {**form, "phone_number": "0798765432"}
        for key in keys:
            for path in ("change", "delete", "password", *_own_paths(page)):
                yield f"{base}{key}/{path}/", form


def _own_paths(page: Any) -> Iterator[str]:
    """Yield what follows a row's number in the page's own addresses, filled in with ids and names.

    Every name that a page knows is tried on every page: a decision is found by its name.
    """
    names = {
        _name(action) for each in admin.site._registry.values() for action in each.actions or ()
    }
    for pattern in page.get_urls():
        route = str(pattern.pattern)
        if not re.match(r"<int:\w+>/", route):
            continue
        rest = re.sub(r"<int:\w+>", "1", route.split("/", 1)[1]).rstrip("/")
        named = re.search(r"<slug:\w+>", rest)
        if named is None:
            yield rest
            continue
        for name in sorted({*names, "approve", "reject"}):
            yield rest.replace(named[0], name)


def _name(action: Any) -> str:
    return action if isinstance(action, str) else str(action.__name__)


def assert_nothing_moved(world: World) -> None:
    """Try everything, and compare; what was tried and allowed, a proposal, has its log line."""
    before, rights, logged = facts(world), RightsHistory.objects.count(), LogEntry.objects.count()

    try_everything(world)

    assert facts(world) == before
    assert not User.objects.filter(pk__gt=world.insider.pk).exclude(password__startswith="!")
    assert Proposal.objects.exclude(proposed_by=world.insider).count() == 0
    assert set(
        RightsHistory.objects.order_by("id")[rights:].values_list("table_name", flat=True)
    ) <= {"auth_group"}
    assert LogEntry.objects.count() >= logged
    for proposal in Proposal.objects.filter(status="OPEN"):
        assert proposal.reason == WHY


def approve_by(world: World, proposal: Proposal) -> Any:
    """Let the insider approve a proposal in the admin, on both pages; return the texts."""
    sent = {
        "action": "approve", "_selected_action": str(proposal.pk), "reason": WHY, "looked": "on",
        "amount": "20000.00",
    }  # fmt: skip
    pages = (
        f"/admin/users/proposal/{proposal.pk}/decide/approve/",
        "/admin/users/accountproposal/",
    )
    return [world.client.post(page, sent, follow=True).content.decode() for page in pages]
