"""The API's index page: links to every endpoint whose path has no parameter."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

_ROOT = "api/"


def _named_routes(
    patterns: list[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, str]]:
    """List (name, path) of each route that has a name and no parameter in its path."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if "<" in route or not _ROOT.startswith(route[: len(_ROOT)]):
            continue
        if isinstance(pattern, URLResolver):
            yield from _named_routes(pattern.url_patterns, route)
        elif pattern.name:
            yield pattern.name, f"/{route}"


class ApiIndexView(APIView):
    """M-Pesa deposits into a double-entry wallet.

    Log in at the top right to try the forms; docs describes every endpoint.
    """

    permission_classes = [AllowAny]

    def get_view_name(self) -> str:
        """Return the page's heading."""
        return "Kibeezy Poly deposits"

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """List the endpoints."""
        routes = sorted(_named_routes(get_resolver().url_patterns), key=lambda route: route[1])
        return Response(
            {name: request.build_absolute_uri(path) for name, path in routes if path != "/api/"}
        )
