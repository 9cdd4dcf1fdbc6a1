"""Everything wrong at once, mended one by one: errors come in the order of docs/api.md §3, none
of them is kept under the key, and at last the same key starts the deposit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from payments.gateway import GatewayUnreachable
from payments.models import IdempotencyKey, Transaction
from payments.services import idempotency
from payments.tests.building import PHONE, make_customer, make_deposit
from payments.tests.scripted_gateway import ScriptedGateway, failing
from risk import services as own_limits
from users.models import User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("as_application"),
]

_KEY = "one-key-for-all"


class Attempt:
    """One customer's push, with everything that can be wrong with it."""

    def __init__(self, settings: Any, gateway: ScriptedGateway) -> None:
        self.settings, self.gateway = settings, gateway
        self.user = make_customer("0201234567", is_active=False, kyc_status="PENDING")
        self.browser = Client(enforce_csrf_checks=True)
        self.headers = {"Idempotency-Key": _KEY}
        self.body: dict[str, Any] = {"amount": "five hundred"}
        own_limits.pause(user=self.user, days=7, now=timezone.now() - timedelta(days=2))
        self._deposit_before(status="PENDING", open_for=timedelta(minutes=3))
        for nth in range(3):
            self._deposit_before(status="FAILED", result_code="1032", nth=nth)
        gateway.on_push = failing(GatewayUnreachable("no connection"))

    def _deposit_before(
        self, *, open_for: timedelta = timedelta(0), nth: int = 9, **fields: Any
    ) -> None:
        now = timezone.now()
        make_deposit(
            self.user, phone_number=PHONE, created_at=now, updated_at=now, token=f"t{nth}",
            checkout_request_id=f"ws_{nth}", prompt_expires_at=now + open_for, next_query_at=None,
            **fields,
        )  # fmt: skip

    def send(self) -> Any:
        """Push."""
        return self.browser.post(
            "/api/payments/stk-push/", self.body, "application/json", headers=self.headers
        )

    def sign_in(self) -> None:
        self.browser.force_login(self.user)

    def bring_the_csrf_token(self) -> None:
        self.headers["X-CSRFToken"] = self.browser.get("/api/auth/csrf/").json()["csrf_token"]

    def raise_the_rate(self) -> None:
        self.settings.STK_PUSH_RATE_USER = self.settings.STK_PUSH_RATE_PHONE = "1000/m"

    def write_a_number(self) -> None:
        self.body = {"amount": 500}
        claim = idempotency.new_claim(_KEY, {"amount": 9})
        assert claim is not None
        idempotency.claim_key(claim, user_id=self.user.pk, now=timezone.now())

    def take_a_new_key(self) -> None:
        IdempotencyKey.objects.all().delete()

    def unblock(self) -> None:
        User.objects.update(is_active=True)
        # What was signed in before stays out.
        self.user.refresh_from_db()
        self.sign_in()
        self.bring_the_csrf_token()

    def verify(self) -> None:
        User.objects.update(kyc_status="VERIFIED")

    def lift_the_pause(self) -> None:
        operator = make_customer("254799999999")
        own_limits.lift_cool_off(
            user=self.user, operator=operator, reason="a mistake", now=timezone.now()
        )

    def get_a_phone(self) -> None:
        User.objects.filter(pk=self.user.pk).update(phone_number=PHONE)

    def let_the_prompt_run_out(self) -> None:
        Transaction.objects.filter(status="PENDING").update(prompt_expires_at=timezone.now())

    def raise_the_limit(self) -> None:
        self.settings.DEPOSIT_DAILY_LIMIT = 500_000

    def end_the_pause_of_the_phone(self) -> None:
        self.settings.RATELIMIT_ENABLE = False

    def satisfy_the_rules(self) -> None:
        self.settings.RISK_MODE = "shadow"

    def connect(self) -> None:
        self.gateway.on_push = self.gateway.accept


#: The status and code of each error, in order, and the step that corrects its cause.
_ORDER: list[tuple[int, str, Callable[[Attempt], None]]] = [
    (401, "not_authenticated", Attempt.sign_in),
    (403, "csrf_failed", Attempt.bring_the_csrf_token),
    (429, "rate_limited", Attempt.raise_the_rate),
    (400, "invalid_amount", Attempt.write_a_number),
    (422, "idempotency_key_reused", Attempt.take_a_new_key),
    (403, "account_blocked", Attempt.unblock),
    (403, "kyc_required", Attempt.verify),
    (403, "self_excluded", Attempt.lift_the_pause),
    (400, "invalid_phone_number", Attempt.get_a_phone),
    (409, "deposit_in_progress", Attempt.let_the_prompt_run_out),
    (429, "limit_exceeded", Attempt.raise_the_limit),
    (429, "rate_limited", Attempt.end_the_pause_of_the_phone),
    (403, "risk_review", Attempt.satisfy_the_rules),
    (503, "mpesa_unavailable", Attempt.connect),
]
#: These name the time at which trying again makes sense.
_WITH_A_WAIT = {"self_excluded", "deposit_in_progress", "limit_exceeded", "rate_limited"}


@pytest.fixture
def attempt(settings: Any, gateway: ScriptedGateway) -> Attempt:
    """Let everything be wrong."""
    settings.STK_PUSH_RATE_USER = "0/m"
    settings.DEPOSIT_DAILY_LIMIT = 100
    settings.RISK_MODE, settings.RISK_THRESHOLDS = "enforce", ["first_deposit_review_amount=100"]
    return Attempt(settings, gateway)


def test_errors_come_in_order_and_the_key_stays_free(attempt: Attempt) -> None:
    for status, code, mend in _ORDER:
        answer = attempt.send()

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert (code in _WITH_A_WAIT) <= (answer.json().get("retry_after", 0) > 0)
        stored = IdempotencyKey.objects.filter(key=_KEY, transaction__isnull=False)
        assert not stored.exists()
        mend(attempt)

    first, again = attempt.send(), attempt.send()

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.json() == again.json()
    assert len(attempt.gateway.pushes) == 2
