"""What the generator sends is what the product reads."""

import hashlib
from decimal import Decimal

from django.urls import resolve

from bench.load import requests
from bench.load.requests import Product, builder
from payments.daraja.callbacks import parse_callback
from payments.services.callbacks import hash_callback_token


def _path(request: bytes) -> str:
    return request.split(b" ")[1].decode()


class TestProduct:
    def test_a_callback_is_a_success_for_its_deposit(self) -> None:
        head, _, body = Product.callback(7).partition(b"\r\n\r\n")

        callback = parse_callback(body)

        assert callback.checkout_request_id == requests.checkout_request_id(7)
        assert callback.mpesa_receipt_number == requests.receipt_number(7)
        assert callback.amount == Decimal(requests.AMOUNT_KES)
        assert f"content-length: {len(body)}" in head.decode().lower()

    def test_tokens_differ_in_what_knox_looks_for(self) -> None:
        assert requests.customer_token(1)[:15] != requests.customer_token(2)[:15]
        assert requests.customer_token(1).isalnum()

    def test_a_callback_token_is_hashed_as_the_fixture_hashes_it(self) -> None:
        token = requests.callback_token(7)

        assert hash_callback_token(token) == hashlib.sha256(token.encode()).hexdigest()

    def test_every_address_is_ours_and_the_floors(self) -> None:
        for request in (Product.callback(1), Product.status(1, 1), Product.push(1, "key")):
            assert resolve(_path(request))
            assert resolve(_path(request), urlconf="bench.empty.urls")
        for path in (Product.WALLET, Product.LIST, Product.LIMITS):
            assert resolve(path)


class TestBuilder:
    def test_each_callback_is_for_the_next_deposit(self) -> None:
        build = builder({"side": "product", "kind": "callback", "first": 5, "run": "a"})

        assert [build(0), build(1)] == [Product.callback(5), Product.callback(6)]

    def test_pushes_take_another_customer_and_key_each(self) -> None:
        build = builder({"side": "product", "kind": "push", "first": 5, "run": "a"})

        assert [build(0), build(1)] == [Product.push(5, "a-0"), Product.push(6, "a-1")]

    def test_a_status_is_read_by_the_customer_whose_deposit_it_is(self) -> None:
        job = {
            "side": "product", "kind": "status", "first": 10, "first_id": 100, "deposits": 3,
            "low": 1, "customers": 2, "run": "a",
        }  # fmt: skip

        found = {builder(job)(nth) for nth in range(10)}

        assert found == {Product.status(100, 1), Product.status(101, 2), Product.status(102, 1)}
