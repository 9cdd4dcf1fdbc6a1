"""No secret is in a log line, an error, a metric, or what is sent to Sentry."""

import json
import logging
import re
from typing import Any

import pytest
import respx
from django.test import Client

from tests.attacks.scenario import (
    DARAJA,
    NEW_NUMBER,
    NUMBER,
    OPERATOR,
    PAYBILL_SECRET,
    Scenario,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scenario(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """Play the whole day with an ear on the root logger and on those that do not pass on to it."""
    settings.PAYMENTS_GATEWAY = {
        "CLASS": "payments.mpesa_integration.MpesaGateway",
        "OPTIONS": {**DARAJA, "business_short_code": "174379", "base_url": "https://daraja.test"},
    }
    settings.LOGIN_RATE_IP = settings.STK_PUSH_RATE_USER = "1000/m"
    settings.LOGIN_LOCK_AFTER, settings.KYC_REQUIRED = 5, False
    settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, PAYBILL_SECRET
    scenario = Scenario()
    root = logging.getLogger()
    root.addHandler(scenario.listener)
    try:
        scenario.customers()
        scenario.page_errors()
        with respx.mock(assert_all_called=False) as daraja:
            scenario.deposits(daraja)
        scenario.by_hand(monkeypatch)
        scenario.operators()
        scenario.crash(monkeypatch)
    finally:
        root.removeHandler(scenario.listener)
    return scenario


def _spelled(number: str) -> re.Pattern[str]:
    """Find the nine digits under any spelling."""
    return re.compile(r"[\s()./+_-]{0,3}".join(number[-9:]))


def _assert_nothing_in(texts: list[str], scenario: Scenario) -> None:
    assert texts
    everything = "\n".join(texts)
    for number in (NUMBER, NEW_NUMBER, OPERATOR):
        assert not _spelled(number).findall(everything), number
    found = {secret for secret in scenario.secrets if secret in everything}
    assert not found, [line for line in texts if any(secret in line for secret in found)][:6]


def test_no_secret_is_in_logs_answers_metrics_or_sentry(scenario: Scenario) -> None:
    metrics = Client().get("/metrics").content.decode()

    assert len(scenario.secrets) > 20
    _assert_nothing_in(scenario.listener.lines, scenario)
    _assert_nothing_in(scenario.listener.events, scenario)
    _assert_nothing_in(scenario.errors, scenario)
    _assert_nothing_in([metrics], scenario)
    _assert_nothing_in([scenario.console.getvalue()], scenario)
    # The scenario ran: every output that it must produce was recorded.
    heard = "\n".join(scenario.listener.lines)
    for words in (
        "password changed",
        "phone number changed",
        "log in locked",
        "Internal Server",
        "could not be validated",
        "malformed confirmation",
        "in a browser",
    ):
        assert words in heard
    # Nothing that was sent began a line of its own.
    for line in scenario.listener.lines[::2]:
        assert isinstance(json.loads(line), dict)
        assert "\n" not in line
    assert not re.search(r"(?m)^(?:ERROR forged|\"level\")", heard)
