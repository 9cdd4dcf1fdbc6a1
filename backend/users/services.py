"""Sign-up, checks of credentials, tokens, change of password; the views open the sessions."""

import logging
from datetime import datetime

from axes.models import AccessAttempt
from django.apps import apps
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import IntegrityError
from django.db import transaction as db_transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from knox.models import AuthToken, get_token_model

from common.db import broken_constraint, delete_in_batches
from common.security_log import log_event
from users import codes, kyc, lockout
from users.errors import (
    AccountBlocked,
    InvalidCredentials,
    PhoneNumberTaken,
    wrong_password,
)
from users.models import User
from users.passwords import normalise
from users.session_models import BrowserSession

logger = logging.getLogger(__name__)

# The name that PostgreSQL gave the UNIQUE constraint of `phone_number`.
_PHONE_NUMBER_CONSTRAINT = "users_user_phone_number_key"


def is_taken_number(error: IntegrityError) -> bool:
    """Return whether the error is that another account has the phone number."""
    return broken_constraint(error) == _PHONE_NUMBER_CONSTRAINT


def sign_up(
    *,
    phone_number: str,
    password: str,
    full_name: str,
    proof: codes.RightCode | None = None,
    now: datetime,
) -> User:
    """Store a new customer; with `proof`, a code that came back, the number counts as proven.

    Raises:
        CodeEnded: the code was used meanwhile; there is no account.
        PhoneNumberTaken: an account has the number, also one of a sign-up at the same time.
    """
    # Check first: PostgreSQL logs an INSERT that violates a constraint, with all its values.
    if User.objects.filter(phone_number=User.objects.normalise(phone_number)).exists():
        raise PhoneNumberTaken
    try:
        with db_transaction.atomic():
            if proof is not None:
                codes.use_up(proof, now=now)
            return User.objects.create_user(
                phone_number,
                password,
                full_name=full_name,
                kyc_status=kyc.first_status(),
                number_proven_at=None if proof is None else now,
            )
    except IntegrityError as error:
        if not is_taken_number(error):
            raise
        raise PhoneNumberTaken from error


def check_credentials(request: HttpRequest, *, phone_number: str, password: str) -> User:
    """Return the user with this phone number (in any spelling) and password.

    Raises:
        InvalidCredentials: number or password is wrong; both take the same time.
        AccountBlocked: the password is right, but the account is not active.
        Throttled: too many wrong passwords.
    """
    user = authenticate(request, username=phone_number, password=password)
    if not isinstance(user, User):
        raise InvalidCredentials
    # axes resets its count only when a session opens, and a token opens none.
    lockout.forget_failures(request, user)
    if not user.is_active:
        raise AccountBlocked
    return user


def issue_token(user: User) -> tuple[AuthToken, str]:
    """Return a new token's row, which stores only a hash, and the token's text.

    Raises:
        InvalidCredentials: password or number changed since they were checked; that ends
        all sign-ins, so this one too.
    """
    with db_transaction.atomic():
        unchanged = User.objects.select_for_update(no_key=True).filter(
            pk=user.pk, password=user.password, session_epoch=user.session_epoch
        )
        if not unchanged.exists():
            raise InvalidCredentials
        stored, token = AuthToken.objects.create(user)
        return stored, token


def confirm_password(user: User, password: str, *, field: str) -> None:
    """Check the current password of a signed-in user.

    Raises:
        ValidationError: the password is wrong; the error names `field`.
    """
    if not user.check_password(password):
        log_event("reentered_password_wrong", user=user.pk)
        raise wrong_password(field)


def change_password(user: User, *, current_password: str, new_password: str) -> None:
    """Replace the password, which ends all sessions and tokens of the user (trigger `tokens_end`).

    Raises:
        ValidationError: the current password is wrong, or was changed meanwhile.
    """
    confirm_password(user, current_password, field="current_password")
    checked, user.password = user.password, make_password(normalise(new_password))
    # Of two concurrent changes with the same old password, only the first succeeds.
    changed = User.objects.filter(pk=user.pk, password=checked).update(
        password=user.password, one_time_password_until=None
    )
    if not changed:
        raise wrong_password("current_password")
    logger.info("password changed", extra={"user": user.pk})


def find_password_set_by_operator(user: User) -> datetime | None:
    """Return when an operator set the user's present password; None where the user chose it.

    A renewed hash (users.backends) is of the same password, so its rows do not count.
    """
    history = apps.get_model("users", "PasswordHistory")._default_manager
    renewal = Q(pgh_context__metadata__renewed_hash_of=user.pk)
    newest = (
        # With `exclude`, SQL's NULL of a row without a context would leave that row out too.
        history.alias(is_renewal=Coalesce(ExpressionWrapper(renewal, BooleanField()), False))
        .filter(pgh_obj=user.pk, is_renewal=False)
        .order_by("-pgh_id")
        .values_list("pgh_created_at", "pgh_context__metadata")
        .first()
    )
    if newest is None:
        return None
    set_at, context = newest
    return set_at if (context or {}).get("operator") not in (None, user.pk) else None


def purge_sign_ins(*, now: datetime) -> None:
    """Delete expired sessions, API tokens and log-in locks."""
    delete_in_batches(Session.objects.filter(expire_date__lt=now))
    lives = Session.objects.filter(session_key=OuterRef("key_hash"))
    delete_in_batches(BrowserSession.objects.filter(~Exists(lives)))
    delete_in_batches(get_token_model().objects.filter(expiry__lt=now))
    delete_in_batches(AccessAttempt.objects.filter(attempt_time__lt=now - lockout.lock_time(None)))
