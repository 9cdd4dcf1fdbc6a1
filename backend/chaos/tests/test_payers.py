"""What payers type, and what they do with each answer."""

import asyncio
import json
import time

import httpx
import pytest

from chaos.payers import Payers, spell
from chaos.plan import ByHand, Means
from chaos.tests.sides import NUMBER, PHONE
from payments.paybill import account_numbers

_ALL = [nth / 100 for nth in range(100)]


class TestSpelling:
    """The product must read each as it is meant, whatever was drawn."""

    @pytest.mark.parametrize("means", [Means.NUMBER, Means.SPACED, Means.BOTH_WAYS])
    def test_a_number_is_read_as_the_number(self, means: Means) -> None:
        typed = {spell(means, NUMBER, drawn) for drawn in _ALL}

        assert {account_numbers.read(text).number for text in typed} == {NUMBER}
        assert all(len(text) <= 20 for text in typed)
        assert means is not Means.SPACED or NUMBER not in typed

    def test_a_slip_is_read_as_nothing(self) -> None:
        typed = {spell(Means.SLIP, NUMBER, drawn) for drawn in _ALL}

        assert len(typed) > 20
        assert {account_numbers.read(text) for text in typed} == {account_numbers.Meaning()}

    def test_a_phone_number_is_read_as_one(self) -> None:
        typed = {spell(Means.PHONE, PHONE, drawn) for drawn in _ALL}

        assert {account_numbers.read(text).phone for text in typed} == {PHONE}

    def test_a_reference_is_read_as_one(self) -> None:
        typed = {spell(Means.REFERENCE, "KP23456789AB", drawn) for drawn in _ALL}

        assert {account_numbers.read(text).reference for text in typed} == {"KP23456789AB"}


def _pay(means: Means, *answers: tuple[int, str]) -> Payers:
    """Let a customer pay at a simulator that gives these answers."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/payments/paybill/":
            return httpx.Response(200, json={"account_number": NUMBER})
        if request.url.path == "/control/prompts":
            assert request.url.params["phone"] == PHONE
            shown = {"amount": 300, "account_reference": "KP23456789AB"}
            return httpx.Response(200, json={"prompts": [{**shown, "amount": 7}, shown]})
        assert request.url.path == f"/control/customers/{PHONE}/pay"
        assert json.loads(request.content)["amount"] == 300
        status, error = left.pop(0)
        return httpx.Response(status, json={"error": error})

    payers = Payers("http://simulator", ["http://api-0", "http://api-1"], {PHONE: "token"})
    payment = ByHand(means, 300, 0)

    async def pay() -> None:
        transport = httpx.MockTransport(answer)
        async with httpx.AsyncClient(transport=transport) as client:
            await payers.pay(client, PHONE, payment, time.monotonic() + 60)

    asyncio.run(pay())
    assert left == []
    return payers


class TestAnswers:
    _rejected = "the business rejected the payment: "

    def test_a_payment_that_was_taken_is_counted(self) -> None:
        payers = _pay(Means.NUMBER, (200, ""))

        assert dict(payers.answers) == {"own account number: paid": 1}

    def test_later_means_later(self) -> None:
        payers = _pay(Means.REFERENCE, (400, f"{self._rejected}C2B00016"), (200, ""))

        assert payers.answers["reference of an own deposit: paid"] == 1
        assert payers.surprises == []

    @pytest.mark.parametrize("means", [Means.SLIP, Means.PHONE, Means.REFERENCE])
    def test_a_wrong_account_number_may_be_rejected(self, means: Means) -> None:
        assert _pay(means, (400, f"{self._rejected}C2B00012")).surprises == []

    @pytest.mark.parametrize(
        ("means", "error"),
        [
            (Means.NUMBER, "the business rejected the payment: C2B00012"),
            (Means.BOTH_WAYS, "the business rejected the payment: C2B00013"),
            (Means.REFERENCE, "the business rejected the payment: C2B00013"),
            (Means.SLIP, "result 1: no money"),
        ],
    )
    def test_any_other_rejection_is_a_surprise(self, means: Means, error: str) -> None:
        assert len(_pay(means, (400, error)).surprises) == 1
