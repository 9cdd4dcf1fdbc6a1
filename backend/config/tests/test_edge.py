"""The edge answers as the chain does: same status, same headers, same body, path by path."""

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from knox.models import AuthToken

from config.edge import EdgeMiddleware
from payments.models import Transaction
from payments.tests.building import TOKEN, make_customer, make_deposit, success_body
from users.models import User

pytestmark = pytest.mark.django_db

EDGE = "config.edge.EdgeMiddleware"
DEPOSIT = "/api/payments/transactions/{pk}/"
PUSH = "/api/payments/stk-push/"
CALLBACK = f"/api/payments/callback/{TOKEN}/"
#: What differs between any two answers.
_EVERY_ANSWERS_OWN = {"X-Request-ID"}

_JSON = {"Accept": "application/json"}
#: (method, path, headers), asked by each of SENDERS.
REQUESTS: list[tuple[str, str, dict[str, str]]] = [
    ("GET", DEPOSIT, {}),
    ("GET", DEPOSIT, _JSON),
    ("GET", DEPOSIT, {"Accept": "*/*", "Accept-Language": "sw"}),
    ("GET", DEPOSIT + "status/", _JSON),
    ("HEAD", DEPOSIT + "status/", _JSON),
    ("GET", DEPOSIT + "timeline/", _JSON),
    ("GET", "/api/payments/transactions/0/", _JSON),
    ("GET", "/api/payments/transactions/99999999999999999999/", _JSON),
    ("GET", "/api/payments/transactions/x/", _JSON),
    ("GET", "/api/payments/transactions/", _JSON),
    ("GET", "/api/payments/transactions/", {"Accept-Encoding": "gzip", **_JSON}),
    ("GET", "/api/payments/transactions/?status=PENDING&page_size=1", _JSON),
    ("GET", "/api/payments/transactions/?status=nothing", _JSON),
    ("GET", "/api/payments/limits/", _JSON),
    ("GET", "/api/payments/weather/", _JSON),
    ("GET", "/api/payments/nowhere/", _JSON),
    ("GET", "/api/wallet/", _JSON),
    ("GET", "/api/wallet/entries/", _JSON),
    ("GET", "/api/limits/", _JSON),
    ("POST", PUSH, _JSON),
    ("PUT", PUSH, _JSON),
    ("DELETE", DEPOSIT, _JSON),
    ("POST", DEPOSIT, _JSON),
    (
        "OPTIONS",
        DEPOSIT,
        {"Origin": "https://page.example", "Access-Control-Request-Method": "GET"},
    ),
    ("GET", DEPOSIT, {"Origin": "https://page.example", **_JSON}),
    ("GET", DEPOSIT, {"Origin": "https://other.example", **_JSON}),
    ("POST", PUSH, {"Origin": "https://page.example", **_JSON}),
    ("GET", DEPOSIT, {"Accept": "text/html"}),
    ("GET", DEPOSIT + "?format=api", {}),
    ("GET", DEPOSIT + "?format=json", {}),
    ("GET", DEPOSIT, {"Accept": "application/xml"}),
    ("GET", DEPOSIT, {"Host": "evil.example", **_JSON}),
    ("GET", DEPOSIT, {"Cookie": "csrftoken=malformed", **_JSON}),
    ("GET", DEPOSIT, {"Authorization": "Token nothing", **_JSON}),
    ("GET", DEPOSIT, {"Authorization": "Token", **_JSON}),
    ("GET", DEPOSIT, {"X-Request-ID": "abc-1", **_JSON}),
    ("GET", DEPOSIT, {"X-Account": "0", **_JSON}),
    ("POST", PUSH, {"X-Account": "0", **_JSON}),
    ("GET", DEPOSIT, {"X-Forwarded-Proto": "https", "X-Forwarded-For": "6.6.6.6", **_JSON}),
    ("POST", CALLBACK, {}),
    ("GET", CALLBACK, {}),
    ("POST", "/api/payments/callback/unknown", {}),
    ("POST", "/api/payments/callback/", {"Content-Type": "text/plain; charset=rot13"}),
    ("GET", "/api/wallet/?" + "a&" * 600, _JSON),
]


