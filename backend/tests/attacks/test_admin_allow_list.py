"""What each group may do on every page of the admin, page by page; anything else fails here.

Looking is by permission and named in users.operator_groups. This list is of what changes something.
"""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from users.models import User
from users.operator_groups import ADMIN, COMPLIANCE, FINANCE, GROUPS, SUPPORT

pytestmark = pytest.mark.django_db

_CASE_PROPOSALS = {
    "belongs_to_deposit", "correct", "not_in_books", "propose", "refunded", "split",
}  # fmt: skip
ALLOWED: dict[str, dict[str, set[str]]] = {
    SUPPORT: {
        "payments.Claim": {"close", "ask_mpesa"},
        "payments.PullRun": {"add"},
        "payments.Transaction": {"ask_mpesa"},
        "payments.SuspenseCase": _CASE_PROPOSALS,
        "kyc.KycSubmission": {"show_id_number"},
    },
    FINANCE: {
        "payments.Claim": {"close", "ask_mpesa"},
        "payments.PullRun": {"add"},
        "payments.Transaction": {"ask_mpesa", "reverse_credit"},
        "payments.SuspenseCase": _CASE_PROPOSALS | {"resolve", "reverse"},
        "payments.Debt": {"collect"},
        "payments.StatementImport": {"add"},
    },
    COMPLIANCE: {
        "kyc.KycSubmission": {"verify", "reject", "show_id_number"},
        "users.User": {"change", "decide_kyc", "propose_erasure"},
        "users.ErasureRequest": {"propose", "decline"},
        "users.PhoneChange": {"approve", "reject"},
        "risk.OwnLimits": {"lift"},
        "knox.AuthToken": {"end"},
    },
    ADMIN: {
        "users.User": {"add", "change", "propose_erasure"},
        "users.ErasureRequest": {"propose", "decline"},
        "users.AccountProposal": {"approve", "reject"},
        "auth.Group": {"add", "change"},
        "knox.AuthToken": {"end"},
    },
}


def found(user: User) -> dict[str, set[str]]:
    """Return what the user may do on each page, pages without anything left out."""
    request: Any = HttpRequest()
    request.user, request.method = user, "GET"
    request.resolver_match = SimpleNamespace(url_name="")
    may: dict[str, set[str]] = {}
    for model, page in admin.site._registry.items():
        words = {
            word for word in ("add", "change", "delete")
            if getattr(page, f"has_{word}_permission")(request)
        }  # fmt: skip
        if page.has_view_permission(request):
            words |= set(page.get_actions(request))
        for inline in page.get_inline_instances(request):
            words |= {
                f"inline {word}" for word in ("add", "change", "delete")
                if getattr(inline, f"has_{word}_permission")(request, None)
            }  # fmt: skip
        if words:
            may[model._meta.label] = words
    return may


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_may_do_what_is_listed_and_nothing_else(name: str) -> None:
    user = User.objects.create_user("254700000031", None, is_staff=True)
    user.groups.add(Group.objects.get(name=name))

    assert found(User.objects.get(pk=user.pk)) == ALLOWED[name]


def test_an_operator_without_a_group_may_do_nothing() -> None:
    user = User.objects.create_user("254700000031", None, is_staff=True)

    assert found(user) == {}


def test_not_even_a_superuser_may_do_more_than_all_groups_together() -> None:
    """So no stock page of Django or a package (sessions, devices, jobs, permissions) is a way."""
    superuser = User.objects.create_superuser("254700000032", "a-good-password")
    together: dict[str, set[str]] = {}
    for pages in ALLOWED.values():
        for label, words in pages.items():
            together[label] = together.get(label, set()) | words

    assert found(superuser) == together
