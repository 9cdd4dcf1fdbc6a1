"""Checks number and password for the API, the browser's log-in page and the admin alike."""

from django.contrib.auth.backends import AllowAllUsersModelBackend


class PhoneBackend(AllowAllUsersModelBackend):
    """Finds people under any spelling of their number, and those switched off too.

    Django would treat an account that was switched off as nobody, and the customer would read
    "not signed in" instead of "blocked". Each door checks `is_active` itself: users.services,
    users.permissions, Django's log-in form, and the admin.

    An unknown number costs one password hash like a wrong password (Django's own promise), so the
    time of an answer does not tell who is a customer.
    """
