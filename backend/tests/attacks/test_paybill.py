"""The addresses of payments by hand, under attack: without the secret, and with every odd body.

Who has the secret can report payments, so it must not be found; and M-Pesa takes a payer's money
where our validation answers 0, so it must never do so by mistake.
"""

import gzip
import itertools
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from decimal import Decimal, InvalidOperation
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from payments.models import CallbackEvent, Confirmation, PaybillPayment
from payments.services import paybill
from payments.tests.building import hidden_function, hidden_table
from tests.attacks.world import Attack
from tests.outages.database import read_only, wait_for_new_connections

_SECRET = "hakuna-matata-0123456789-abcdefghij"  # pragma: allowlist secret
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
_WHAT = ("validation", "confirmation")
_GUESSES = (
    "x", "null", "undefined", "0", "*", "%00", "%20", "' OR 1=1 --", "\u0661" * 35, "a" * 2000,
    _SECRET[:-1], f"{_SECRET}x", _SECRET.upper(), f" {_SECRET}", f"{_SECRET}%0a", f"{_SECRET}%00",
)  # fmt: skip


@pytest.fixture
def number(attack: Attack, settings: Any) -> str:
    """Return the victim's account number; payments by hand are on."""
    settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, _SECRET
    return str(attack.victim.get("/api/payments/paybill/")["account_number"])


def _send(
    what: str, body: bytes, *, method: str = "POST", secret: str = _SECRET,
    content_type: str = "application/json", **headers: str,
) -> Any:  # fmt: skip
    return Client(raise_request_exception=False).generic(
        method, f"/api/payments/paybill/{secret}/{what}/", body, content_type, headers=headers
    )


def _notice(number: str, **fields: Any) -> dict[str, Any]:
    """Return what M-Pesa posts about KES 300."""
    notice = {"TransID": "RKL51ZDR4F", "TransAmount": "300.00", "BillRefNumber": number}
    return {**notice, "BusinessShortCode": "174379", **fields}


def _bodies(number: str) -> dict[str, bytes]:
    good = json.dumps(_notice(number)).encode()
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    return {
        "right": good,
        "empty": b"",
        "huge": b'{"BillRefNumber": "' + b"9" * 70_000 + b'"}',
        "large": json.dumps(_notice(number, more="x" * 60_000)).encode(),
        "deep": json.dumps(_notice(number, FirstName=deep)).encode(),
        "very deep": b"[" * 60_000,
        "NUL": json.dumps(_notice(number, FirstName="\x00", LastName="a\x00b")).encode(),
        "raw NUL": good.replace(b"300", b"3\x0000"),
        "surrogate": json.dumps(_notice(number, FirstName="\ud800")).encode(),
        "not UTF-8": b'{"FirstName": "\xff\xfe"}',
        "repeated keys": good[:-1] + b', "TransAmount": "1.00", "TransID": "RKL51ZDR4G"}',
        "form": f"TransID=RKL51ZDR4F&TransAmount=300&BillRefNumber={number}".encode(),
        "gzip": gzip.compress(good),
        "list": b"[" + good + b"]",
        "twice": good + good,
        "infinite": good.replace(b'"300.00"', b"Infinity"),
        "exponent": good.replace(b'"300.00"', b"1e999999"),
        "long number": good.replace(b'"300.00"', b"9" * 5000),
        "negative": good.replace(b"300.00", b"-300.00"),
        "cents": good.replace(b"300.00", b"300.001"),
        "other digits": good.replace(b"300.00", "\u0663\u0660\u0660".encode()),
        "SQL": json.dumps(_notice("' OR 1=1 --")).encode(),
        "log lines": json.dumps(_notice(number, TransID="x\r\nERROR forged")).encode(),
    }


def _assert_not_found(response: Any, *context: object) -> None:
    assert response.status_code == 404, context
    assert _SECRET not in response.content.decode()


