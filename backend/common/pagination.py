"""Cursor pagination: pages do not shift while new rows arrive."""

import re
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

# DRF's own examples are of another API, and one of them is no URI.
_LINK = "https://pay.example.com/api/payments/transactions/?cursor=cD00ODY%3D"
_ID = re.compile(r"[0-9]{1,19}", re.ASCII)


class NewestFirst(CursorPagination):
    """Newest rows first, as `{next, previous, results}`; `?page_size=` up to 100."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering = ("-id",)

    def decode_cursor(self, request: Request) -> Any:
        """Return the cursor; check that its position is an id, as another would break the query.

        Raises:
            NotFound: the position is no id, so the cursor is forged.
        """
        cursor = super().decode_cursor(request)
        position = cursor.position if cursor is not None else None
        if position is not None and not _ID.fullmatch(str(position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Declare all three keys as required in the OpenAPI schema, with links as ours are."""
        described: dict[str, Any] = super().get_paginated_response_schema(schema)
        properties = described["properties"]
        links = {name: {**properties[name], "example": _LINK} for name in ("next", "previous")}
        return {
            **described,
            "properties": {**properties, **links},
            "required": ["next", "previous", "results"],
        }
