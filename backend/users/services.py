"""Signing up, checking credentials, changing the password. Sessions are the views' business."""

import logging
from datetime import datetime

from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import IntegrityError
from django.db import transaction as db_transaction
from django.http import HttpRequest
from knox.models import AuthToken, get_token_model

from common.db import broken_constraint
from users import kyc, lockout
from users.errors import (
    AccountBlocked,
    InvalidCredentials,
    PhoneNumberTaken,
    wrong_password,
)
from users.models import User

logger = logging.getLogger(__name__)

# The name PostgreSQL gave the column's UNIQUE.
_PHONE_NUMBER_CONSTRAINT = "users_user_phone_number_key"


def is_taken_number(error: IntegrityError) -> bool:
    """Say whether the database refused a phone number because somebody has it."""
    return broken_constraint(error) == _PHONE_NUMBER_CONSTRAINT


def sign_up(*, phone_number: str, password: str, full_name: str) -> User:
    """Store a new customer.

    Raises:
        PhoneNumberTaken: also for the loser of two sign-ups at once.
    """
    # A look first: PostgreSQL writes a refused INSERT, with all its values, into its own log.
    if User.objects.filter(phone_number=User.objects.normalise(phone_number)).exists():
        raise PhoneNumberTaken
    try:
        with db_transaction.atomic():
            return User.objects.create_user(
                phone_number, password, full_name=full_name, kyc_status=kyc.first_status()
            )
    except IntegrityError as error:
        if not is_taken_number(error):
            raise
        raise PhoneNumberTaken from error


def check_credentials(request: HttpRequest, *, phone_number: str, password: str) -> User:
    """Return the user whom number (any spelling) and password name.

    Raises:
        InvalidCredentials: in equal time for an unknown number and a wrong password.
        AccountBlocked: only to somebody who knows the password.
        Throttled: too many wrong passwords.
    """
    user = authenticate(request, username=phone_number, password=password)
    if not isinstance(user, User):
        raise InvalidCredentials
    # Also for tokens, which open no session that would tell axes.
    lockout.forget_failures(request, user)
    if not user.is_active:
        raise AccountBlocked
    return user


def issue_token(user: User) -> tuple[AuthToken, str]:
    """Return a new token, stored as a hash only, and its text.

    Raises:
        InvalidCredentials: when password or number changed since they were
            checked: changing them has ended all sign-ins, and this is one.
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
    """Make sure that the signed-in user knows the password too.

    Raises:
        ValidationError: naming `field`; it is another one.
    """
    if not user.check_password(password):
        raise wrong_password(field)


def change_password(user: User, *, current_password: str, new_password: str) -> None:
    """Replace the password; every session and token of the user ends (trigger `tokens_end`).

    Raises:
        ValidationError: the current password is another one, or was changed meanwhile.
    """
    confirm_password(user, current_password, field="current_password")
    checked, user.password = user.password, make_password(new_password)
    # Of two changes at once with the same old password, one comes too late.
    if not User.objects.filter(pk=user.pk, password=checked).update(password=user.password):
        raise wrong_password("current_password")
    logger.info("password changed", extra={"user": user.pk})


def purge_sign_ins(*, now: datetime) -> None:
    """Delete expired sessions, tokens and locks."""
    Session.objects.filter(expire_date__lt=now).delete()
    get_token_model().objects.filter(expiry__lt=now).delete()
    AccessAttempt.objects.filter(attempt_time__lt=now - lockout.lock_time(None)).delete()
