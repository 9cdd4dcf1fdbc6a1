"""The log-in page of the browsable API, and the rate limit that all log-in forms share."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator
from rest_framework.exceptions import Throttled

from common.api import retry_after_of, status_response
from users.errors import SignInBusy
from users.throttles import LogInThrottle

View = Callable[..., HttpResponseBase]


def counted_as_log_in(view: View) -> View:
    """Decorate a log-in view with the API's rate limit of log-ins per address (429)."""

    @wraps(view)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        wait_s = LogInThrottle().seconds_to_wait(request) if request.method == "POST" else None
        if wait_s is not None:
            return status_response(request, 429, retry_after_s=wait_s)
        try:
            return view(request, *args, **kwargs)
        except Throttled as error:
            return status_response(request, 429, retry_after_s=retry_after_of(error))
        except SignInBusy as error:
            return status_response(request, 503, retry_after_s=error.retry_after_s)

    return counted


@method_decorator(counted_as_log_in, name="dispatch")
class BrowserLogInView(LoginView):
    """The log-in form for developers who use the API in a browser."""

    template_name = "rest_framework/login.html"
