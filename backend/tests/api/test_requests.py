"""Two thousand requests to all endpoints, by three kinds of caller: none is answered with a 5xx.

Schemathesis makes valid and invalid ones from the schema; hypothesis adds unusual headers, ids that
exist, and callbacks that are nearly payments. The cases are the same in every run.
"""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from knox.models import get_token_model

from config.wsgi import application
from devtools.schema import SCHEMA
from payments.models import Transaction
from payments.tests.building import CHECKOUT, OTHER_PHONE, TOKEN, make_customer, make_deposit
from tests.api import unusual
from users.models import User
from users.tests.texting import FAKE

schema = schemathesis.openapi.from_path(SCHEMA)
schema.app = application

_FOUND: Any = schema.get_all_operations()
_OPERATIONS: list[Any] = [found.ok() for found in _FOUND]
#: `make test-long` sends ten thousand; by hand: `SCHEMA_CASES=100000 pytest tests/api`.
_CASES = int(os.environ.get("SCHEMA_CASES", "2000"))
_PER_OPERATION = math.ceil(_CASES / len(_OPERATIONS))
_CALLERS = ("owner", "stranger", "nobody")


@dataclass(frozen=True)
class World:
    """Two customers, a deposit of the first one, and who is asking."""

    deposit: Transaction
    headers: dict[str, dict[str, str]]


@pytest.fixture
def world(transactional_db: Any) -> Iterator[World]:
    """Store two customers, one deposit, and switch off what would only answer 429."""
    owner = make_customer()
    deposit = make_deposit(owner)
    headers = {"owner": _signed_in(owner), "stranger": _signed_in(make_customer(OTHER_PHONE))}
    on = {"SMS_SENDER": FAKE, "SMS_MAX_PER_HOUR": 100_000}
    with override_settings(RATELIMIT_ENABLE=False, PROMPT_OPEN_SECONDS=1, **on):
        yield World(deposit, {**headers, "nobody": {}})


def _signed_in(user: User) -> dict[str, str]:
    _, token = get_token_model().objects.create(user=user)
    return {"Authorization": f"Token {token}"}


@pytest.mark.parametrize("operation", _OPERATIONS, ids=lambda operation: operation.label)
def test_nothing_is_answered_with_a_server_error(operation: Any, world: World) -> None:
    asked = 0

    @settings(
        max_examples=_PER_OPERATION,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(),
        caller=st.sampled_from(_CALLERS),
        headers=unusual.headers(),
        callback=unusual.callbacks(CHECKOUT),
        is_aimed=st.booleans(),
    )
    def ask(case: Any, caller: str, headers: dict[str, str], callback: Any, is_aimed: bool) -> None:
        nonlocal asked
        asked += 1
        if is_aimed:
            _aim(case, world.deposit, callback)
        sent = {"Host": "localhost", **headers, **world.headers[caller]}
        _judge(operation, case.call(headers=sent), caller, is_aimed=is_aimed)

    ask()

    # Headers alone have more values than this, so that no operation runs out of cases.
    assert asked >= _PER_OPERATION


def test_there_are_as_many_requests_as_asked_for() -> None:
    assert _PER_OPERATION * len(_OPERATIONS) >= _CASES


def _aim(case: Any, deposit: Transaction, callback: Any) -> None:
    """Name what exists: a random id hits no deposit, a random token no address."""
    if "id" in case.path_parameters:
        case.path_parameters["id"] = deposit.pk
    if "token" in case.path_parameters:
        case.path_parameters["token"] = TOKEN
    if "callback" in case.path:
        case.body = callback


def _judge(operation: Any, response: Any, caller: str, *, is_aimed: bool) -> None:
    """No 5xx, every error in the envelope, nothing for those who may not see it."""
    status = response.status_code
    assert status < 500, (status, response.text)
    (content_type,) = response.headers.get("content-type", [""])
    # A browser's error is a page, which holds the envelope.
    if status >= 400 and not content_type.startswith("text/html"):
        assert {"error", "customer_message", "code"} <= set(response.json())
    if caller == "nobody" and not _is_public(operation):
        assert status >= 400
    if is_aimed and "{id}" in operation.path:
        # 406: the unusual headers asked for XML.
        assert status in {"owner": {200, 406}, "stranger": {404, 406}, "nobody": {401, 406}}[caller]


def _is_public(operation: Any) -> bool:
    security = operation.definition.raw.get("security", [])
    return not security or {} in security