@pytest.fixture(autouse=True)
def _page(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://page.example"]


@pytest.fixture
def deposit() -> Transaction:
    """A customer's deposit."""
    return make_deposit(make_customer())


def signed_out(_user: User) -> tuple[Client, dict[str, str]]:
    return Client(raise_request_exception=False), {}


def by_session(user: User) -> tuple[Client, dict[str, str]]:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client, {}


def by_lost_session(user: User) -> tuple[Client, dict[str, str]]:
    client, _ = by_session(user)
    client.session.delete()
    return client, {}


def by_token(user: User) -> tuple[Client, dict[str, str]]:
    _, token = AuthToken.objects.create(user)
    return Client(raise_request_exception=False), {"Authorization": f"Token {token}"}


def by_switched_off(user: User) -> tuple[Client, dict[str, str]]:
    User.objects.filter(pk=user.pk).update(is_active=False)
    return by_token(user)


SENDERS = [signed_out, by_session, by_lost_session, by_token, by_switched_off]
Sender = Callable[[User], tuple[Client, dict[str, str]]]


def _ask(
    client: Client, method: str, path: str, headers: dict[str, str]
) -> tuple[int, dict[str, str], dict[str, str], bytes]:
    is_callback = "/callback/" in path
    body = success_body() if is_callback else json.dumps({"amount": "none"}).encode()
    kind = headers.get("Content-Type", "application/json")
    sent = {name: value for name, value in headers.items() if name != "Content-Type"}
    with_body: dict[str, Any] = (
        {} if method in {"GET", "HEAD"} else {"data": body, "content_type": kind}
    )
    response = client.generic(method, path, headers=sent, **with_body)
    told = {name: value for name, value in response.items() if name not in _EVERY_ANSWERS_OWN}
    content = response.content
    if told.get("Content-Encoding") == "gzip":
        # Random bytes blur the length of what is compressed.
        content = gzip.decompress(content)
        told["Content-Length"] = str(len(content))
    cookies = {name: morsel.OutputString() for name, morsel in response.cookies.items()}
    # A new CSRF cookie is random; that it is set is what counts.
    cookies = {name: name if name == "csrftoken" else value for name, value in cookies.items()}
    return response.status_code, told, cookies, content


@pytest.fixture
def answers(
    deposit: Transaction, settings: Any, django_db_blocker: Any
) -> Callable[[Sender, str, str, dict[str, str]], Iterator[Any]]:
    """Ask the edge and then the chain alone."""

    def ask(sender: Sender, method: str, path: str, headers: dict[str, str]) -> Iterator[Any]:
        chain = [name for name in django_settings.MIDDLEWARE if name != EDGE]
        address = path.format(pk=deposit.pk)
        for middleware in ([EDGE, *chain], chain):
            settings.MIDDLEWARE = middleware
            client, signed = sender(deposit.user)
            yield _ask(client, method, address, {**signed, **headers})

    return ask


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize(("method", "path", "headers"), REQUESTS)
def test_the_answer_is_the_chains(
    answers: Any, sender: Sender, method: str, path: str, headers: dict[str, str]
) -> None:
    of_edge, of_chain = answers(sender, method, path, headers)

    assert of_edge[0] == of_chain[0]
    assert of_edge[1] == of_chain[1]
    assert of_edge[2] == of_chain[2]
    if "html" not in of_chain[1].get("Content-Type", ""):
        # A page has a form with a token of its own.
        assert of_edge[3] == of_chain[3]


@pytest.mark.parametrize("proxies", [0, 1])
@pytest.mark.parametrize("path", [DEPOSIT, CALLBACK])
@pytest.mark.parametrize("scheme", ["http", "https", "https, http"])
def test_https_is_demanded_and_promised_alike(
    answers: Any, settings: Any, proxies: int, path: str, scheme: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 3600
    settings.TRUSTED_PROXY_COUNT = proxies
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if proxies else None
    method = "POST" if path == CALLBACK else "GET"

    of_edge, of_chain = answers(by_token, method, path, {"X-Forwarded-Proto": scheme, **_JSON})

    assert of_edge == of_chain


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_crash_of_a_view_is_reported_the_same_on_both_ways(
    answers: Any, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("payments.views.own_deposit.read_deposit", break_down)
    monkeypatch.setattr("payments.views.services.initiate_deposit", break_down)
    path = DEPOSIT if method == "GET" else PUSH

    of_edge, of_chain = answers(by_token, method, path, _JSON)

    assert of_edge == of_chain


class TestWhatItTakes:
    @pytest.fixture
    def taken(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The paths that the edge answered itself."""
        taken: list[str] = []
        answer = EdgeMiddleware._answer

        def note(self: EdgeMiddleware, request: Any) -> Any:
            taken.append(request.path)
            return answer(self, request)

        monkeypatch.setattr(EdgeMiddleware, "_answer", note)
        return taken

    @pytest.mark.parametrize("sender", [by_session, by_token])
    def test_polls_reads_and_callbacks(
        self, deposit: Transaction, taken: list[str], sender: Sender
    ) -> None:
        client, signed = sender(deposit.user)
        paths = [DEPOSIT.format(pk=deposit.pk), "/api/wallet/", "/api/payments/limits/"]
        for path in paths:
            assert client.get(path, headers={**signed, **_JSON}).status_code == 200
        client.post(CALLBACK, success_body(), "application/json")

        assert taken == [*paths, CALLBACK]

    @pytest.mark.parametrize(
        ("path", "headers"),
        [
            ("/admin/", {}),
            ("/api/auth/me/", {}),
            ("/healthz", {}),
            (DEPOSIT, {"Accept": "text/html"}),
            (DEPOSIT, {"Host": "evil.example"}),
            (DEPOSIT, {"Content-Length": "1_0"}),
            (DEPOSIT, {"Content-Length": "65537"}),
        ],
    )
    def test_pages_and_what_is_unusual_are_left_to_the_chain(
        self, deposit: Transaction, taken: list[str], path: str, headers: dict[str, str]
    ) -> None:
        Client().get(path.format(pk=deposit.pk), headers=headers)

        assert taken == []


def test_a_page_may_read_what_its_origin_is_allowed(deposit: Transaction) -> None:
    client, signed = by_token(deposit.user)
    headers = {"Origin": "https://page.example", **signed, **_JSON}

    answer = client.get(DEPOSIT.format(pk=deposit.pk), headers=headers)

    assert answer["Access-Control-Allow-Origin"] == "https://page.example"
