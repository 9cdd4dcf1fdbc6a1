"""A scenario that uses every secret, and records all output: logs, answers, metrics, Sentry."""

import io
import json
import logging
import re
from datetime import timedelta
from typing import Any

import httpx
import respx
import sentry_sdk
from django.core.management import call_command
from django.test import Client
from sentry_sdk.transport import Transport
from sentry_sdk.utils import event_from_exception

from common import clock, sentry
from common.logs import MaskingJsonFormatter, MaskingTextFormatter, RequestIdFilter
from payments.models import Transaction
from payments.paybill import account_numbers
from payments.services import reconcile_due_deposits
from payments.tests.building import callback_body, failure_body, success_body
from payments.tests.mpesa_wire import HOST, PUSH_URL, QUERY_URL, TOKEN_URL, issue
from users import second_factor
from users.models import PhoneChange, User

NUMBER, NEW_NUMBER, OPERATOR = "254713579024", "254724680135", "254735791246"
PASSWORD, NEW_PASSWORD = "quiet-harbour-lantern", "copper-window-seagull"
WRONG_PASSWORD = "typed-by-mistake-once"
PIN, ID_NUMBER = "mpesa-pin-8375", "38271946"
DARAJA = {
    "consumer_key": "daraja-key-Qw83hfYt",
    "consumer_secret": "daraja-secret-Zk27dhRe",
    "passkey": "daraja-passkey-Lm59sgPo",
}
ACCESS_TOKEN = "daraja-token-Vb64nhTu"
PAYBILL_SECRET = "paybill-secret-Hs81kdWn-0123456789"  # pragma: allowlist secret


class _Listener(logging.Handler):
    """Collects every record of every logger, and what would be sent to Sentry."""

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(RequestIdFilter())
        self.lines: list[str] = []
        self.events: list[str] = []
        self._client = sentry_sdk.Client(
            **sentry.options("https://key@errors.example/1"),
            transport=_Kept(self.events),
            default_integrations=False,
        )

    def emit(self, record: logging.LogRecord) -> None:
        for formatter in (MaskingJsonFormatter(), MaskingTextFormatter()):
            self.lines.append(formatter.format(record))
        crumb = sentry.mask_breadcrumb({"message": record.getMessage(), "data": vars(record)}, {})
        self.events.append(json.dumps(crumb, default=str))
        if record.exc_info and record.exc_info[1] is not None:
            # The SDK asks the current scope's client which variables of the frames to send.
            with sentry_sdk.new_scope() as scope:
                scope.set_client(self._client)
                options = self._client.options
                event, hint = event_from_exception(record.exc_info, client_options=options)
                self._client.capture_event(event, hint)


class _Kept(Transport):
    def __init__(self, events: list[str]) -> None:
        super().__init__()
        self._events = events

    def capture_envelope(self, envelope: Any) -> None:
        self._events.append(json.dumps(envelope.get_event(), default=str))


