"""Callbacks over HTTP: 200 for any well-formed one, but money moves only at the secret address."""

from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client

from payments.models import CallbackEvent, Transaction
from payments.tests.building import (
    TOKEN,
    broken_table,
    callback_body,
    failure_body,
    money,
    success_body,
)

HINT = "/api/payments/callback/"
OWN = f"{HINT}{TOKEN}/"
ACCEPTED = {"ResultCode": 0, "ResultDesc": "Accepted"}
_MALFORMED = [
    b"", b"junk", b"[]", b"null", b"{}", b'{"Body": {}}', b'{"Body": {"stkCallback": {}}}',
    b'{"Body": {"stkCallback": {"CheckoutRequestID": "ws_CO_1"}}}',
    b'{"Body": {"stkCallback": {"CheckoutRequestID": "", "ResultCode": 0}}}',
    b'{"Body": {"stkCallback": {"CheckoutRequestID": 7, "ResultCode": 0}}}',
    b'{"Body": {"stkCallback": {"CheckoutRequestID": "ws_CO_1", "ResultCode": 0.5}}}',
    b'{"Body": {"stkCallback": {"CheckoutRequestID": "ws_CO_1", "ResultCode": true}}}',
    b'{"Body": {"stkCallback": {"CheckoutRequestID": "ws\\u0000", "ResultCode": 0}}}',
    b"[" * 50_000,
    callback_body("x" * 129),
]  # fmt: skip


def post(path: str, body: bytes, **extra: Any) -> Any:
    """Post as Daraja does: no log-in, no CSRF token."""
    client = Client(enforce_csrf_checks=True)
    return client.post(path, body, content_type="application/json", **extra)


@pytest.mark.django_db
class TestWellFormed:
    @pytest.mark.parametrize("path", [OWN, OWN.rstrip("/")])
    def test_a_payment_is_credited_at_once(self, deposit: Transaction, path: str) -> None:
        response = post(path, success_body())

        assert (response.status_code, response.json()) == (200, ACCEPTED)
        assert money(deposit.user) == (500, 0)

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            (OWN, failure_body()),
            (OWN, success_body(amount=300)),
            (OWN, callback_body()),
            (HINT, success_body()),
            (HINT.rstrip("/"), success_body()),
            (HINT, success_body("ws_CO_unknown")),
            (f"{HINT}nobodys-token/", success_body()),
        ],
    )
    def test_known_or_not_credited_or_not_the_answer_is_the_same(
        self, deposit: Transaction, path: str, body: bytes
    ) -> None:
        response = post(path, body)

        assert (response.status_code, response.json()) == (200, ACCEPTED)
        assert money(deposit.user)[0] == 0
        assert CallbackEvent.objects.count() == 1

    def test_a_forger_who_knows_the_checkout_id_gets_nothing(self, deposit: Transaction) -> None:
        for amount in (500, 50_000):
            post(HINT, success_body(amount=amount))

        deposit.refresh_from_db()
        assert (deposit.status, deposit.mpesa_receipt_number) == ("PENDING", None)
        assert money(deposit.user) == (0, 0)

    def test_a_session_or_token_of_the_sender_does_not_matter(self, deposit: Transaction) -> None:
        response = post(OWN, success_body(), headers={"Authorization": "Token nonsense"})

        assert response.status_code == 200

    def test_the_content_type_does_not_matter(self, deposit: Transaction) -> None:
        client = Client(enforce_csrf_checks=True)

        response = client.post(OWN, success_body(), content_type="text/plain")

        assert response.status_code == 200
        assert money(deposit.user) == (500, 0)

    @pytest.mark.parametrize(
        ("accept", "query"), [("text/html", ""), ("text/xml", ""), ("*/*", "?format=xml")]
    )
    def test_the_wanted_format_does_not_matter(
        self, deposit: Transaction, accept: str, query: str
    ) -> None:
        response = post(f"{OWN}{query}", success_body(), headers={"Accept": accept})

        assert (response.status_code, response.json()) == (200, ACCEPTED)
        assert money(deposit.user) == (500, 0)

    def test_the_source_address_is_kept(self, deposit: Transaction) -> None:
        post(OWN, success_body(), REMOTE_ADDR="196.201.214.200", headers={"User-Agent": "Daraja"})

        event = CallbackEvent.objects.get()
        assert event.source_address == "196.201.214.200"
        assert event.headers["user-agent"] == "Daraja"

    def test_https_is_not_demanded_by_redirect(self, deposit: Transaction, settings: Any) -> None:
        settings.SECURE_SSL_REDIRECT = True

        assert post(OWN, success_body()).status_code == 200


