"""Recorded replies and callbacks, byte for byte, each held to what its file expects."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from payments.daraja import oauth, replies, stk
from payments.daraja.callbacks import parse_callback
from payments.gateway import (
    GatewayRejected,
    GatewayUnreachable,
    MalformedCallback,
    OutcomeUnknown,
)
from payments.tests.samples import Sample, list_samples

QUERIED_ID = "ws_CO_05042025123542618708374149"
ERRORS = {
    error.__name__: error
    for error in (
        GatewayRejected,
        GatewayUnreachable,
        OutcomeUnknown,
        MalformedCallback,
        replies.TokenRejected,
    )
}


def check(sample: Sample, parse: Any) -> None:
    """Hold a parser to a sample's expectation."""
    expected = dict(sample.expect)
    wanted_error = expected.pop("raises", None)
    if wanted_error is None:
        found = parse()
        assert {name: as_text(getattr(found, name)) for name in expected} == expected
        return

    with pytest.raises(ERRORS[wanted_error]) as caught:
        parse()

    hidden = expected.pop("hides", None)
    assert hidden is None or hidden not in str(caught.value)
    assert {name: getattr(caught.value, name) for name in expected} == expected


def as_text(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


class TestSamples:
    @pytest.mark.parametrize("sample", list_samples("oauth"))
    def test_token_reply(self, sample: Sample) -> None:
        check(sample, lambda: oauth.parse_token_reply(sample.status, sample.body))

    @pytest.mark.parametrize("sample", list_samples("pushes"))
    def test_push_reply(self, sample: Sample) -> None:
        check(sample, lambda: stk.parse_push_reply(sample.status, sample.body))

    @pytest.mark.parametrize("sample", list_samples("queries"))
    def test_query_reply(self, sample: Sample) -> None:
        check(
            sample,
            lambda: stk.parse_query_reply(
                sample.status, sample.body, checkout_request_id=QUERIED_ID
            ),
        )

    @pytest.mark.parametrize("sample", list_samples("callbacks"))
    def test_callback(self, sample: Sample) -> None:
        check(sample, lambda: parse_callback(sample.body))

    @pytest.mark.parametrize(
        "sample",
        [
            param
            for kind in ("oauth", "pushes", "queries", "callbacks")
            for param in list_samples(kind)
        ],
    )
    def test_every_sample_names_its_source(self, sample: Sample) -> None:
        assert sample.source
