"""Expired sessions and tokens are deleted; valid ones stay."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from knox.models import get_token_model

from common import clock
from users.models import User
from users.services import purge_sign_ins
from users.sessions import SessionStore

pytestmark = pytest.mark.django_db


def _sign_ins() -> tuple[int, int]:
    return Session.objects.count(), get_token_model().objects.count()


def test_only_expired_sign_ins_are_purged() -> None:
    user = User.objects.create_user("0712345678", None)
    for lifetime in (timedelta(hours=1), timedelta(days=3)):
        session = SessionStore()
        session.set_expiry(lifetime)
        session.create()
        get_token_model().objects.create(user=user, expiry=lifetime)

    purge_sign_ins(now=clock.now())
    assert _sign_ins() == (2, 2)

    purge_sign_ins(now=clock.now() + timedelta(days=1))
    assert _sign_ins() == (1, 1)
