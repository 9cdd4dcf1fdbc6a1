"""Passwords and rights take two operators: one proposes what exactly, another carries it out.

So does switching an operator's account on; switching it off does not. The database refuses all of
it without the approved proposal in the context (migrations 0008 and 0015). A proposal
holds no password: the approval makes a one-time password, which its approver alone sees, once.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import pghistory
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, connection
from django.db import transaction as db_transaction
from django.db.models import Q

from common.admin import SHORTEST_REASON
from common.db import refused_as
from common.messages import Message
from common.security_log import log_event
from users import erasure, operator_groups, proposals
from users.models import AccountChange, Proposal, User
from users.passwords import normalise
from users.sms import outbox
from users.sms.sender import is_configured

#: How long a one-time password opens the account. The customer chooses another in that time.
ONE_TIME_PASSWORD_LIVES = timedelta(hours=24)
# No letters and digits that look, or sound on the telephone, alike; 20 of them are 97 bits.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # pragma: allowlist secret
_LENGTH, _BLOCK = 20, 5
#: To a customer, in both languages: nobody knows which one they read.
_SMS = Message(
    en="Kibeezy: {password} is your one-time password for 24 hours. Log in with it and choose your"
    " own. We never ask you for it.",
    sw="Kibeezy: {password} ni nenosiri lako la mara moja kwa saa 24. Ingia nalo na uchague lako."
    " Hatukuulizi kamwe.",
)
#: What the guards say.
_EXCLUDE, _APART = "exclude each other", "the approver of its number sets no password"


class NothingChanges(Exception):
    """The account has these rights already."""


class RightsChangedSince(Exception):
    """The rights are not those that the proposal would change; it stays open."""


class RightsExclude(Exception):
    """Somebody would hold rights that exclude each other; the text says who, and which."""


class SuperusersOnly(Exception):
    """Only a superuser approves what makes a superuser, or is about one."""


class ApprovedNumber(Exception):
    """The operator approved the account's phone number, and sets no password of it."""


@dataclass(frozen=True)
class CarriedOut:
    """What an approval did: the one-time password to tell its owner; None where none is to be told,
    as after any other approval, or where it went to the customer by SMS (`is_texted`).
    """

    password: str | None
    is_texted: bool = False


def rights_of_user(user: User) -> dict[str, Any]:
    """Return the user's rights as AccountChange has them."""
    return {
        "is_active": user.is_active,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "groups": sorted(user.groups.values_list("pk", flat=True)),
        "user_permissions": sorted(user.user_permissions.values_list("pk", flat=True)),
    }


def rights_of_group(group: Group) -> dict[str, Any]:
    """Return the group's rights as AccountChange has them."""
    return {"permissions": sorted(group.permissions.values_list("pk", flat=True))}


def propose_password(*, user: User, operator: User, reason: str, now: datetime) -> Proposal:
    """Propose a one-time password for an account.

    Raises:
        proposals.SameOperator: it is the operator's own account.
        proposals.AlreadyProposed: one is proposed already.
        proposals.ReasonMissing: as it says.
    """
    if user.pk == operator.pk:
        raise proposals.SameOperator
    kind = Proposal.Kind.SET_PASSWORD
    with db_transaction.atomic():
        _lock_rights()
        about = AccountChange.objects.filter(user=user)
        open_ones = Proposal.objects.filter(kind=kind, subject_id__in=about.values("pk"))
        proposals.reject_expired(open_ones, operator=operator, now=now)
        if open_ones.filter(status=Proposal.Status.OPEN).exists():
            raise proposals.AlreadyProposed
        change = AccountChange.objects.create(user=user)
        return _propose(kind, change, operator, reason, now)


def propose_rights_of_user(
    *, user: User, after: dict[str, Any], operator: User, reason: str, now: datetime
) -> Proposal:
    """Propose other rights for a user, not oneself; `after` as `rights_of_user` returns them.

    Raises:
        proposals.SameOperator: it is the operator's own account.
        NothingChanges, RightsExclude, proposals.ReasonMissing: as they say.
    """
    if user.pk == operator.pk:
        raise proposals.SameOperator
    return _propose_rights(rights_of_user(user), after, operator, reason, now, user=user)


