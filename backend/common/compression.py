"""Compresses answers of the API whose bytes no stranger can choose.

A body that holds a secret beside text that an attacker chose tells the secret by its compressed
length (BREACH). So only answers to a bare GET are compressed: nothing of such a request is in them.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string

from common.api import API_PREFIX

#: Tokens and CSRF tokens are answered below this path.
_SECRET_PREFIX = "/api/auth/"  # noqa: S105 - a path
#: A shorter answer fits into one packet together with its headers.
MIN_BYTES = 600
#: So many random bytes at most are added, which blur the length.
_PADDING_BYTES = 100
_TYPES = ("application/json", "application/vnd.oai.openapi")


def compress(request: HttpRequest, response: HttpResponseBase) -> None:
    """Compress the response in place with gzip, if it may be and the client takes it."""
    if not isinstance(response, HttpResponse) or not _is_worth_it(response):
        return
    if not _is_bare(request):
        return
    patch_vary_headers(response, ("Accept-Encoding",))
    if not _takes_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        return
    response.content = compress_string(response.content, max_random_bytes=_PADDING_BYTES)
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.content))


def _is_bare(request: HttpRequest) -> bool:
    """Return whether nothing in the request is repeated in an answer, nor another site sent it.

    A list's address of its next page repeats the whole query. A link may lead to an address here
    from another site, with cookies: a browser says so, and then nothing is compressed.
    """
    return (
        request.method == "GET"
        and request.path.startswith(API_PREFIX)
        and not request.path.startswith(_SECRET_PREFIX)
        and not request.META.get("QUERY_STRING")
        and request.META.get("HTTP_SEC_FETCH_SITE", "same-origin") in {"same-origin", "none"}
    )


def _is_worth_it(response: HttpResponse) -> bool:
    return (
        response.status_code == 200
        and not response.has_header("Content-Encoding")
        and response.get("Content-Type", "").startswith(_TYPES)
        and len(response.content) >= MIN_BYTES
    )


def _takes_gzip(accepted: str) -> bool:
    """Return whether the header Accept-Encoding names gzip with a weight other than 0."""
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "").rstrip("0").rstrip(".") not in {"q=", "q=0"}
    return False


class CompressionMiddleware:
    """Compresses what the chain answers; `config.edge` calls `compress` itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        compress(request, response)
        return response
