"""How proposals stand, on the lists of operators: waiting, expired, approved or rejected."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from common import clock
from users.models import Proposal


@admin.display(description="state", ordering="status")
def state(proposal: Proposal) -> str:
    """Return how a proposal stands now; one that nobody decided in a day has expired."""
    return proposal.state(clock.now())


class StateFilter(admin.SimpleListFilter):
    """Shows the proposals that stand in one way; `waiting` can be approved."""

    title = "state"
    parameter_name = "state"
    _NAMES: ClassVar = ("waiting", "expired", "approved", "rejected")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states, each as its own label."""
        return [(name, name.capitalize()) for name in self._NAMES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the proposals in the chosen state."""
        now, chosen = clock.now(), self.value()
        proposals = Proposal.objects.all()
        if chosen == "waiting":
            return queryset.filter(pk__in=proposals.waiting(now))
        if chosen == "expired":
            return queryset.filter(pk__in=proposals.expired(now))
        return queryset.filter(status=chosen.upper()) if chosen else queryset
