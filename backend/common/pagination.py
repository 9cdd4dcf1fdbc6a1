"""Cursor pages: stable while new rows arrive."""

from typing import Any

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """`{next, previous, results}`; `?page_size=` up to 100."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering = ("-id",)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Say that all three keys are always there."""
        described: dict[str, Any] = super().get_paginated_response_schema(schema)
        return {**described, "required": ["next", "previous", "results"]}
