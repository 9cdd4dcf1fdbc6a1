"""The four groups of operators, their permissions, and the rights that exclude each other.

The only place that says so: `migrate` seeds the groups and fills `users_exclusiveright` from here,
after the permissions exist. Docs: "Rights of operators" in docs/runbook.md.
"""

import logging
from collections.abc import Iterable
from typing import Any

from django.apps import apps as all_apps
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, connection
from django.db import transaction as db_transaction

from users.models import ExclusiveRight, SeededRight

logger = logging.getLogger(__name__)

SUPPORT, FINANCE, COMPLIANCE, ADMIN = "Support", "Finance", "Compliance", "Admin"


def _view(app: str, *models: str) -> frozenset[str]:
    return frozenset(f"{app}.view_{model}" for model in models)


#: What nobody can help a customer without.
_READ_CUSTOMERS = (
    _view(
        "payments", "transaction", "suspensecase", "callbackevent", "confirmation", "claim",
        "paybillaccount", "paybillpayment", "pullrun", "pulledrow", "transactionquery",
        "initiatorstate", "reversal", "debt", "statementimport", "statementupload",
        "caseshare",
    )
    | _view("users", "user", "phonechange", "proposal")
    | _view("kyc", "kycsubmission")
    | _view("risk", "decision", "ownlimits")
    | _view("wallet", "journalentry", "ledgeraccount")
)  # fmt: skip
_READ_SYSTEM = (
    _view("procrastinate", "procrastinatejob", "procrastinateevent")
    | _view("wallet", "ledgerseal")
    | _view("operations", "alert", "taskrun")
)

#: Decides what becomes of money.
DECIDES_MONEY = frozenset(
    {
        "payments.change_suspensecase", "payments.add_reversal", "payments.change_debt",
        "payments.add_statementimport", "payments.change_statementrow", "users.change_proposal",
    }
)  # fmt: skip
#: Decides who a customer is, and what a customer may deposit.
DECIDES_IDENTITY = frozenset(
    {"kyc.change_kycsubmission", "users.change_phonechange", "risk.change_ownlimits"}
)
#: Decides who signs in, and with which rights.
DECIDES_ACCOUNTS = frozenset(
    {"users.add_user", "users.change_accountproposal", "users.propose_rights"}
)
#: Touches customers' accounts without deciding any of these.
_TOUCHES_ACCOUNTS = frozenset({"users.change_user", "knox.delete_authtoken"})

#: Answers customers who want to be erased. Carrying it out is a decision about accounts.
_ERASES = frozenset(
    {"users.propose_erasure", "users.view_erasurerequest", "users.change_erasurerequest"}
)

#: Of the two sides of a pair no operator holds a permission each; superusers alone hold everything.
EXCLUSIVE: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    # Who gives payments away neither makes nor takes over the account that gets them.
    (DECIDES_MONEY, DECIDES_ACCOUNTS | DECIDES_IDENTITY | _TOUCHES_ACCOUNTS | _ERASES),
    # Password and phone number together are the whole account.
    (DECIDES_IDENTITY, DECIDES_ACCOUNTS | frozenset({"users.propose_password"})),
)

#: Group -> permissions, as app label and codename.
GROUPS: dict[str, frozenset[str]] = {
    SUPPORT: _READ_CUSTOMERS
    | {
        "users.add_proposal", "users.propose_password", "users.view_accountproposal",
        "payments.change_claim", "payments.add_pullrequest", "kyc.unmask_id_number",
        "knox.view_authtoken",
    },
    FINANCE: _READ_CUSTOMERS
    | _READ_SYSTEM
    | DECIDES_MONEY
    | {"users.add_proposal", "payments.change_claim", "payments.add_pullrequest"},
    COMPLIANCE: _READ_CUSTOMERS
    | DECIDES_IDENTITY
    | _TOUCHES_ACCOUNTS
    | _ERASES
    | {
        "kyc.unmask_id_number", "kyc.view_unmasking", "knox.view_authtoken",
        "users.view_rightshistory",
    },
    ADMIN: _READ_SYSTEM
    | DECIDES_ACCOUNTS
    | _TOUCHES_ACCOUNTS
    | _ERASES
    | {
        "users.propose_password", "users.view_accountproposal", "users.view_user",
        "users.view_rightshistory", "auth.view_group", "knox.view_authtoken",
    },
}  # fmt: skip


def seed(*, apps: Apps = all_apps, **_: Any) -> None:
    """Create the groups that are missing and give each what it never got; runs after `migrate`.

    A permission is given once: what operators changed since stays, and so does a group of the same
    name that somebody had made before (`manage.py doctor` names it). `apps` are the models of the
    schema that was migrated to, which may be an older one.
    """
    if "seededright" not in apps.all_models["users"]:
        return
    # Another app's permissions may be missing still: its signal comes after this one.
    for app in all_apps.get_app_configs():
        create_permissions(app, verbosity=0)
    # Without a context: the guards let the role that owns the tables do it, and no other.
    with db_transaction.atomic():
        _lock()
        _write_exclusive()
        for name, permissions in GROUPS.items():
            _seed_group(name, permissions)


def permission_of(name: str) -> Permission:
    """Return the permission with this app label and codename, "users.view_user"."""
    app, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def exclusive_pairs() -> set[tuple[str, str]]:
    """Return each two permissions that exclude each other, both ways round."""
    pairs = {(one, other) for left, right in EXCLUSIVE for one in left for other in right}
    return pairs | {(other, one) for one, other in pairs}


def excluded(permissions: Iterable[str]) -> list[tuple[str, str]]:
    """Return the pairs among these permissions that exclude each other, each once, sorted."""
    held = set(permissions)
    return sorted((a, b) for a, b in exclusive_pairs() if a < b and a in held and b in held)


def _lock() -> None:
    # Two processes that migrate at once; the same lock as the guards of rights take.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('users:rights', 0))")


def _write_exclusive() -> None:
    wanted = exclusive_pairs()
    kept = set(ExclusiveRight.objects.values_list("permission", "excludes"))
    for permission, excludes in kept - wanted:
        ExclusiveRight.objects.filter(permission=permission, excludes=excludes).delete()
    ExclusiveRight.objects.bulk_create(
        ExclusiveRight(permission=one, excludes=other) for one, other in sorted(wanted - kept)
    )


def _seed_group(name: str, permissions: frozenset[str]) -> None:
    seeded = set(SeededRight.objects.filter(group_name=name).values_list("permission", flat=True))
    group = Group.objects.filter(name=name).first()
    if not seeded and group is None:
        group = Group.objects.create(name=name)
    elif not seeded or group is None:
        # Somebody's own group, made before; or ours, which was taken away since.
        return
    new = sorted(permissions - seeded)
    try:
        with db_transaction.atomic():
            group.permissions.add(*map(permission_of, new))
            SeededRight.objects.bulk_create(
                SeededRight(group_name=name, permission=right) for right in new
            )
    except IntegrityError:
        # A member holds what excludes a new permission. The schema is right all the same, so
        # `migrate` goes on; the next one tries again.
        logger.exception("the group %s did not get its new permissions", name)
