"""Admin of the fraud rules' decisions, read-only: verdicts, findings and the rule inputs."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.admin import ReadOnlyAdmin
from risk.models import Decision
from risk.own_limits_admin import OwnLimitsAdmin
from risk.rules import RULES
from users.admin_search import ExactSearch

# Django's admin imports only modules named `admin`, so this one imports risk.own_limits_admin too.
__all__ = ["DecisionAdmin", "OwnLimitsAdmin", "RuleFilter"]


class RuleFilter(admin.SimpleListFilter):
    """Filters the decisions with a finding of one rule."""

    title = "rule"
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in RULES]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() is None:
            return queryset
        return queryset.exclude(verdict="allow").filter(findings__contains=[{"rule": self.value()}])


@admin.register(Decision)
class DecisionAdmin(ExactSearch, ReadOnlyAdmin):
    """The decisions of the fraud rules, one for each deposit or denied request."""

    list_display = (
        "id", "decided_at", "deposit", "user", "amount", "verdict", "applied", "mode", "rules",
    )  # fmt: skip
    list_filter = ("verdict", "applied", "mode", RuleFilter, "decided_at")
    list_select_related = ("user",)
    search_fields = ("id", "transaction__id", "user__phone_number")
    exclude = ("transaction", "facts", "findings")
    readonly_fields = ("deposit", "reasons", "known_inputs")

    @admin.display(description="deposit", ordering="transaction")
    def deposit(self, decision: Decision) -> SafeString | str:
        """Return a link to the deposit, or `refused` for a denied request."""
        if decision.transaction_id is None:
            return "refused"
        url = reverse("admin:payments_transaction_change", args=[decision.transaction_id])
        return format_html('<a href="{}">{}</a>', url, decision.transaction_id)

    @admin.display(description="rules")
    def rules(self, decision: Decision) -> str:
        """Return the names of the rules with a finding."""
        return ", ".join(finding["rule"] for finding in decision.findings) or "-"

    @admin.display(description="what the rules found")
    def reasons(self, decision: Decision) -> SafeString | str:
        """Return the findings, each with verdict, rule and reason."""
        rows = ((one["verdict"], one["rule"], one["reason"]) for one in decision.findings)
        return format_html_join("", "<div>{}: {}: {}</div>", rows) or "nothing"

    @admin.display(description="facts")
    def known_inputs(self, decision: Decision) -> SafeString:
        """Return the rule inputs as indented JSON."""
        return format_html("<pre>{}</pre>", json.dumps(decision.facts, indent=2))
