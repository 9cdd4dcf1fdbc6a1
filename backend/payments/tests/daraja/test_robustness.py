"""Whatever arrives, Daraja's parsers answer with a value or one of their own errors."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.daraja import oauth, replies, stk
from payments.daraja.callbacks import parse_callback
from payments.gateway import (
    GatewayError,
    MalformedCallback,
    PushAccepted,
    StkCallback,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)
item_names = st.sampled_from(["Amount", "MpesaReceiptNumber", "TransactionDate", "Balance"])
items = st.lists(
    st.fixed_dictionaries({"Name": item_names | json_values}, optional={"Value": json_values})
)
callbacks = st.fixed_dictionaries(
    {},
    optional={
        "CheckoutRequestID": st.text() | json_values,
        "ResultCode": st.integers() | json_values,
        "ResultDesc": json_values,
        "MerchantRequestID": json_values,
        "CallbackMetadata": st.fixed_dictionaries({"Item": items | json_values}) | json_values,
    },
)


def parse_or_refuse(body: bytes) -> StkCallback | None:
    try:
        return parse_callback(body)
    except MalformedCallback:
        return None


# A shared machine may stall for longer than hypothesis allows an example.
unhurried = settings(deadline=None)


class TestRobustness:
    @unhurried
    @given(st.binary())
    def test_any_bytes_are_a_callback_or_malformed(self, body: bytes) -> None:
        parse_or_refuse(body)

    @unhurried
    @given(callbacks)
    def test_any_callback_is_storable_or_malformed(self, callback: dict[str, object]) -> None:
        found = parse_or_refuse(json.dumps({"Body": {"stkCallback": callback}}).encode())

        if found is not None:
            assert 1 <= len(found.checkout_request_id) <= 128
            assert 1 <= len(found.result_code) <= 32
            assert len(found.result_desc) <= 255
            stored = found.checkout_request_id + found.result_code + found.result_desc
            assert "\x00" not in stored
            stored.encode()
            assert found.amount is None or 0 < found.amount < 10**10

    @unhurried
    @given(st.integers(1, 25_000_000))
    def test_amounts_are_exact(self, cents: int) -> None:
        amount = Decimal(cents).scaleb(-2)
        body = (
            '{"Body":{"stkCallback":{"CheckoutRequestID":"x","ResultCode":0,"CallbackMetadata":'
            f'{{"Item":[{{"Name":"Amount","Value":{amount:f}}}]}}}}}}}}'
        )

        assert parse_callback(body.encode()).amount == amount

    @pytest.mark.parametrize("opening", [b"[", b'{"Body":', b'{"Body":{"stkCallback":['])
    def test_bottomless_nesting_is_malformed(self, opening: bytes) -> None:
        with pytest.raises(MalformedCallback):
            parse_callback(opening * 20_000)

    def test_stray_bytes_in_a_description_do_not_lose_the_callback(self) -> None:
        body = (
            b'{"Body":{"stkCallback":{"CheckoutRequestID":"x","ResultCode":0,"ResultDesc":"\xe9"}}}'
        )

        assert parse_callback(body).result_desc == "\ufffd"

    @unhurried
    @given(st.integers(100, 599), st.binary())
    def test_any_reply_is_a_value_or_a_known_error(self, status: int, body: bytes) -> None:
        for parse in (
            oauth.parse_token_reply,
            stk.parse_push_reply,
            lambda *reply: stk.parse_query_reply(*reply, checkout_request_id="x"),
        ):
            try:
                parse(status, body)
            except (GatewayError, replies.TokenRejected):
                continue

    @unhurried
    @given(st.integers(100, 599), json_values.filter(lambda value: isinstance(value, dict)))
    def test_only_a_clean_acceptance_is_accepted(self, status: int, reply: object) -> None:
        try:
            accepted: PushAccepted | None = stk.parse_push_reply(status, json.dumps(reply).encode())
        except (GatewayError, replies.TokenRejected):
            accepted = None

        assert accepted is None