def propose_rights_of_group(
    *, group: Group, after: dict[str, Any], operator: User, reason: str, now: datetime
) -> Proposal:
    """Propose other permissions for a group; `after` as `rights_of_group` returns them.

    Raises:
        NothingChanges, RightsExclude, proposals.ReasonMissing: as they say.
    """
    return _propose_rights(rights_of_group(group), after, operator, reason, now, group=group)


def approve(*, proposal: Proposal, operator: User, reason: str, now: datetime) -> CarriedOut:
    """Approve a proposal about an account and carry it out, both or neither.

    Raises:
        proposals.SameOperator: the operator proposed it, or it is about the operator.
        proposals.ProposalDecided, ProposalExpired, ReasonMissing: as they say.
        RightsChangedSince, RightsExclude, SuperusersOnly, ApprovedNumber, erasure.Hindered: as
        they say; the proposal stays open.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise proposals.ReasonMissing
    with db_transaction.atomic():
        _lock_rights()
        approved = proposals.approve(proposal.pk, operator=operator, reason=reason, now=now)
        context = {"operator": operator.pk, "reason": reason.strip(), "proposal": approved.pk}
        with pghistory.context(**context):
            done = _carry_out(approved, operator, now)
    log_event("account_proposal_approved", proposal=approved.pk, user=operator.pk)
    return done


def _carry_out(approved: Proposal, operator: User, now: datetime) -> CarriedOut:
    if approved.kind == Proposal.Kind.ERASE_CUSTOMER:
        erasure.carry_out(approved.subject_id, proposal=approved, now=now)
        return CarriedOut(None)
    change = AccountChange.objects.get(pk=approved.subject_id)
    if approved.kind == Proposal.Kind.SET_PASSWORD:
        return _set_password(change, operator, now)
    _change_rights(change, operator)
    return CarriedOut(None)


def reject(*, proposal: Proposal, operator: User, reason: str, now: datetime) -> Proposal:
    """Reject a proposal about an account, and return it.

    Raises:
        proposals.SameOperator: it is about the operator, who could keep rights for ever like that.
        proposals.ProposalDecided, ReasonMissing: as they say.
    """
    is_of_change = proposal.kind != Proposal.Kind.ERASE_CUSTOMER
    about = AccountChange.objects.filter(pk=proposal.subject_id, user=operator)
    if is_of_change and about.exists():
        raise proposals.SameOperator
    return proposals.reject(proposal.pk, operator=operator, reason=reason, now=now)


def expire_one_time_passwords(*, now: datetime) -> int:
    """Take away one-time passwords whose time is over, with all that they opened; return how many.

    A customer who chooses another at the same moment keeps that one.
    """
    expired = User.objects.filter(one_time_password_until__lte=now)
    return expired.update(password=make_password(None), one_time_password_until=None)


def _propose_rights(
    before: dict[str, Any],
    after: dict[str, Any],
    operator: User,
    reason: str,
    now: datetime,
    **about: Any,
) -> Proposal:
    after = {name: _plain(after[name]) for name in before}
    if after == before:
        raise NothingChanges
    with db_transaction.atomic():
        change = AccountChange.objects.create(before=before, after=after, **about)
        _refuse_excluded(change)
        return _propose(Proposal.Kind.CHANGE_RIGHTS, change, operator, reason, now)


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool) else sorted(set(value))


def _propose(
    kind: Proposal.Kind, change: AccountChange, operator: User, reason: str, now: datetime
) -> Proposal:
    if len(reason.strip()) < SHORTEST_REASON:
        raise proposals.ReasonMissing
    about = f"user {change.user_id}" if change.user_id else f"group {change.group_id}"
    return proposals.propose(
        kind=kind, subject_id=change.pk, detail=about, operator=operator, reason=reason, now=now
    )


# The casts below: a constraint says that a change is of a user or of a group (AccountChange).


def _set_password(change: AccountChange, operator: User, now: datetime) -> CarriedOut:
    user = User.objects.select_for_update(no_key=True).get(pk=cast("int", change.user_id))
    _refuse_about(user, operator)
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    password = "-".join(letters[i : i + _BLOCK] for i in range(0, _LENGTH, _BLOCK))
    user.password = make_password(normalise(password))
    user.one_time_password_until = now + ONE_TIME_PASSWORD_LIVES
    # A guard ends the account's tokens; its sessions hang on the password's hash.
    with refused_as(ApprovedNumber, _APART):
        user.save(update_fields=["password", "one_time_password_until"])
    # An operator's account opens the admin, so its password is never in a text message.
    if user.is_staff or not is_configured():
        return CarriedOut(password)
    outbox.write(
        f"{_SMS.en.format(password=password)}\n{_SMS.sw.format(password=password)}",
        user=user,
        phone_number=user.phone_number,
        send_for=ONE_TIME_PASSWORD_LIVES,
        now=now,
    )
    return CarriedOut(None, is_texted=True)


def _change_rights(change: AccountChange, operator: User) -> None:
    try:
        if change.group_id is not None:
            _change_group(change)
        else:
            _change_user(change, operator)
    except IntegrityError as error:
        _raise_excluded(error)


def _change_group(change: AccountChange) -> None:
    group = Group.objects.select_for_update(no_key=True).get(pk=cast("int", change.group_id))
    if rights_of_group(group) != change.before:
        raise RightsChangedSince
    _set(group.permissions, Permission, _after(change)["permissions"])


def _change_user(change: AccountChange, operator: User) -> None:
    user = User.objects.select_for_update(no_key=True).get(pk=cast("int", change.user_id))
    after = _after(change)
    _refuse_about(user, operator)
    if after["is_superuser"] and not operator.is_superuser:
        raise SuperusersOnly
    # One of an older release says nothing of `is_active`.
    before = {"is_active": user.is_active, **(change.before or {})}
    if rights_of_user(user) != before:
        raise RightsChangedSince
    # First what is taken away: the guard looks at every row that is given.
    user.groups.remove(*user.groups.exclude(pk__in=after["groups"]))
    _set(user.user_permissions, Permission, after["user_permissions"])
    _set(user.groups, Group, after["groups"])
    user.is_staff, user.is_superuser = after["is_staff"], after["is_superuser"]
    user.is_active = after.get("is_active", user.is_active)
    user.save(update_fields=["is_active", "is_staff", "is_superuser"])


def _set(rights: Any, model: type[Group | Permission], keys: Iterable[int]) -> None:
    """Set the rows; of those that are gone since it was proposed nothing is given."""
    rights.set(model._default_manager.filter(pk__in=keys))


def _after(change: AccountChange) -> dict[str, Any]:
    after: dict[str, Any] = change.after or {}
    return after


def _refuse_about(user: User, operator: User) -> None:
    if user.pk == operator.pk:
        raise proposals.SameOperator
    if user.is_superuser and not operator.is_superuser:
        raise SuperusersOnly


def _refuse_excluded(change: AccountChange) -> None:
    """Propose nothing that the database refuses for certain; it looks again at the approval."""
    after = _after(change)
    if after.get("is_superuser"):
        return
    direct = after.get("user_permissions", after.get("permissions", []))
    held = Permission.objects.filter(Q(pk__in=direct) | Q(group__in=after.get("groups", [])))
    names = held.values_list("content_type__app_label", "codename")
    found = operator_groups.excluded(f"{app}.{codename}" for app, codename in names)
    if found:
        says = f"{found[0][0]} and {found[0][1]} {_EXCLUDE}"
        raise RightsExclude(says)


def _raise_excluded(error: IntegrityError) -> None:
    text = str(error).splitlines()[0]
    if _EXCLUDE not in text:
        raise error
    raise RightsExclude(text) from error


def _lock_rights() -> None:
    # The same lock as the guards of rights take.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('users:rights', 0))")
