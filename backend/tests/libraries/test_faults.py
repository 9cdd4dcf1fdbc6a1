"""Faults of the libraries themselves that docs/simulator.md names and the wire shows.

Where a new version has mended one, its test fails, and the guide's table changes with it.
"""

import json

import pytest

from tests.libraries.shop import PHONE, LibraryError, Shop
from tests.libraries.test_libraries import pay_out


def only(name: str) -> pytest.MarkDecorator:
    """Run a test with one library."""
    return pytest.mark.parametrize("library", [name], indirect=True)


@only("mpesakit")
def test_mpesakit_sends_the_passkey_in_clear(shop: Shop) -> None:
    shop.deposit(150, "passkey")

    (push,) = shop.simulator.get("/wire", kind="push", direction="in", limit="1")["messages"]
    assert "Passkey" in json.loads(push["request_body"])


@only("mpesakit")
def test_mpesakit_cannot_read_the_result_of_a_payout(shop: Shop) -> None:
    result = pay_out(shop, "unread", 151)

    with pytest.raises(LibraryError, match="Input should be a valid list"):
        shop.library.call("result", body=result)


@only("daraja-sdk-py")
def test_daraja_sdk_py_does_not_send_the_same_push_again(shop: Shop) -> None:
    first = shop.deposit(152, "again")
    pushes, book = shop.requests("push"), shop.book()

    second = shop.deposit(152, "again")

    assert second["checkout_request_id"] == first["checkout_request_id"]
    assert (shop.requests("push"), shop.book()) == (pushes, book)


@only("daraja-v3")
def test_daraja_v3_cannot_pay_out_twice_in_a_second(shop: Shop) -> None:
    paid = 0
    while "Duplicate OriginatorConversationID" not in _pay_153(shop):
        # A second may end between two of them, but not each time.
        paid += 1
        assert paid < 10
    shop.simulator.settle()

    assert paid
    assert shop.book()["paid_out"] == 153 * paid
    assert len(shop.receiver.received[shop.path("twice")]) == paid


def _pay_153(shop: Shop) -> str:
    return shop.attempt(
        "b2c",
        phone=PHONE,
        amount=153,
        number="not sent",
        result_url=shop.url("twice"),
        timeout_url=shop.url("timeout"),
    )
