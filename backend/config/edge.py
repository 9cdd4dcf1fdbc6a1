"""A middleware in front of all others, which answers the API's data paths by a shorter way.

Callbacks, polls, pushes and reads are most of the traffic, and need few of the middlewares. For
them this middleware calls the same classes in the same order as the chain of the other middlewares
would. Unusual requests (a CORS preflight, a chunked body, a wish for HTML, a disallowed Host, plain
HTTP) go through the chain. `config/tests/test_edge.py` compares both ways, header by header.
"""

import time
from collections.abc import Callable
from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import resolve
from django.utils import translation
from django.utils.cache import patch_vary_headers

from common import api, caching, compression, logs, metrics, proxies, size_limits, traces
from common.content_policy import ContentPolicyMiddleware
from risk.middleware import SightingMiddleware
from users import session_account

GetResponse = Callable[[WSGIRequest], HttpResponseBase]

#: Paths whose views answer JSON to programs and to the page's scripts.
_DATA_PATHS = ("/api/payments/", "/api/wallet/", "/api/limits/")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})


class EdgeMiddleware:
    """Answers a request by the short way, or passes it to the chain. First in MIDDLEWARE.

    The short way leaves out probes, static files, Django's messages, the second factor and the
    cookie of known browsers: they all concern other paths.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.chain = get_response
        view = _answers_errors(self._call_view)
        # It records sign-ins only, and this middleware answers none, so it changes nothing here; it
        # is called because the chain calls it.
        self._view = _answers_errors(SightingMiddleware(view))
        self._signed_in = _answers_errors(self._with_session)
        # These are not called as middlewares; only their methods before and after the view are.
        self._session = SessionMiddleware(view)
        self._user = AuthenticationMiddleware(view)
        self._csrf = CsrfViewMiddleware(view)
        self._frames = XFrameOptionsMiddleware(view)
        self._common = CommonMiddleware(view)
        self._cors = CorsMiddleware(view)
        self._security = SecurityMiddleware(view)
        self._api_errors = api.ApiErrorMiddleware(view)
        self._policy = ContentPolicyMiddleware(view)

    def __call__(self, request: WSGIRequest) -> HttpResponseBase:
        return self._answer(request) if self._takes(request) else self.chain(request)

    def _takes(self, request: WSGIRequest) -> bool:
        if not request.path.startswith(_DATA_PATHS) or request.method not in _METHODS:
            return False
        if not _is_answered_in_json(request) or not size_limits.is_plain(request):
            return False
        proxies.trust_proxies(request)
        try:
            request.get_host()
            return self._security.process_request(request) is None
        except DisallowedHost:
            return False

    def _answer(self, request: WSGIRequest) -> HttpResponseBase:
        """Do what the outer middlewares do: request id, access line, metrics, common headers."""
        started = time.perf_counter()
        request_id, begun = logs.begin_request(request)
        try:
            with traces.call_to_us(request) as live:
                response = self._with_headers(request, self._signed_in(request))
                logs.note_answer(live, request, response)
            metrics.count_request(request, response, time.perf_counter() - started)
            response["X-Request-ID"] = request_id
            logs.log_access(request, response, time.perf_counter() - started)
        finally:
            logs.end_request(begun)
        return response

    def _with_headers(self, request: WSGIRequest, response: HttpResponse) -> HttpResponseBase:
        self._cors.add_response_headers(request, response)
        self._security.process_response(request, response)
        answer = self._api_errors.rewrite(request, response)
        self._policy.process_data(request, answer)
        caching.forbid_storing(answer)
        session_account.stamp_account(request, answer)
        compression.compress(request, answer)
        api.stamp_environment(answer)
        return answer

    def _with_session(self, request: WSGIRequest) -> HttpResponse:
        """Do what the inner middlewares do: session and user (read on demand), language, CSRF."""
        self._session.process_request(request)
        # LocaleMiddleware also looks for a language in the path, where we have none.
        translation.activate(translation.get_language_from_request(request))
        request.LANGUAGE_CODE = translation.get_language()
        if settings.CSRF_COOKIE_NAME in request.COOKIES:
            self._csrf.process_request(request)
        self._user.process_request(request)
        response: Any = self._view(request)
        response = self._frames.process_response(request, response)
        response = self._csrf.process_response(request, response)
        response = self._common.process_response(request, response)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", translation.get_language())
        answer: HttpResponse = self._session.process_response(request, response)
        return answer

    def _call_view(self, request: WSGIRequest) -> HttpResponseBase:
        """Do what Django's handler does after the middlewares: resolve the path, call the view."""
        request.resolver_match = resolve(request.path_info)
        view, arguments, named = request.resolver_match
        rejection = self._csrf.process_view(request, view, arguments, named)
        if rejection is not None:
            return rejection
        response: HttpResponseBase = view(request, *arguments, **named)
        render = getattr(response, "render", None)
        return render() if callable(render) else response


def _answers_errors(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Turn exceptions into responses, as Django does for each middleware.

    The types are loose, because Django's function also takes async callables.
    """
    return convert_exception_to_response(get_response)


def _is_answered_in_json(request: WSGIRequest) -> bool:
    """Return whether the answer is JSON; the browsable API's HTML pages need the whole chain."""
    accept = request.META.get("HTTP_ACCEPT", "").lower()
    return "text/" not in accept and "format=" not in request.META.get("QUERY_STRING", "")
