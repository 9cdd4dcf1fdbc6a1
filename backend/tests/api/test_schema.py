"""The API holds what its OpenAPI document says: no 5xx, no answer that it does not name."""

import json
import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import pytest
import schemathesis
from django.test import Client, override_settings
from hypothesis import HealthCheck, settings
from knox.models import get_token_model
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.wsgi import application
from devtools.schema import SCHEMA
from users.models import User
from users.phone import mask_phone_number
from users.tests.texting import FAKE

schema = schemathesis.openapi.from_path(SCHEMA)
schema.app = application

#: `make test-long` takes a hundred; by hand: `SCHEMA_EXAMPLES=1000 pytest tests/api`.
_EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "10"))
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


class SignedIn(NamedTuple):
    """What a signed-in customer's request carries."""

    headers: dict[str, str]
    cookies: dict[str, str]


SignIn = Callable[[], SignedIn]
#: They look at number and password of the body, so a 401 says nothing of the sign-in.
_MAY_BE_401 = {"auth_login", "auth_token"}


@pytest.fixture(params=["token", "session"])
def sign_in(request: pytest.FixtureRequest, transactional_db: Any) -> Iterator[SignIn]:
    """Return what signs a verified customer in and returns what a request then carries.

    Rates are off: they are tested where they belong.
    """
    user = User.objects.create_user("0712345678", "a-long-password", kyc_status="VERIFIED")
    on = {
        "PAYBILL_ENABLED": True, "PAYBILL_URL_SECRET": "s" * 32,
        "SMS_SENDER": FAKE, "SMS_MAX_PER_HOUR": 100_000,
    }  # fmt: skip
    with override_settings(RATELIMIT_ENABLE=False, PROMPT_OPEN_SECONDS=1, **on):
        yield partial({"token": _with_token, "session": _with_session}[request.param], user)


def _with_token(user: User) -> SignedIn:
    _, token = get_token_model().objects.create(user=user)
    return SignedIn({"Authorization": f"Token {token}"}, {})


def _with_session(user: User) -> SignedIn:
    # The request before may have raised the epoch of its sessions.
    user.refresh_from_db()
    browser = Client()
    browser.force_login(user)
    csrf = browser.get("/api/auth/csrf/", headers={"Host": "localhost"}).json()["csrf_token"]
    cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
    return SignedIn({"X-CSRFToken": csrf}, cookies)


@schema.parametrize()
@settings(
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_documented(case: "schemathesis.Case[Any]", sign_in: SignIn) -> None:
    # A sign-in for each request: log-out and a new password end it.
    signed_in = sign_in()
    case.cookies = signed_in.cookies
    response = case.call(headers={**signed_in.headers, "Host": "localhost"})

    case.validate_response(response, checks=_CHECKS)
    if case.operation.definition.raw["operationId"] not in _MAY_BE_401:
        assert response.status_code != 401, "the sign-in did not count"
        assert b"csrf_failed" not in response.content


def test_operations_without_a_sign_in_are_marked_in_the_schema() -> None:
    """M-Pesa signs in nowhere; an operation without the word could be one that was forgotten."""
    paths: dict[str, Any] = schema.raw_schema["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]

    assert all("security" in operation for operation in operations)
    open_ones = {each["operationId"] for each in operations if each["security"] == []}
    assert open_ones == {
        "callback", "callback_hint", "paybill_confirmation", "paybill_validation",
        "transaction_status_result", "transaction_status_timeout",
    }  # fmt: skip


_PATHS: dict[str, Any] = schema.raw_schema["paths"]
_OPERATIONS: list[dict[str, Any]] = [each for path in _PATHS.values() for each in path.values()]


@pytest.mark.parametrize("operation", _OPERATIONS, ids=lambda each: each["operationId"])
class TestEveryOperation:
    def test_may_be_unavailable(self, operation: dict[str, Any]) -> None:
        assert "`unavailable`" in operation["responses"]["503"]["description"]
        assert list(operation["responses"]) == sorted(operation["responses"])

    def test_has_a_summary_of_one_sentence(self, operation: dict[str, Any]) -> None:
        assert operation["description"].replace("\n", " ").startswith(operation["summary"])
        assert 5 < len(operation["summary"]) < 100


_SPELLINGS: Any = json.loads((SCHEMA.parents[1] / "docs/spellings.json").read_text())


def _pattern_of(component: str, field: str) -> str:
    pattern: str = schema.raw_schema["components"]["schemas"][component]["properties"][field][
        "pattern"
    ]
    return pattern


class TestPatterns:
    @pytest.mark.parametrize(
        ("component", "field"),
        [
            ("SignUpRequest", "phone_number"),
            ("PhoneChangeRequestRequest", "new_phone_number"),
        ],
    )
    def test_of_a_number_takes_every_spelling_that_is_read(
        self, component: str, field: str
    ) -> None:
        """A generated client must not refuse what the API would take."""
        pattern = _pattern_of(component, field)
        for spelling in chain.from_iterable(_SPELLINGS["phone"]["read"].values()):
            assert re.search(pattern, spelling), spelling
        for text in ("", "0612345678", "071234567", "07123456789", "asha"):
            assert not re.search(pattern, text), text

    def test_of_a_masked_number_is_what_the_mask_makes(self) -> None:
        pattern = _pattern_of("Transaction", "phone_number")
        assert re.search(pattern, mask_phone_number("254712345678"))
        assert not re.search(pattern, "254712345678")

    def test_of_a_key_takes_what_the_api_takes(self) -> None:
        (key,) = _PATHS["/api/payments/stk-push/"]["post"]["parameters"]
        assert key["name"] == "Idempotency-Key"
        for text, is_taken in [("a", True), ("k" * 255, True), ("", False), ("k" * 256, False),
                               ("\n", False), ("é", False)]:  # fmt: skip
            assert bool(re.search(key["schema"]["pattern"], text)) is is_taken


def test_examples_are_addresses_of_ours() -> None:
    text = SCHEMA.read_text()
    assert set(re.findall(r"example: (\S+)", text)) == {
        "https://pay.example.com/api/payments/transactions/?cursor=cD00ODY%3D"
    }