class TestWithoutTheSecret:
    @pytest.mark.parametrize("what", _WHAT)
    def test_every_method_is_answered_404_and_stores_nothing(
        self, attack: Attack, number: str, what: str
    ) -> None:
        body = json.dumps(_notice(number)).encode()

        for method, secret in itertools.product(_METHODS, _GUESSES[:4]):
            _assert_not_found(_send(what, body, method=method, secret=secret), method, secret)

        assert not Confirmation.objects.exists()

    @pytest.mark.parametrize("what", _WHAT)
    def test_every_guess_is_answered_404_and_stores_nothing(
        self, attack: Attack, number: str, what: str
    ) -> None:
        for guess in _GUESSES:
            response = _send(what, json.dumps(_notice(number)).encode(), secret=guess)
            # No address with a NUL is read any further, whatever it says.
            assert response.status_code == (400 if "%00" in guess else 404), guess
            assert _SECRET not in response.content.decode()

        assert not Confirmation.objects.exists()
        assert not CallbackEvent.objects.exclude(verdict="applied").exists()

    @pytest.mark.parametrize("what", _WHAT)
    def test_every_body_is_answered_404_and_stores_nothing(
        self, attack: Attack, number: str, what: str
    ) -> None:
        for name, body in _bodies(number).items():
            response = _send(what, body, secret="x" * len(_SECRET))
            # A large one is refused before anything of it is read, at every address.
            assert response.status_code == (413 if name == "huge" else 404), name

        assert not Confirmation.objects.exists()

    def test_it_is_in_no_path_of_another_form(self, attack: Attack, number: str) -> None:
        body = json.dumps(_notice(number)).encode()
        for path in (
            "/api/payments/paybill/confirmation/",
            "/api/payments/paybill//confirmation/",
            f"/api/payments/paybill/x/{_SECRET}/confirmation/",
            f"/api/payments/paybill/{_SECRET}/../x/confirmation/",
            f"/api/payments/paybill/?secret={_SECRET}",
        ):
            response = Client().post(path, body, "application/json")
            assert response.status_code in {401, 404, 405}, path

        assert not Confirmation.objects.exists()


class TestWithTheSecret:
    def test_no_body_is_answered_with_a_5xx_and_none_but_the_readable_moves_money(
        self, attack: Attack, number: str
    ) -> None:
        before = attack.victim.balance
        for name, body in _bodies(number).items():
            if name in {"right", "large", "deep", "NUL", "surrogate", "repeated keys"}:
                continue
            for what, kind in itertools.product(_WHAT, ("application/json", "text/xml", "")):
                response = _send(what, body, content_type=kind)
                assert response.status_code in {200, 400, 413}, (name, what)
                assert "Traceback" not in response.content.decode()

        assert attack.victim.balance == before
        # Those that M-Pesa might have sent are kept; their money waits for an operator.
        assert set(Confirmation.objects.values_list("verdict", flat=True)) <= {
            "malformed", "held", "duplicate",
        }  # fmt: skip
        attack.allow_house_postings()

    @pytest.mark.parametrize("name", ["large", "deep", "NUL", "surrogate"])
    def test_odd_words_beside_a_readable_payment_cost_nobody_the_payment(
        self, attack: Attack, number: str, name: str
    ) -> None:
        response = _send("confirmation", _bodies(number)[name])

        assert response.status_code in {200, 400}
        stored = Confirmation.objects.get()
        assert stored.verdict == ("applied" if response.status_code == 200 else "malformed")
        assert bytes(stored.raw_body) == _bodies(number)[name]
        attack.look_again()

    def test_of_repeated_keys_the_last_counts_and_is_credited_once(
        self, attack: Attack, number: str
    ) -> None:
        for _ in range(3):
            assert _send("confirmation", _bodies(number)["repeated keys"]).status_code == 200

        assert attack.victim.balance == "701.00"
        assert PaybillPayment.objects.get().receipt == "RKL51ZDR4G"
        attack.look_again()

    def test_forms_and_packed_bodies_are_not_unpacked(self, attack: Attack, number: str) -> None:
        bodies = _bodies(number)
        form = "application/x-www-form-urlencoded"

        answers = [
            _send("confirmation", bodies["form"], content_type=form),
            _send("confirmation", bodies["gzip"], **{"Content-Encoding": "gzip"}),
        ]

        assert [answer.status_code for answer in answers] == [400, 400]
        kept = Confirmation.objects.order_by("id").values_list("raw_body", flat=True)
        assert [bytes(body) for body in kept] == [bodies["form"], bodies["gzip"]]

    def test_from_a_foreign_address_it_credits_nothing(
        self, attack: Attack, number: str, settings: Any
    ) -> None:
        settings.MPESA_CALLBACK_ALLOWED_IPS = [ip_network("196.201.214.0/24")]
        body = json.dumps(_notice(number)).encode()

        for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP"):
            assert _send("confirmation", body, **{header: "196.201.214.7"}).status_code == 200

        assert set(Confirmation.objects.values_list("verdict", flat=True)) == {"untrusted"}

    def test_a_payment_sent_again_credits_nothing(self, attack: Attack, number: str) -> None:
        _send("confirmation", json.dumps(_notice(number)).encode())
        attack.look_again()

        for fields in (
            {},
            {"BillRefNumber": "x"},
            {"TransAmount": "900"},
            {"TransID": "rkl51zdr4f"},
        ):
            response = _send("confirmation", json.dumps(_notice(number, **fields)).encode())
            assert response.status_code == 200

        assert PaybillPayment.objects.count() == 1

    def test_a_receipt_of_a_deposit_credits_no_payment_by_hand(
        self, attack: Attack, number: str
    ) -> None:
        body = json.dumps(_notice(number, TransID="PAIDBEFORE")).encode()

        assert _send("confirmation", body).status_code == 200

        assert Confirmation.objects.get().verdict == "duplicate"
        assert attack.victim.balance == "700.00"

    def test_a_validation_stores_nothing_whatever_is_sent(
        self, attack: Attack, number: str
    ) -> None:
        for body in _bodies(number).values():
            _send("validation", body)

        assert not Confirmation.objects.exists()


