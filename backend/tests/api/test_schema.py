"""The API holds what its OpenAPI document says: no 5xx, no answer that it does not name."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.test import override_settings
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


@pytest.fixture
def authorization(transactional_db: Any) -> Iterator[str]:
    """Sign a verified customer in, with rates off: they are tested where they belong."""
    user = User.objects.create_user("0712345678", "a-long-password", kyc_status="VERIFIED")
    _, token = get_token_model().objects.create(user=user)
    with override_settings(RATELIMIT_ENABLE=False, PROMPT_OPEN_SECONDS=1):
        yield f"Token {token}"


@schema.parametrize()
@settings(
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_documented(case: "schemathesis.Case[Any]", authorization: str) -> None:
    response = case.call(headers={"Authorization": authorization, "Host": "localhost"})

    # The signing-in paths answer 403/401 by design; those are documented like everything else.
    case.validate_response(response, checks=_CHECKS)


def test_what_asks_for_no_sign_in_says_so() -> None:
    """M-Pesa signs in nowhere; an operation without the word could be one that was forgotten."""
    paths: dict[str, Any] = schema.raw_schema["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]

    assert all("security" in operation for operation in operations)
    open_ones = {each["operationId"] for each in operations if each["security"] == []}
    assert open_ones == {"callback", "callback_hint"}
