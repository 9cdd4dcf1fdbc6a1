"""The system page: each check with its state, what it says, and when it last heard something."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from common import clock
from operations.console import health as checks
from users.current import signed_in_user


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Show the checks, at most 15 seconds old."""
    found = checks.look(clock.now()).for_operator(signed_in_user(request))
    context = {**admin.site.each_context(request), "title": "Health", "health": found}
    return TemplateResponse(request, "console/health.html", context)
