"""Admin of pulls: each time that M-Pesa's own list was asked for, and the form that asks for it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import localtime

from common import clock
from common.admin import ReadOnlyAdmin, reason_field
from payments import conf
from payments.models import PullRequest, PullRun
from payments.services import pull_requests
from payments.services.pull_requests import PullsOff, PullUnderWay
from users.current import signed_in_user

#: An empty list is quiet only where we know of no payment either: M-Pesa says the same of a list
#: that it does not keep for this short code.
ENDED: dict[str, str] = {
    PullRun.Outcome.COMPLETE: "The whole list came",
    PullRun.Outcome.QUIET: "Quiet: no payment is listed, and we know of none",
    PullRun.Outcome.BROKEN: (
        "Broken: no payment is listed, but we know of some. M-PESA does not keep the list for this"
        " short code, or the app lacks Pull Transactions"
    ),
    PullRun.Outcome.FAILED: (
        "Failed: the list was not read to its end, or not all of it was settled"
    ),
}
_OFF = "M-PESA's list is not asked for here: PULL_ENABLED is off, or the mock is in use."


class PullForm(forms.Form):
    """Asks how far back, and why."""

    hours = forms.IntegerField(
        min_value=1,
        max_value=48,
        initial=48,
        help_text="1 to 48: M-PESA's list goes back no further.",
    )
    reason = reason_field()


@admin.register(PullRun)
class PullRunAdmin(ReadOnlyAdmin):
    """Each pull, how many rows it had and how many were new, and how it ended in words."""

    list_display = ("ended", "window", "rows", "new", "unsettled", "said", "asked", "detail")
    list_select_related = ("request__asked_by",)
    list_filter = ("outcome", "finished_at")
    change_list_template = "payments/pulls.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.add_pullrequest")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show what the list says in words beside the columns."""
        return ["said", "asked", *(field.name for field in self.opts.concrete_fields)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PullRun]":
        return super().get_queryset(request).select_related("request__asked_by")

    @admin.display(description="ended", ordering="finished_at")
    def ended(self, run: PullRun) -> str:
        """Return when it ended."""
        return f"{localtime(run.finished_at):%d %b %Y %H:%M}"

    @admin.display(description="asked about", ordering="window_end")
    def window(self, run: PullRun) -> str:
        """Return the window, with the day of its end only where that is another."""
        begin, end = localtime(run.window_begin), localtime(run.window_end)
        is_one_day = begin.date() == end.date()
        return (
            f"{begin:%d %b %H:%M} to {end:%H:%M}"
            if is_one_day
            else (f"{begin:%d %b %H:%M} to {end:%d %b %H:%M}")
        )

    @admin.display(description="new")
    def new(self, run: PullRun) -> str:
        """Return how many rows no other report had told us of, and what they did."""
        did = {"credited": run.credited, "receipt filled in": run.filled, "held": run.held}
        named = ", ".join(f"{count} {words}" for words, count in did.items() if count)
        return f"{sum(did.values())} ({named})" if named else "0"

    @admin.display(description="not settled")
    def unsettled(self, run: PullRun) -> str:
        """Return how many rows could not be used."""
        did = {"not readable": run.unreadable, "met an error": run.failed}
        return ", ".join(f"{count} {words}" for words, count in did.items() if count) or "0"

    @admin.display(description="how it ended", ordering="outcome")
    def said(self, run: PullRun) -> str:
        """Return the outcome in words; as stored, where a newer release has written it."""
        return ENDED.get(run.outcome, run.outcome)

    @admin.display(description="asked for by")
    def asked(self, run: PullRun) -> str:
        """Return who asked for it, and why."""
        try:
            asked = run.request
        except PullRequest.DoesNotExist:
            return "the worker, hourly, or the command"
        return f"{asked.asked_by}: {asked.reason}"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the pulls, and the one that is under way."""
        shown = {"is_off": not conf.pulls_payments(), "waiting": pull_requests.find_waiting()}
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for hours and reason, and leave the pull to the worker."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PullForm(request.POST or None)
        if form.is_valid():
            try:
                asked = pull_requests.request_pull(
                    hours=form.cleaned_data["hours"], reason=form.cleaned_data["reason"],
                    operator=signed_in_user(request), now=clock.now(),
                )  # fmt: skip
            except PullsOff:
                form.add_error(None, _OFF)
            except PullUnderWay:
                form.add_error(None, "Another pull is under way: see the list.")
            else:
                self.log_addition(request, asked, [{"added": {}}])
                says = "The worker pulls within seconds; what it finds will be in this list."
                self.message_user(request, says, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:payments_pullrun_changelist"))
        shown = {**self.admin_site.each_context(request), "form": form, "opts": self.opts}
        return TemplateResponse(request, "payments/pull_now.html", {**shown, "title": "Pull now"})
