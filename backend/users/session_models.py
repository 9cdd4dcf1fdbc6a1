"""Which browsers customers are signed in with, for the list on their account page."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models

from common.guards import Refuse


class BrowserSession(models.Model):
    """A session that was opened, by the hash of its key; `django_session` says whether it lives.

    Browser and system are two coarse words ("Chrome", "Android"), so that a customer knows a phone
    again; the rest of what a browser tells of itself is not kept.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key_hash = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=16, blank=True)
    system = models.CharField(max_length=16, blank=True)
    opened_at = models.DateTimeField()

    class Meta:
        default_permissions: ClassVar = ("view",)
        triggers: ClassVar = [
            Refuse(
                name="written_stays",
                operation=pgtrigger.Update,
                message="session %: what was written never changes",
                values=("OLD.id",),
            ),
        ]

    def __str__(self) -> str:
        return f"session of user {self.user_id}"
