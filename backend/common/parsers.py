"""The parser of request bodies, which are JSON only; every fault in one is a 400."""

import codecs
from collections.abc import Mapping
from typing import IO, Any, cast

from rest_framework.exceptions import ParseError
from rest_framework.parsers import (  # type: ignore[attr-defined]  # the stubs lack the second
    JSONParser,
    get_encoding,
)
from rest_framework.utils import json


class StrictJSONParser(JSONParser):
    """DRF's JSON parser, but with a 400 for deep nesting and for an object's repeated key.

    DRF's raises RecursionError for the first. Of a repeated key readers take the first or the last
    value, so a proxy that checks a body and we could read different ones. Callbacks are not read
    here: a repeated key must not lose the report of a payment (payments/daraja/json_reader.py).
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the body's value.

        Raises:
            ParseError: the body is not JSON, not in its charset, nested too deeply, or one of its
            objects has a key twice.
        """
        try:
            return json.load(
                cast("IO[str]", codecs.getreader(get_encoding(parser_context or {}))(stream)),
                parse_constant=json.strict_constant,
                object_pairs_hook=_without_repeats,
            )
        except (ValueError, RecursionError) as error:
            raise ParseError from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        message = "an object has a key twice"
        raise ValueError(message)
    return found
