"""The admin site with the console's own pages: home, search, list of all tables, keys."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from common import clock
from operations import alerts
from operations.console import health_page, home, search_pages
from operations.console.charts import pages as charts
from operations.console.environment import get_stamp
from operations.console.exports import pages as exports
from operations.console.places import navigation
from payments.conf import approval_limit
from users.admin_site import SecondFactorAdminSite
from users.current import signed_in_user

_LAST_ACTIONS = 6


class ConsoleSite(SecondFactorAdminSite):
    """Django's admin behind the second factor, in the console's layout."""

    site_title = "Kibeezy console"
    site_header = "Kibeezy console"
    index_title = "Home"
    # The console has its own navigation.
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Return Django's URLs after the console's own."""
        own = [
            path("find/", self.admin_view(search_pages.find), name="find"),
            path("find/<str:number>/", self.admin_view(search_pages.found), name="found"),
            path("tables/", self.admin_view(self.tables), name="tables"),
            path("keys/", self.admin_view(self.keys), name="keys"),
            path("alerts/<str:kind>/take/", self.admin_view(self.take_alert), name="take_alert"),
            path("exports/", self.admin_view(exports.exports), name="exports"),
            path("exports/<str:name>/", self.admin_view(exports.export), name="export"),
            path("health/", self.admin_view(health_page.health), name="health"),
            path("charts/", self.admin_view(charts.charts), name="charts"),
            path("charts/<str:name>.svg", self.admin_view(charts.as_svg), name="chart_svg"),
            path("charts/<str:name>.csv", self.admin_view(charts.as_csv), name="chart_csv"),
            # In the place of Django's, which looks in any table without asking for a right.
            path(
                "r/<path:content_type_id>/<path:object_id>/",
                self.admin_view(self.view_on_site),
                name="view_on_site",
            ),
        ]
        return [*own, *super().get_urls()]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:  # Django's
        """Say in the console's layout why a page is not there, or not for this operator."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                return inner(request, *args, **kwargs)
            except PermissionDenied as error:
                return self._say_sorry(request, error, "Not for your rights", 403)
            except Http404 as error:
                return self._say_sorry(request, error, "There is no such page", 404)
            except BadRequest as error:
                return self._say_sorry(request, error, "This address cannot be read", 400)

        return shown

    def _say_sorry(
        self, request: HttpRequest, error: Exception, title: str, status: int
    ) -> HttpResponse:
        # Our own reasons are sentences; Django's name its classes.
        why = error.args[0] if error.args else ""
        context = {
            **self.each_context(request),
            "title": title,
            "why": why if isinstance(why, str) and why.endswith(".") else "",
            "is_missing": status != HTTPStatus.FORBIDDEN,
        }
        # Rendered here: a page that fails now is an error, and no second attempt.
        return TemplateResponse(request, "console/sorry.html", context, status=status).render()

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add what every page shows: the stamp, the time, and the navigation once signed in."""
        context = super().each_context(request)
        shown = {"stamp": get_stamp(), "now": clock.now()}
        if context["has_permission"]:
            shown["navigation"] = navigation(request)
            shown["my"] = self._say_rights(request)
        return {**context, **shown}

    def _say_rights(self, request: HttpRequest) -> dict[str, Any]:
        """Return the operator's groups, and up to how much (KES) they decide alone; None: nothing.

        Read once a request: a page may ask for its context twice.
        """
        found: dict[str, Any] | None = getattr(request, "_console_rights", None)
        if found is None:
            operator = signed_in_user(request)
            decides = any(
                operator.has_perm(right)
                for right in ("payments.change_suspensecase", "payments.add_reversal")
            )
            found = {
                "groups": sorted(operator.groups.values_list("name", flat=True)),
                "limit": approval_limit() if decides else None,
                "until": request.session.get_expiry_date(),
            }
            request._console_rights = found  # type: ignore[attr-defined]
        return found

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show what waits for an operator, oldest first; Django's list of apps is `tables`."""
        operator = signed_in_user(request)
        context = {
            **self.each_context(request),
            "title": self.index_title,
            "home": home.look(operator, now=clock.now()),
            "last_actions": LogEntry.objects.filter(user_id=operator.pk)
            .select_related("content_type")
            .order_by("-pk")[:_LAST_ACTIONS],
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, "admin/index.html", context)

    def tables(self, request: HttpRequest) -> HttpResponse:
        """Show every table that the operator may open, by app."""
        context = {
            **self.each_context(request),
            "title": "All tables",
            "app_list": self.get_app_list(request),
        }
        return TemplateResponse(request, "console/tables.html", context)

    def view_on_site(
        self, request: HttpRequest, content_type_id: str, object_id: str
    ) -> HttpResponse:
        """Show nothing: no row has a page outside of the console."""
        message = "No row has a page outside of the console."
        raise Http404(message)

    @method_decorator(require_POST)
    def take_alert(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Record that the operator takes an alert: no message about it goes out for a while."""
        found = alerts.find_kind(kind)
        if found is None or not request.user.has_perm(found.right):
            raise Http404
        if alerts.take(found, operator=signed_in_user(request), now=clock.now()):
            messages.success(request, f"You look after it: {found.title}.")
        else:
            messages.info(request, f"Nothing waits any more: {found.title}.")
        return redirect("admin:index")

    def keys(self, request: HttpRequest) -> HttpResponse:
        """Show the keys of the console, for browsers in which `?` opens nothing."""
        context = {**self.each_context(request), "title": "Keys"}
        return TemplateResponse(request, "console/keys.html", context)
