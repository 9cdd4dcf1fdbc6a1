"""The log-in page of the browsable API, and how log-in forms answer a lock."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import method_decorator
from rest_framework.exceptions import Throttled

from common.api import retry_after_of, status_response
from users.errors import SignInBusy

View = Callable[..., HttpResponseBase]


def answers_locks(view: View) -> View:
    """Decorate a log-in view, so that it answers a lock with 429 and busy hashing with 503."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Throttled as error:
            return status_response(request, 429, retry_after_s=retry_after_of(error))
        except SignInBusy as error:
            return status_response(request, 503, retry_after_s=error.retry_after_s)

    return answering


@method_decorator(answers_locks, name="dispatch")
class BrowserLogInView(LoginView):
    """The log-in form for developers who use the API in a browser."""

    template_name = "rest_framework/login.html"
