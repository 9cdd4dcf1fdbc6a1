"""Signing up and checking credentials. Sessions and tokens are the views' business."""

from datetime import datetime

from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.db import IntegrityError
from django.db import transaction as db_transaction
from django.http import HttpRequest
from knox.models import get_token_model

from users import kyc
from users.errors import account_blocked, invalid_credentials, phone_number_taken
from users.models import User

# The name PostgreSQL gave the column's UNIQUE.
_PHONE_NUMBER_CONSTRAINT = "users_user_phone_number_key"


def sign_up(*, phone_number: str, password: str, full_name: str) -> User:
    """Store a new customer.

    Raises:
        DomainError: `phone_number_taken`, also for the loser of two sign-ups at once.
    """
    # A look first: PostgreSQL writes a refused INSERT, with all its values, into its own log.
    if User.objects.filter(phone_number=User.objects.normalise(phone_number)).exists():
        raise phone_number_taken()
    try:
        with db_transaction.atomic():
            return User.objects.create_user(
                phone_number, password, full_name=full_name, kyc_status=kyc.first_status()
            )
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", None) != _PHONE_NUMBER_CONSTRAINT:
            raise
        raise phone_number_taken() from error


def check_credentials(request: HttpRequest, *, phone_number: str, password: str) -> User:
    """Return the person whom number (any spelling) and password name.

    Raises:
        DomainError: `invalid_credentials`, in equal time for an unknown number and a wrong
            password; `account_blocked`, and only to somebody who knows the password.
    """
    user = authenticate(request, username=phone_number, password=password)
    if not isinstance(user, User):
        raise invalid_credentials()
    if not user.is_active:
        raise account_blocked()
    return user


def purge_sign_ins(*, now: datetime) -> None:
    """Delete sessions and tokens that are past their time and open nothing any more."""
    Session.objects.filter(expire_date__lt=now).delete()
    get_token_model().objects.filter(expiry__lt=now).delete()
