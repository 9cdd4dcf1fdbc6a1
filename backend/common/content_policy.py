"""The Content-Security-Policy: pages load only our own files, data answers load nothing."""

from typing import TYPE_CHECKING, Any

from csp.constants import HEADER, NONE, SELF, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.http import HttpRequest

from common.api import API_PREFIX

if TYPE_CHECKING:
    from django.http import HttpResponseBase

_DATA: dict[str, Any] = {
    "default-src": [NONE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
}
_PAGE: dict[str, Any] = {
    **_DATA,
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
}
#: Swagger UI and the browsable API use inline styles; the admin does not.
_API_PAGE: dict[str, Any] = {**_PAGE, "style-src": [SELF, UNSAFE_INLINE]}


_DATA_POLICY = build_policy(config=_DATA)


class ContentPolicyMiddleware(CSPMiddleware):
    """Chooses the policy by the answer's content type and path."""

    def process_data(
        self, request: HttpRequest, response: "HttpResponseBase"
    ) -> "HttpResponseBase":
        """Do what `process_response` does, with a prebuilt policy for successful JSON answers."""
        content_type = response.get("Content-Type", "")
        if response.status_code >= 400 or not content_type.startswith("application/json"):
            return self.process_response(request, response)
        response.headers.setdefault(HEADER, _DATA_POLICY)
        return response

    def get_policy_parts(
        self, request: HttpRequest, response: "HttpResponseBase", report_only: bool = False
    ) -> PolicyParts:
        """Return the policy of a page or of data; django-csp's view decorators still change it."""
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and parts.config is None:
            parts.config = _policy_of(request, response)
        return parts


def _policy_of(request: HttpRequest, response: "HttpResponseBase") -> dict[str, Any]:
    if not response.get("Content-Type", "").startswith("text/html"):
        return _DATA
    return _API_PAGE if request.path.startswith(API_PREFIX) else _PAGE
