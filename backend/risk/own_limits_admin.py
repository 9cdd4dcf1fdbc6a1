"""Admin of customers' own limits: read-only, with an action to lift a pause or exclusion.

Only customers themselves change their caps.
"""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from common import clock
from common.admin import ReadOnlyAdmin, ask, reason_field, sent_form
from risk import services
from risk.caps import in_force
from risk.errors import NothingToLift, OwnCoolOff, TooEarlyToLift
from risk.models import OwnLimits
from risk.selectors import read_state
from users.admin_search import ExactSearch
from users.current import signed_in_user


class LiftForm(forms.Form):
    """Asks why a pause or exclusion ends early."""

    reason = reason_field()


def _clock(moment: datetime) -> str:
    """Return a time as text in the admin's format and Nairobi's time zone."""
    return date_format(localtime(moment), "DATETIME_FORMAT")


@admin.register(OwnLimits)
class OwnLimitsAdmin(ExactSearch, ReadOnlyAdmin):
    """Customers' caps, pauses and exclusions, with an action to lift the latter two."""

    list_display = (
        "user", "daily_now", "weekly_now", "pending", "paused_until", "excluded_until",
        "updated_at",
    )  # fmt: skip
    readonly_fields = ("daily_now", "weekly_now", "pending")
    list_select_related = ("user",)
    search_fields = ("user__phone_number",)
    actions = ("lift",)

    @admin.display(description="daily cap now")
    def daily_now(self, own: OwnLimits) -> int | None:
        """Return the daily cap in force: the pending one, once its time has come."""
        return in_force(read_state(own), clock.now()).caps.daily

    @admin.display(description="weekly cap now")
    def weekly_now(self, own: OwnLimits) -> int | None:
        """Return the weekly cap in force."""
        return in_force(read_state(own), clock.now()).caps.weekly

    @admin.display(description="follows")
    def pending(self, own: OwnLimits) -> str | None:
        """Return the pending caps and the time from which they are in force."""
        state = in_force(read_state(own), clock.now())
        if state.pending is None or state.effective_at is None:
            return None
        caps = f"{state.pending.daily or 'none'} a day, {state.pending.weekly or 'none'} a week"
        return f"{caps} from {_clock(state.effective_at)}"

    def has_lift_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may lift: it takes the right to change own limits."""
        return request.user.has_perm("risk.change_ownlimits")

    @admin.action(description="Lift pause and exclusion, with a reason", permissions=["lift"])
    def lift(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask for the reason, then end pause and exclusion."""
        form = LiftForm(sent_form(request))
        if form.is_valid():
            for own in queryset:
                self._lift(request, own, form.cleaned_data["reason"])
            return None
        title = "Lift pauses and exclusions"
        return ask(self, request, "risk/lift_break.html", form, title=title, rows=queryset)

    def _lift(self, request: HttpRequest, own: OwnLimits, reason: str) -> None:
        try:
            services.lift_cool_off(
                user=own.user, operator=signed_in_user(request), reason=reason, now=clock.now()
            )
        except NothingToLift:
            self.message_user(request, f"{own.user}: nothing to lift", messages.WARNING)
        except OwnCoolOff:
            self.message_user(request, f"{own.user}: nobody lifts their own", messages.ERROR)
        except TooEarlyToLift as early:
            when = _clock(early.liftable_at)
            self.message_user(request, f"{own.user}: not before {when}", messages.ERROR)
        else:
            self.log_change(request, own, f"Lifted: {reason}")
            self.message_user(request, f"{own.user}: lifted", messages.SUCCESS)
