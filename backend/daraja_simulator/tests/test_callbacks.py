"""Callback bodies and forged ones."""

import json

from hypothesis import given
from hypothesis import strategies as st

from daraja_simulator import callbacks, forgery
from daraja_simulator.callbacks import QUIRKS

from .test_world import make_world, open_prompt


@given(st.lists(st.sampled_from(sorted(QUIRKS)), unique=True), st.integers(1, 250_000))
def test_any_mix_of_quirks_keeps_amount_and_receipt(kinds: list[str], amount: int) -> None:
    world, _ = make_world(balance=250_000)
    prompt = open_prompt(world, amount)
    world.pay(prompt)
    callback = callbacks.success(prompt, world.book.of(prompt.phone)[0])

    callbacks.apply_quirks(callback, kinds)

    body = json.loads(callback.text())["Body"]["stkCallback"]
    items = {item["Name"]: item.get("Value") for item in body["CallbackMetadata"]["Item"]}
    assert str(body["ResultCode"]) == "0"
    assert items["Amount"] == amount
    assert items["MpesaReceiptNumber"] == prompt.receipt


class TestForgery:
    def test_addresses_without_the_secret(self) -> None:
        url = "https://shop.test/api/callback/s3cret/"

        assert forgery.bare_url(url) == "https://shop.test/api/callback/"
        assert forgery.guessed_url(url) == f"https://shop.test/api/callback/{'0' * 32}/"
        assert forgery.bare_url("https://shop.test/s3cret") == "https://shop.test/"

    def test_kinds(self) -> None:
        world, _ = make_world()
        prompt = open_prompt(world)
        texts = {kind: forgery.forged_text(prompt, kind, "OLD") for kind in forgery.KINDS}

        assert '"ResultCode": 1032' in texts["cancelled"]
        assert '"Value": 50000}' in texts["paid_more"]
        assert '"Value": "OLD"' in texts["old_receipt"]
        assert "ZZZ" in forgery.forged_text(prompt, "old_receipt", None)
        assert world.book.payments == {}
