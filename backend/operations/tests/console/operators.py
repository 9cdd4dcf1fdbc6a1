"""Operators for the console's tests."""

from django.contrib.auth.models import Permission
from django.test import Client

from users.models import User


def make_operator(*rights: str, number: str = "254788888888") -> User:
    """Store an operator with these rights, by their codenames."""
    user = User.objects.create_user(
        number, "a-good-password", is_staff=True, full_name="Grace Wairimu"
    )
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


def sign_in(user: User) -> Client:
    """Sign the operator in."""
    client = Client()
    client.force_login(user)
    return client


def superuser() -> Client:
    """Sign in an operator with every right."""
    return sign_in(User.objects.create_superuser("254799999999", "a-good-password"))