@pytest.mark.django_db
class TestRefused:
    @pytest.mark.parametrize("body", _MALFORMED, ids=lambda body: repr(body[:20]))
    @pytest.mark.parametrize("path", [OWN, HINT])
    def test_malformed_is_400_and_kept_at_our_own_address_only(
        self, deposit: Transaction, path: str, body: bytes
    ) -> None:
        response = post(path, body)

        assert (response.status_code, response.json()["code"]) == (400, "malformed_callback")
        assert CallbackEvent.objects.count() == (1 if path == OWN else 0)
        assert money(deposit.user) == (0, 0)

    def test_over_64_kib_is_413(self, deposit: Transaction) -> None:
        padded = success_body() + b" " * (64 * 1024)

        response = post(OWN, padded)

        assert (response.status_code, response.json()["code"]) == (413, "request_too_large")
        assert not CallbackEvent.objects.exists()

    def test_64_kib_are_enough(self, deposit: Transaction) -> None:
        body = success_body()

        assert post(OWN, body + b" " * (64 * 1024 - len(body))).status_code == 200

    def test_only_post_is_a_callback(self, deposit: Transaction) -> None:
        assert Client().get(OWN).status_code == 405


def _post_from(address: str) -> int:
    client = Client(REMOTE_ADDR=address)
    return client.post(HINT, success_body(), content_type="application/json").status_code


@pytest.mark.django_db
class TestRate:
    @pytest.fixture(autouse=True)
    def _one_a_minute(self, settings: Any) -> None:
        settings.CALLBACK_RATE_IP = "1/m"

    @pytest.mark.parametrize("path", [HINT, f"{HINT}nobodys-token/"])
    @pytest.mark.parametrize("body", [success_body(), b"junk"])
    def test_unknown_senders_are_counted(
        self, deposit: Transaction, path: str, body: bytes
    ) -> None:
        post(path, body)

        response = post(path, body)

        assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
        assert int(response["Retry-After"]) > 0

    @pytest.mark.parametrize(
        ("address", "status"),
        [
            ("2001:db8:1:2::1", 429),
            ("2001:db8:1:ffff::1", 429),
            ("2001:db8:2:1::1", 200),
            ("41.90.1.2", 200),
        ],
    )
    def test_a_days_callbacks_of_all_networks_of_one_provider_customer_are_counted_together(
        self, deposit: Transaction, settings: Any, address: str, status: int
    ) -> None:
        settings.CALLBACK_RATE_IP, settings.CALLBACK_RATE_NETWORK = "1000/m", "2/d"
        for subnet in ("a", "b"):
            _post_from(f"2001:db8:1:{subnet}::1")

        assert _post_from(address) == status

    def test_a_known_token_is_never_limited(self, deposit: Transaction) -> None:
        post(HINT, success_body())
        assert post(HINT, success_body()).status_code == 429

        statuses = [post(OWN, success_body()).status_code for _ in range(3)]

        assert statuses == [200, 200, 200]
        assert money(deposit.user) == (500, 0)

    def test_a_callback_with_a_known_token_is_not_counted(self, deposit: Transaction) -> None:
        post(OWN, success_body())
        post(OWN, success_body())

        assert post(HINT, success_body()).status_code == 200

    def test_for_a_known_token_the_cache_is_not_asked(
        self, deposit: Transaction, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []
        for name in ("get", "add", "set", "incr", "touch"):
            monkeypatch.setattr(LocMemCache, name, lambda *_, name=name: asked.append(name))

        assert post(OWN, success_body()).status_code == 200

        assert asked == []


@pytest.mark.django_db(transaction=True)
class TestNotStored:
    def test_a_callback_that_could_not_be_stored_is_503(self, deposit: Transaction) -> None:
        with broken_table("payments_callbackevent"):
            response = post(OWN, success_body())

        assert (response.status_code, response.json()["code"]) == (503, "callback_not_stored")

    def test_the_sender_may_try_again(self, deposit: Transaction) -> None:
        with broken_table("payments_callbackevent"):
            post(OWN, success_body())

        assert post(OWN, success_body()).status_code == 200
        assert money(deposit.user) == (500, 0)

    def test_a_callback_that_was_stored_but_not_settled_is_200(self, deposit: Transaction) -> None:
        with broken_table("wallet_journalentry"):
            response = post(OWN, success_body())

        assert (response.status_code, response.json()) == (200, ACCEPTED)
