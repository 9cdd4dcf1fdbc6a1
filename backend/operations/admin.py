"""Admin of the worker's jobs: who may look at them changes none; each change has a reason.

Procrastinate's own page lets anybody who may look retry, cancel and abort, and keeps no record.
"""

from importlib import import_module
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction as db_transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from procrastinate.contrib.django.models import ProcrastinateJob

from common.admin import ask, reason_field, sent_form
from operations.console.customer import page as customer_page
from operations.console.deposit import page as deposit_page

# This module registers its page when it is imported. Import it now: Django would do it later, after
# the `unregister` below.
_theirs = import_module("procrastinate.contrib.django.admin")
admin.site.unregister(ProcrastinateJob)
# One page for each deposit, and one for each customer, in the place of Django's forms.
deposit_page.register()
customer_page.register()

_CONSEQUENCES = {
    "retry": "Failed jobs, and jobs whose worker died, run again.",
    "cancel": "Jobs that wait do not run.",
    "abort": "Jobs that wait do not run, and jobs that run are asked to stop.",
}


class ReasonForm(forms.Form):
    """Asks why the jobs are changed."""

    reason = reason_field("Internal; kept in the admin's log.")


@admin.register(ProcrastinateJob)
class JobAdmin(_theirs.ProcrastinateJobAdmin):  # type: ignore[misc,name-defined]  # a module by name
    """The jobs of the worker."""

    actions = ("retry", "cancel", "abort")

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may change jobs: it takes the right to change them."""
        return request.user.has_perm("procrastinate.change_procrastinatejob")

    @admin.action(description="Retry, with a reason", permissions=["act"])
    def retry(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask for the reason, then let the jobs run again."""
        return self._act(request, queryset, "retry")

    @admin.action(description="Cancel jobs that wait, with a reason", permissions=["act"])
    def cancel(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask for the reason, then cancel the jobs that wait."""
        return self._act(request, queryset, "cancel")

    @admin.action(description="Abort jobs that wait or run, with a reason", permissions=["act"])
    def abort(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask for the reason, then abort the jobs."""
        return self._act(request, queryset, "abort")

    def _act(
        self, request: HttpRequest, queryset: "QuerySet[ProcrastinateJob]", verb: str
    ) -> HttpResponse | None:
        form = ReasonForm(sent_form(request))
        if not form.is_valid():
            title = f"{verb.capitalize()} jobs"
            template, says = "operations/decide_jobs.html", _CONSEQUENCES[verb]
            return ask(self, request, template, form, title=title, rows=queryset, consequence=says)
        # The log comes first and both are one transaction: nothing is changed without its record.
        with db_transaction.atomic():
            for job in queryset:
                self.log_change(request, job, f"{verb}: {form.cleaned_data['reason']}")
            getattr(super(), verb)(request, queryset)
        self.message_user(request, f"{verb.capitalize()}: {queryset.count()}", messages.SUCCESS)
        return None
