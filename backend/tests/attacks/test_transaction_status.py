"""Transaction Status under attack: guessed tokens, stolen receipts, forged and foreign answers."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from common import clock
from payments import services
from payments.daraja.callbacks import EAT
from payments.models import Claim, Receipt, Transaction, TransactionQuery
from payments.tests.daraja.test_transaction_status import failure_body, result_body
from tests.attacks.world import STATUS, Attack
from tests.flows.app import App
from users.models import User

_GUESSES = (
    "x", "null", "undefined", "0", "*", "%20", "' OR 1=1 --", "\u0661" * 64, "a" * 2000, "f" * 64,
)  # fmt: skip
#: A receipt of today that nobody has been credited for, as in the victim's SMS.
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUV"


def _receipt() -> str:
    today = clock.now().astimezone(EAT)
    year, month = chr(ord("A") + today.year - 2006), chr(ord("A") + today.month - 1)
    return f"{year}{month}{_LETTERS[today.day]}STZLEN2"


@pytest.fixture(autouse=True)
def initiator(settings: Any) -> None:
    settings.MPESA_INITIATOR_NAME, settings.MPESA_DEBUG = "testapiuser", False


@pytest.fixture
def receipt(attack: Attack) -> str:
    """Return the receipt of a payment of the victim's whose callback was lost."""
    User.objects.update(created_at=clock.now() - timedelta(days=30))
    return _receipt()


@pytest.fixture
def token(attack: Attack, receipt: str) -> str:
    """Ask M-Pesa about it, and return the secret that M-Pesa alone gets."""
    services.ask_about_receipt(receipt=receipt, why="claim", now=clock.now())
    return attack.gateway.transaction_queries[-1][1].split("/")[-3]


@pytest.fixture
def others(attack: Attack) -> Transaction:
    """Open a prompt of the attacker's, of the same amount and time; it must stay unpaid."""
    deposit = attack.attacker.deposit(500).json()
    attack.look_again()
    return Transaction.objects.get(pk=deposit["transaction_id"])


def _post(token: str, body: bytes, what: str = "result", **headers: str) -> Any:
    client = Client(raise_request_exception=False)
    return client.post(f"{STATUS}{token}/{what}/", body, "application/json", headers=headers)


def _paid(receipt: str, **changes: Any) -> bytes:
    """Write that the victim paid KES 500 to us a moment ago."""
    now = clock.now().astimezone(EAT).strftime("%Y%m%d%H%M%S")
    fields = {"ReceiptNo": receipt, "FinalisedTime": now, "InitiatedTime": now, **changes}
    return result_body(**fields)


def _claim(app: App, receipt: str) -> None:
    services.make_claim(user=app.user, text=receipt, now=clock.now())


@pytest.mark.parametrize("guess", _GUESSES)
@pytest.mark.parametrize("what", ["result", "timeout"])
def test_a_guessed_token_moves_and_stores_nothing(
    attack: Attack, token: str, receipt: str, guess: str, what: str
) -> None:
    _claim(attack.victim, receipt)

    assert _post(guess, _paid(receipt), what).status_code == 404

    query = TransactionQuery.objects.get()
    assert (query.state, query.raw) == ("asked", None)


def test_a_receipt_read_off_the_victims_phone_credits_nobody_else(
    attack: Attack, token: str, receipt: str, others: Transaction
) -> None:
    _claim(attack.attacker, receipt)

    assert _post(token, _paid(receipt)).status_code == 200
    services.look_at_open_claims(now=clock.now() + timedelta(minutes=1))

    assert attack.attacker.balance == "0.00"
    assert Claim.objects.get().status == "OPEN"
    attack.allow_house_postings()


def test_nor_does_it_where_mpesa_masks_the_payer(
    attack: Attack, token: str, receipt: str, others: Transaction
) -> None:
    _claim(attack.attacker, receipt)

    _post(token, _paid(receipt, DebitPartyName="2541****001 - W*** K***"))
    services.look_at_open_claims(now=clock.now() + timedelta(minutes=1))

    assert attack.attacker.balance == "0.00"
    attack.allow_house_postings()


@pytest.mark.parametrize(
    "changes",
    [
        {"ReceiptNo": "PAIDBEFORE"},
        {"ReceiptNo": "ANOTHER001"},
        {"CreditPartyName": "600966 - The attacker's"},
        {"CreditPartyName": None},
        {"TransactionStatus": "Initiated"},
        {"TransactionStatus": "completed"},
        {"TransactionStatus": None},
        {"Amount": None},
        {"Amount": "-500.00"},
        {"ReceiptNo": None},
    ],
)
def test_an_answer_that_does_not_agree_moves_nothing(
    attack: Attack, token: str, receipt: str, changes: dict[str, Any]
) -> None:
    _claim(attack.victim, receipt)

    assert _post(token, _paid(receipt, **changes)).status_code == 200

    assert TransactionQuery.objects.get().verdict in {"foreign", "untrusted", "unclear"}
    assert not Receipt.objects.filter(number=receipt).exists()


def test_another_amount_settles_no_prompt(attack: Attack, token: str, receipt: str) -> None:
    _claim(attack.victim, receipt)

    _post(token, _paid(receipt, Amount="50000.00"))

    assert attack.victim.status(attack.transaction_id)["status"] == "PENDING"
    attack.allow_house_postings()


@pytest.mark.parametrize("body", [failure_body(1037), failure_body("2001"), b"", b"{}", b"[]"])
def test_a_failure_fails_nothing(attack: Attack, token: str, body: bytes) -> None:
    _post(token, body)

    assert attack.victim.status(attack.transaction_id)["status"] == "PENDING"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_a_stolen_token_from_elsewhere_moves_nothing(
    attack: Attack, token: str, receipt: str, settings: Any, header: str
) -> None:
    from ipaddress import ip_network

    settings.MPESA_CALLBACK_ALLOWED_IPS = [ip_network("196.201.214.0/24")]
    _claim(attack.victim, receipt)

    _post(token, _paid(receipt), **{header: "196.201.214.7"})

    assert TransactionQuery.objects.get().verdict == "untrusted"


def test_a_replayed_answer_credits_nothing_more(attack: Attack, token: str, receipt: str) -> None:
    _claim(attack.victim, receipt)
    body = _paid(receipt)
    _post(token, body)
    assert attack.victim.balance == "1200.00"
    attack.look_again()

    for _ in range(3):
        assert _post(token, body).status_code == 200
    _post(token, _paid(receipt, TransactionStatus="Reversed"))

    assert attack.victim.balance == "1200.00"


def test_the_token_is_in_no_log(
    attack: Attack, token: str, receipt: str, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    _post(token, b"<html>")
    _post(token, b"{}", "timeout")
    _post(token, b"{}", "nothing")

    written = capfd.readouterr()
    assert token not in caplog.text + written.out + written.err
    assert token not in repr(TransactionQuery.objects.values())