def _may_be_taken(body: bytes, number: str) -> bool:
    """Say whether a payer may have meant this customer, with an amount that may be deposited.

    Read without the code under test.
    """
    try:
        notice = json.loads(body)
        typed = "".join(filter(str.isdigit, str(notice["BillRefNumber"])))
        amount = Decimal(str(notice["TransAmount"]).strip())
        return typed == number and amount == int(amount) and 1 <= amount <= 150_000
    except (ValueError, TypeError, KeyError, InvalidOperation, OverflowError):
        return False


_texts = st.text(max_size=30)
_values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), _texts,
    st.lists(st.integers(), max_size=2), st.dictionaries(_texts, st.integers(), max_size=2),
)  # fmt: skip
#: Ways to write an account number and an amount, right and nearly right.
_typed = st.sampled_from(
    [
        "{n}",
        " {n} ",
        "{n}\n",
        "{a}-{b}",
        "{a} {b}",
        "{n}0",
        "0{n}",
        "{b}{a}",
        "{n}\x00",
        "KP{n}",
        "-{n}",
    ]
)
_amounts = st.sampled_from(
    ["300", "300.00", "300.5", "0", "-300", "1e2", "150001", "NaN", "Infinity", " 300", "3OO", ""]
)
_notices = st.fixed_dictionaries(
    {},
    optional={
        "BillRefNumber": _typed | _values,
        "TransAmount": _amounts | _values,
        "TransID": _values,
        "MSISDN": _values,
        "BusinessShortCode": _values,
        "TransTime": _values,
        "FirstName": _values,
    },
)


class TestValidationNeverConsentsByMistake:
    """An error, an odd body and a database in trouble never read as consent (ResultCode 0)."""

    @staticmethod
    def ask(body: bytes) -> str:
        """Return the ResultCode of an answer, which must be one that M-Pesa understands."""
        response = _send("validation", body)
        assert response.status_code == 200
        answer = response.json()
        assert set(answer) == {"ResultCode", "ResultDesc"}
        return str(answer["ResultCode"])

    @settings(
        max_examples=150, deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )  # fmt: skip
    @given(notice=_notices)
    @example(notice={"BillRefNumber": "{n}", "TransAmount": "300"})
    @example(notice={"BillRefNumber": "{n}", "TransAmount": True})
    @example(notice={"BillRefNumber": "{n}", "TransAmount": ["300"]})
    @example(notice={"BillRefNumber": ["{n}"], "TransAmount": "300"})
    def test_over_notices(self, attack: Attack, number: str, notice: dict[str, Any]) -> None:
        typed = notice.get("BillRefNumber")
        if isinstance(typed, str):
            filled = typed.replace("{n}", number).replace("{a}", number[:5])
            notice = {**notice, "BillRefNumber": filled.replace("{b}", number[5:])}
        body = json.dumps(notice).encode()

        if self.ask(body) == "0":
            assert _may_be_taken(body, number)

    @settings(
        max_examples=60, deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )  # fmt: skip
    @given(body=st.binary(max_size=200))
    def test_over_bytes(self, attack: Attack, number: str, body: bytes) -> None:
        assert self.ask(body) != "0"

    def test_over_the_hostile_bodies(self, attack: Attack, number: str) -> None:
        for name, body in _bodies(number).items():
            if name != "huge" and self.ask(body) == "0":
                assert _may_be_taken(body, number), name
        assert self.ask(_bodies(number)["right"]) == "0"

    @pytest.mark.parametrize("trouble", ["read_only", "no_function", "no_table", "no_connection"])
    def test_while_the_database_is_in_trouble(
        self, attack: Attack, number: str, trouble: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        body = _bodies(number)["right"]

        with _trouble(trouble, monkeypatch):
            assert self.ask(body) == "C2B00016"
            assert self.ask(b"{}") != "0"

        assert self.ask(body) == "0"


@contextmanager
def _trouble(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Bring the database into this trouble for a while."""

    def fail(*_: object) -> None:
        raise OperationalError("no connection")

    troubles: dict[str, AbstractContextManager[None]] = {
        "read_only": read_only(),
        "no_function": hidden_function("paybill_validate"),
        "no_table": hidden_table("payments_paybillaccount"),
        "no_connection": nullcontext(),
    }
    with monkeypatch.context() as patch, troubles[name]:
        if name == "no_connection":
            patch.setattr(paybill, "call_function", fail)
        yield
    if name == "read_only":
        wait_for_new_connections()