class Scenario:
    """Plays the day, and keeps what comes out and what must not."""

    def __init__(self) -> None:
        self.listener = _Listener()
        self.errors: list[str] = []
        self.console = io.StringIO()
        self.client = Client(raise_request_exception=False)
        self.secrets: set[str] = {
            PASSWORD, NEW_PASSWORD, WRONG_PASSWORD, PIN, ID_NUMBER, ACCESS_TOKEN,
            PAYBILL_SECRET, *DARAJA.values(),
        }  # fmt: skip

    def send(self, path: str, client: Client | None = None, **body: Any) -> Any:
        """Post JSON; keep the text of an error and the secrets of an answer."""
        response = (client or self.client).post(path, body, "application/json")
        if response.status_code >= 400:
            self.errors.append(f"{response.content.decode()} {response.headers}")
        for cookie in response.cookies.values():
            self.secrets.add(cookie.value)
        self.secrets.discard("")
        return response

    def customers(self) -> None:
        """Sign up, log in wrongly and rightly, change what can be changed."""
        details: dict[str, Any] = {"password": PASSWORD, "full_name": "A B"}
        for number in ("0713 579 024", "+254-713-579-024"):
            self.send("/api/auth/signup/", phone_number=number, **details)
        self.send("/api/auth/login/", phone_number="0713579024", password=PASSWORD)
        token = self.send("/api/auth/token/", phone_number="254713579024", password=PASSWORD)
        self.secrets.add(token.json()["token"])
        for current in (WRONG_PASSWORD, PASSWORD):
            body: dict[str, Any] = {"current_password": current, "new_password": NEW_PASSWORD}
            self.send("/api/auth/password/", **body)
        for password in (WRONG_PASSWORD, NEW_PASSWORD):
            self.send("/api/auth/phone/", new_phone_number="0724 680 135", password=password)
        for birthday in ("2020-01-01", "1990-01-01", "1990-01-01"):
            self.send("/api/kyc/", full_name="A B", id_number=ID_NUMBER, date_of_birth=birthday)
        wrong = {"phone_number": "0713579024", "password": WRONG_PASSWORD, "pin": PIN}
        for _ in range(7):
            self.send("/api/auth/login/", Client(), **wrong)

    def page_errors(self) -> None:
        """Let browsers report errors that carry what their customers see and type."""
        said = (
            f"no {NUMBER}, 0724 680 135 token={ACCESS_TOKEN} password: {PASSWORD}\r\nERROR forged"
        )
        for where in (f"/deposits/{NUMBER}", "/wallet"):
            body: dict[str, Any] = {"kind": "error", "message": said, "where": where}
            body["stack"] = f"at {said}"
            assert self.send("/api/page-errors/", **body).status_code == 204

    def deposits(self, daraja: respx.MockRouter) -> None:
        """Deposit in every way that M-Pesa has of answering; most answers repeat our secrets."""
        daraja.get(TOKEN_URL).mock(return_value=issue(ACCESS_TOKEN))
        echo = f"Invalid {NUMBER} {DARAJA['passkey']} {ACCESS_TOKEN} {DARAJA['consumer_secret']}"
        answers: list[Any] = [
            httpx.Response(200, json={"ResponseCode": "0", "CheckoutRequestID": "ws_CO_1"}),
            httpx.Response(400, json={"errorCode": "400.002.02", "errorMessage": echo}),
            httpx.Response(500, text=f"<html>{echo}</html>"),
            httpx.ReadTimeout(echo),
            httpx.Response(200, text=echo),
        ]
        pushes = daraja.post(PUSH_URL)
        for answer in answers:
            pushes.mock(side_effect=[answer])
            self.send("/api/payments/stk-push/", amount=100, pin=PIN)
            Transaction.objects.update(prompt_expires_at=clock.now())
        sent = [json.loads(call.request.content) for call in pushes.calls]
        self.secrets |= {push["Password"] for push in sent}
        urls = [push["CallBackURL"] for push in sent]
        self.secrets |= {url.rstrip("/").rpartition("/")[2] for url in urls}
        self._callbacks(["/api/" + url.partition("/api/")[2] for url in urls])
        daraja.post(QUERY_URL).mock(return_value=httpx.Response(500, text=echo))
        reconcile_due_deposits(now=clock.now() + timedelta(minutes=10))

    def _callbacks(self, paths: list[str]) -> None:
        said = f"{NUMBER} {PIN}"
        bodies = (
            success_body("ws_CO_1", amount=100),
            failure_body("ws_CO_1"),
            callback_body("ws_CO_1", result_code="x\r\nERROR forged", result_desc=said),
            f'{{"Body": "{NUMBER}\r\n"level": "ERROR"'.encode(),
        )
        for path in (*paths, "/api/payments/callback/"):
            for body in bodies:
                response = Client().post(path, body, "application/json")
                if response.status_code >= 400:
                    self.errors.append(response.content.decode())

    def by_hand(self, monkeypatch: Any) -> None:
        """Pay by hand rightly, wrongly and while the code fails, at addresses with the secret."""
        client = Client(raise_request_exception=False)
        said = f"{NUMBER} {PIN}"
        notice = {"TransID": "RKL51ZDR4F", "TransAmount": "300", "BillRefNumber": NUMBER}
        bodies = (
            json.dumps({**notice, "MSISDN": NUMBER, "FirstName": said}).encode(),
            json.dumps({**notice, "TransID": f"x\r\nERROR forged {said}"}).encode(),
            f'{{"TransID": "{NUMBER}\r\n"level": "ERROR"'.encode(),
        )
        ends = ("validation/", "confirmation/", "confirmation", f"{PAYBILL_SECRET}/", "x?y=1")
        for end in ends:
            self._by_hand(client, end, *bodies)
        words = f"no way to /api/payments/paybill/{PAYBILL_SECRET}/confirmation/ for {NUMBER}"

        def fail(*_: Any, **__: Any) -> None:
            raise RuntimeError(words)

        with monkeypatch.context() as patch:
            patch.setattr("payments.services.paybill.call_function", fail)
            body = json.dumps({**notice, "BillRefNumber": account_numbers.draw()}).encode()
            self._by_hand(client, "validation/", body)
            self._by_hand(client, "confirmation/", body)

    def _by_hand(self, client: Client, end: str, *bodies: bytes) -> None:
        for body in bodies:
            path = f"/api/payments/paybill/{PAYBILL_SECRET}/{end}"
            response = client.post(path, body, "application/json")
            self.errors.append(f"{response.content.decode()} {response.headers}")

    def operators(self) -> None:
        """Enrol, log in to the admin, look at every list, decide, run the commands."""
        operator = User.objects.create_superuser(OPERATOR, PASSWORD, full_name="Op")
        enrolment = second_factor.enrol(operator)
        self.secrets |= {enrolment.key, *enrolment.recovery_codes}
        client = Client()
        for code in ("000000", enrolment.recovery_codes[0]):
            form = {"username": "0735 791 246", "password": PASSWORD, "code": code}
            client.post("/admin/login/", form)
        index = client.get("/admin/").content.decode()
        lists = set(re.findall(r'"(/admin/\w+/\w+/)"', index))
        assert len(lists) > 5, "the operator did not get in"
        for path in lists:
            client.get(path, {"q": NUMBER})
        asked = PhoneChange.objects.get()
        change = {"action": "approve", "_selected_action": asked.pk, "reason": f"call {NEW_NUMBER}"}
        client.post("/admin/users/phonechange/", change)
        for command in ("check_ledger", "reconcile", "replay_callbacks"):
            call_command(command, stdout=self.console, stderr=self.console)

    def crash(self, monkeypatch: Any) -> None:
        """Let a view fail with everything in its words."""
        words = f"no {NUMBER} with password={PASSWORD} token {ACCESS_TOKEN}9 in {HOST}"

        def fail(*_: Any, **__: Any) -> None:
            raise RuntimeError(words)

        monkeypatch.setattr("wallet.selectors.get_balance", fail)
        self.client.force_login(User.objects.get(full_name="A B"))
        response = self.client.get("/api/wallet/")
        assert response.status_code == 500
        self.errors.append(response.content.decode())
