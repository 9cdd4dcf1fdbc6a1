"""The drill: fifteen mishaps, from the console's home to a settled book.

Each one shows on the home, an operator settles it on the console's pages, the customer reads a true
sentence, and afterwards the ledger is sound and M-Pesa's book (the simulator's) is what wallets and
suspense hold. What the doctor says of outages (7 to 9) stands beside what the home says.
"""

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from common import clock
from operations.doctor import connections
from operations.needs import KINDS, SILENT_FROM, list_needs
from payments.models import Claim, SuspenseCase, Transaction
from payments.services import look_at_open_claims, reconcile_due_deposits
from payments.tests.building import OTHER_PHONE, PHONE, failure_body, house_balance, success_body
from payments.tests.mpesa_wire import make_gateway
from payments.tests.own_addresses import SimulatorProcess
from payments.tests.scripted_gateway import PAID, ScriptedGateway
from payments.tests.test_suspense_admin import clerk
from tests.flows.app import App, call_back
from tests.flows.test_statement_scenarios import (
    _simulator,
    mpesa,
    pay,
    press,
    row,
    settler,
    start,
    upload,
    uploader,
)
from users.models import Proposal, User
from wallet.models import LedgerAccount

__all__ = ["_simulator", "mpesa", "settler", "uploader"]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("as_application"),
]
WHY = "looked in M-Pesa's portal and statement"
WATCHER = "254788888885"
SECRET = "a-secret-that-only-mpesa-has-been-told"  # pragma: allowlist secret

#: Lists of a statement whose rows stand on the home until they are settled.
_ON_HOME = ("theirs_only", "fills", "reversal_untold")
Statements = Callable[..., str]


@pytest.fixture(autouse=True)
def _worker(as_application: None) -> Iterator[None]:
    """Let a worker be alive, so that only the mishap is on the home."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        # Alive also at the later moments at which a test looks at the home.
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + interval '9 days')"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")


@pytest.fixture
def decider() -> Client:
    """Sign in an operator who decides cases, with the second factor."""
    return clerk(
        "254788888883", "view_suspensecase", "change_suspensecase", "add_proposal",
        "view_proposal", "add_reversal", "view_transaction", "view_claim", "change_claim",
    )  # fmt: skip


@pytest.fixture
def approver() -> Client:
    """Sign in an operator who approves, with the second factor."""
    return clerk("254788888884", "view_suspensecase", "view_proposal", "change_proposal")


@pytest.fixture
def settle(
    mpesa: SimulatorProcess, uploader: Client, settler: Client, tmp_path: Path
) -> Statements:
    """Return what uploads M-Pesa's statement and presses a button of its page."""

    def bring(name: str, **form: Any) -> str:
        file = upload(uploader, mpesa, tmp_path)
        assert name not in _ON_HOME or waiting()["statements"] >= 1
        if "receipt" in form:
            form["row"] = row(form.pop("receipt"))
        return press(settler, file, list=name, **form)

    return bring


def read_home() -> dict[str, int]:
    """Return the home's lines as a superuser sees them: items by title.

    No other operator may have the rights to all of them: some exclude each other.
    """
    if not User.objects.filter(phone_number=WATCHER).exists():
        User.objects.create_superuser(WATCHER, "a-good-password")
    client = Client()
    client.force_login(User.objects.get(phone_number=WATCHER))
    page = client.get("/admin/")
    assert page.status_code == 200
    lines = re.findall(
        r'<li class="need".*?<h2>(.+?)</h2>.*?class="num count">(\d+)<', page.content.decode(), re.S
    )
    return {html.unescape(title): int(count) for title, count in lines}


def waiting(later: timedelta = timedelta(0)) -> dict[str, int]:
    """Return what stands on the home, so much later: how many of each kind."""
    names = {kind.title: kind.name for kind in KINDS}
    with patch.object(clock, "_SHIFT", clock._SHIFT + later):
        shown = {names[title]: count for title, count in read_home().items()}
        # Metrics and messages to operators are made of the same facts.
        needs = list_needs(now=clock.now())
    assert shown == {need.kind.name: need.count for need in needs}
    return shown


def decide(client: Client, case: SuspenseCase, name: str, **form: Any) -> None:
    """Decide a case on its page."""
    page = f"/admin/payments/suspensecase/{case.pk}/"
    assert client.get(f"{page}change/").status_code == 200
    answer = client.post(f"{page}decide/{name}/", {"reason": WHY, **form}, follow=True)
    text = answer.content.decode()
    assert 'class="success"' in text, text[text.find("messagelist") :][:400]


def approve(client: Client, amount: str) -> None:
    """Approve the proposal that waits on its page."""
    proposal = Proposal.objects.get(status="OPEN")
    page = f"/admin/users/proposal/{proposal.pk}/"
    assert client.get(f"{page}change/").status_code == 200
    sent = {"reason": WHY, "amount": amount, "looked": "on"}
    answer = client.post(f"{page}decide/approve/", sent, follow=True)
    assert "approve done" in answer.content.decode()


def assert_books_agree(mpesa: SimulatorProcess) -> None:
    """Hold the ledger against itself, and M-Pesa's book against wallets and suspense."""
    call_command("check_ledger")
    book = mpesa.control("GET", "/book")
    wallets = sum(app.balance or 0 for app in LedgerAccount.objects.filter(kind="customer"))
    at_mpesa = Decimal(book["total"] - book["reversed"])
    assert at_mpesa == wallets + house_balance("suspense") + house_balance("debts")
    assert at_mpesa == -house_balance("mpesa:174379")


def report(gateway: ScriptedGateway, deposit: Transaction, receipt: str, **reported: Any) -> None:
    """Deliver the callback of a payment to the address of the newest push."""
    checkout = reported.pop("checkout", deposit.checkout_request_id)
    reported.setdefault("amount", int(deposit.amount))
    call_back(gateway.pushes[-1].callback_url, success_body(checkout, receipt=receipt, **reported))


def the_case() -> SuspenseCase:
    """Return the one open case."""
    return SuspenseCase.objects.get(status="OPEN")


def test_1_a_lost_callback(
    mpesa: SimulatorProcess, gateway: ScriptedGateway, settle: Statements
) -> None:
    gateway.on_query = lambda _: PAID
    app = App()
    deposit = start(app, 500)
    receipt = pay(mpesa, 500, deposit.account_reference)
    app.enter_pin(deposit.pk)
    reconcile_due_deposits(now=clock.now())

    # Nobody has to do anything for the money; only the code comes from the statement.
    assert waiting() == {}
    status = app.status(deposit.pk)
    assert status["customer_message"] == "Payment received. KSh 500 is in your wallet."
    settle("fills", all="1")
    deposit.refresh_from_db()
    assert deposit.mpesa_receipt_number == receipt
    assert waiting() == {}
    assert_books_agree(mpesa)


def test_2_a_wrong_amount(
    mpesa: SimulatorProcess, gateway: ScriptedGateway, decider: Client
) -> None:
    app = App()
    deposit = start(app, 640)
    receipt = pay(mpesa, 640, deposit.account_reference)
    report(gateway, deposit, receipt, amount=1)
    assert waiting() == {"suspense": 1}
    assert "Do not pay again" in app.status(deposit.pk)["customer_message"]

    decide(decider, the_case(), "correct", amount="640")
    decide(decider, the_case(), "resolve")

    assert waiting() == {}
    status = app.status(deposit.pk)
    assert (status["status"], app.balance) == ("COMPLETED", "640.00")
    assert status["customer_message"] == "Payment received. KSh 640 is in your wallet."
    assert_books_agree(mpesa)


def test_3_a_receipt_that_is_used(
    mpesa: SimulatorProcess, gateway: ScriptedGateway, decider: Client, settle: Statements
) -> None:
    app, other = App(), App(OTHER_PHONE)
    first = start(app, 500)
    receipt = pay(mpesa, 500, first.account_reference)
    report(gateway, first, receipt)
    second = start(other, 500)
    report(gateway, second, receipt)
    assert waiting() == {"suspense": 1}

    decide(decider, the_case(), "not_in_books")

    assert other.balance == "0.00"
    assert other.status(second.pk)["status"] == "PENDING"
    assert "in your wallet" not in other.status(second.pk)["customer_message"]
    told = other.get(f"/api/payments/transactions/{second.pk}/timeline/")
    assert "there is no such payment" in str(told)
    assert waiting() == {}
    assert_books_agree(mpesa)


def test_4_a_second_payment(
    mpesa: SimulatorProcess,
    gateway: ScriptedGateway,
    decider: Client,
    uploader: Client,
    tmp_path: Path,
) -> None:
    # M-Pesa refuses the same amount again within two minutes, unless told.
    mpesa.control("PATCH", "/settings", {"two_minute_seconds": 0})
    app = App()
    deposit = start(app, 500)
    report(gateway, deposit, pay(mpesa, 500, deposit.account_reference))
    again = pay(mpesa, 500, deposit.account_reference)
    report(gateway, deposit, again)
    assert waiting() == {"suspense": 1}

    # An operator pays it back in M-Pesa's portal, and says so here.
    mpesa.control("POST", f"/payments/{again}/reverse")
    decide(decider, the_case(), "refunded")

    assert waiting() == {}
    assert app.balance == "500.00"
    told = app.get(f"/api/payments/transactions/{deposit.pk}/timeline/")
    assert "M-PESA paid this money back" in str(told)
    assert_books_agree(mpesa)
    # After 72 hours without a statement the home asks for it; the statement has it.
    assert waiting(timedelta(hours=73)).get("refunds_unseen") == 1
    upload(uploader, mpesa, tmp_path)
    assert "refunds_unseen" not in waiting(timedelta(hours=73))
    case = SuspenseCase.objects.get()
    page = decider.get(f"/admin/payments/suspensecase/{case.pk}/change/").content.decode()
    assert "seen in M-PESA&#x27;s statement" in page


def test_5_another_checkout_that_nobody_paid(
    mpesa: SimulatorProcess, gateway: ScriptedGateway, decider: Client
) -> None:
    app = App()
    deposit = start(app, 820)
    report(gateway, deposit, "NLJ7RT61SV", checkout="ws_CO_other")
    assert waiting() == {"suspense": 1}

    decide(decider, the_case(), "not_in_books")

    assert waiting() == {}
    status = app.status(deposit.pk)
    assert (status["status"], app.balance) == ("PENDING", "0.00")
    assert "in your wallet" not in status["customer_message"]
    told = app.get(f"/api/payments/transactions/{deposit.pk}/timeline/")
    assert "there is no such payment" in str(told)
    assert_books_agree(mpesa)


@pytest.mark.parametrize("fault", ["push.waf_503", "push.reset"])
def test_6_m_pesa_is_down(
    mpesa: SimulatorProcess,
    gateway: ScriptedGateway,
    settle: Statements,
    fault: str,
) -> None:
    """6 and 6b: a firewall's page, and connections that are reset."""
    pay(mpesa, 10, "rent")
    mpesa.control("PUT", "/faults", {"probabilities": {fault: 1.0}})
    gateway.on_push = make_gateway(base_url=mpesa.url, now=clock.now).push
    app = App()
    app.deposit(500)
    deposit = Transaction.objects.get()
    assert deposit.status == "PENDING"
    assert "failed" not in app.status(deposit.pk)["customer_message"].lower()

    reconcile_due_deposits(now=clock.now() + timedelta(minutes=20))

    assert waiting(timedelta(minutes=20)) == {"no_answer": 1}
    mpesa.control("PUT", "/faults", {"probabilities": {}})
    pay(mpesa, 11, "rent")
    settle("theirs_only", all="1")
    settle("unpaid", row=deposit.pk)
    assert app.status(deposit.pk)["status"] == "FAILED"
    # A statement may lack what M-PESA took another way, so nothing is denied.
    assert app.status(deposit.pk)["money"] == "unknown"
    assert "no_answer" not in waiting()
    assert_books_agree(mpesa)


@pytest.mark.parametrize(
    ("fault", "prompts", "says", "why"),
    [
        ("oauth.empty_400", 1, "refuses MPESA_CONSUMER_KEY", "rejects our keys or passkey"),
        ("oauth.reset", SILENT_FROM, "was not reached", "it was not reached"),
    ],
)
def test_7_a_wrong_key(
    mpesa: SimulatorProcess,
    gateway: ScriptedGateway,
    fault: str,
    prompts: int,
    says: str,
    why: str,
) -> None:
    """7, and 6b where no token is to be had."""
    mpesa.control("PUT", "/faults", {"probabilities": {fault: 1.0}})
    app = App()
    for _ in range(prompts):
        gateway.on_push = make_gateway(base_url=mpesa.url, now=clock.now).push
        app.deposit(500)

    assert waiting() == {"prompts_fail": prompts}
    assert why in list_needs(now=clock.now())[0].why
    found = connections.check_credentials(make_gateway(base_url=mpesa.url, now=clock.now))
    assert (found.level.value, says in found.says) == ("problem", True)
    assert_told_that_nothing_was_sent(app)
    assert_books_agree(mpesa)

    # Mended: the first prompt that M-PESA accepts ends the line.
    mpesa.control("PUT", "/faults", {"probabilities": {fault: 0.0}})
    gateway.on_push = gateway.accept
    # Of another customer: the first one has had as many prompts as anybody may for now.
    assert App(OTHER_PHONE).deposit(500).status_code == 200
    assert waiting() == {}
    assert (
        connections.check_credentials(make_gateway(base_url=mpesa.url, now=clock.now)).level.value
        == "ok"
    )


def assert_told_that_nothing_was_sent(app: App) -> None:
    """Hold what the customer reads of each deposit against what happened: no prompt came."""
    for deposit in Transaction.objects.all():
        status = app.status(deposit.pk)
        assert (status["status"], status["money"]) == ("FAILED", "not_moved")
        assert "in your wallet" not in status["customer_message"]
    assert app.balance == "0.00"


def test_7b_a_wrong_passkey(
    mpesa: SimulatorProcess, gateway: ScriptedGateway, caplog: pytest.LogCaptureFixture
) -> None:
    mpesa.control("PUT", "/faults", {"probabilities": {"push.wrong_credentials": 1.0}})
    gateway.on_push = make_gateway(base_url=mpesa.url, now=clock.now).push
    app = App()

    app.deposit(500)

    status = app.status(Transaction.objects.get().pk)
    assert (status["status"], status["money"]) == ("FAILED", "not_moved")
    assert [record.levelname for record in caplog.records if "refused" in record.getMessage()]
    # The customer is told no more than is true, and the home says whose fault it is.
    assert waiting() == {"prompts_fail": 1}
    (need,) = list_needs(now=clock.now())
    assert (need.kind.name, need.count) == ("prompts_fail", 1)
    assert "rejects our keys or passkey" in need.why
    assert need.kind.pages
    assert_books_agree(mpesa)

    # Mended: the first prompt that M-PESA takes ends the line.
    gateway.on_push = gateway.accept
    app.deposit(500)
    assert waiting() == {}


def test_8_a_clock_that_is_wrong(mpesa: SimulatorProcess, gateway: ScriptedGateway) -> None:
    """M-Pesa rejects the password of a time that is not its own; the simulator has to be told."""
    real = make_gateway(base_url=mpesa.url, now=clock.now)
    assert connections.check_clock(real).level.value == "ok"
    mpesa.control("PUT", "/faults", {"probabilities": {"push.wrong_credentials": 1.0}})
    gateway.on_push = real.push
    app = App()

    with patch.object(clock, "_SHIFT", timedelta(minutes=-90)):
        app.deposit(500)
        assert waiting() == {"prompts_fail": 1}
        assert connections.check_clock(real).level.value == "problem"
        assert_told_that_nothing_was_sent(app)

    # Set right: the customer can pay at once, and not only after the 90 minutes.
    mpesa.control("PUT", "/faults", {"probabilities": {}})
    gateway.on_push = gateway.accept
    assert app.deposit(500).status_code == 200
    assert waiting() == {}
    assert connections.check_clock(real).level.value == "ok"
    assert_books_agree(mpesa)


def test_9_a_stuck_worker(mpesa: SimulatorProcess, gateway: ScriptedGateway) -> None:
    app = App()
    deposit = start(app, 500)
    pay(mpesa, 500, deposit.account_reference)
    assert waiting() == {}

    # Its callback is lost, and nobody asks.
    report_of_worker("5 min")
    assert waiting() == {"worker": 1}
    assert connections.check_worker().level.value == "problem"
    status = app.status(deposit.pk)
    assert (status["status"], status["money"]) != ("FAILED", "not_moved")
    assert "in your wallet" not in status["customer_message"]

    # Started again, it asks.
    report_of_worker("0 min")
    gateway.on_query = lambda _: PAID
    app.enter_pin(deposit.pk)
    reconcile_due_deposits(now=clock.now())
    assert waiting() == {}
    assert app.status(deposit.pk)["customer_message"] == (
        "Payment received. KSh 500 is in your wallet."
    )
    assert_books_agree(mpesa)


def report_of_worker(ago: str) -> None:
    """Let the worker's newest heartbeat be so long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - %s::interval", [ago]
        )


def test_10_forged_callbacks(mpesa: SimulatorProcess, gateway: ScriptedGateway) -> None:
    app = App()
    deposit = start(app, 500)
    url = gateway.pushes[-1].callback_url
    forged = success_body(deposit.checkout_request_id or "", receipt="NLJ7RT61SV")

    call_back(url[: url.index("callback/") + len("callback/")], forged)
    call_back(f"{url.rstrip('/')[:-4]}xxxx/", forged)

    status = app.status(deposit.pk)
    assert (status["status"], app.balance) == ("PENDING", "0.00")
    assert "in your wallet" not in status["customer_message"]
    assert waiting() == {}
    assert_books_agree(mpesa)


def test_11_everything_is_lost(
    mpesa: SimulatorProcess, gateway: ScriptedGateway, settle: Statements
) -> None:
    mpesa.control("PUT", "/faults", {"probabilities": {"push.reset": 1.0}})
    gateway.on_push = make_gateway(base_url=mpesa.url, now=clock.now).push
    app = App()
    app.deposit(500)
    deposit = Transaction.objects.get()
    mpesa.control("PUT", "/faults", {"probabilities": {}})
    receipt = pay(mpesa, 500, deposit.account_reference)
    reconcile_due_deposits(now=clock.now() + timedelta(minutes=20))
    assert waiting(timedelta(minutes=20)) == {"no_answer": 1}

    settle("theirs_only", receipt=receipt)

    assert waiting() == {}
    status = app.status(deposit.pk)
    assert status["customer_message"] == "Payment received. KSh 500 is in your wallet."
    assert_books_agree(mpesa)


def test_12_denied_and_paid(
    mpesa: SimulatorProcess, gateway: ScriptedGateway, settle: Statements, settings: Any
) -> None:
    settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, SECRET
    app = App()
    deposit = start(app, 777)
    receipt = pay(mpesa, 777, deposit.account_reference)
    body = failure_body(deposit.checkout_request_id or "", result_code=1037)
    call_back(gateway.pushes[-1].callback_url, body)
    assert app.status(deposit.pk)["status"] == "FAILED"
    # The customer says that they paid, and names the code; M-Pesa has reported no such payment.
    assert app.claim(receipt).status_code == 202
    later = Claim.objects.get().ends_at + timedelta(minutes=1)
    look_at_open_claims(now=later)
    assert waiting(later - clock.now())["claims"] == 1

    settle("theirs_only", receipt=receipt)

    # The worker's next pass ends the claim, and nobody is sent to look for the money.
    look_at_open_claims(now=later)
    assert waiting() == {}
    assert "claims" not in waiting(later - clock.now())
    [claim] = app.get("/api/payments/claims/")["results"]
    assert (claim["status"], claim["transaction_id"]) == ("credited", deposit.pk)
    assert claim["customer_message"] == f"Payment {receipt} is in your wallet."
    status = app.status(deposit.pk)
    assert (status["status"], app.balance) == ("COMPLETED", "777.00")
    assert status["customer_message"] == "Payment received. KSh 777 is in your wallet."
    assert_books_agree(mpesa)


def test_13_paid_by_hand_without_an_account(
    mpesa: SimulatorProcess,
    gateway: ScriptedGateway,
    settings: Any,
    decider: Client,
    approver: Client,
) -> None:
    settings.PAYBILL_ENABLED, settings.PAYBILL_URL_SECRET = True, SECRET
    app = App()
    receipt = pay(mpesa, 500, "my wallet")
    told = {"TransID": receipt, "TransAmount": "500.00", "BillRefNumber": "my wallet"}
    Client().post(
        f"/api/payments/paybill/{SECRET}/confirmation/",
        json.dumps(told),
        content_type="application/json",
    )
    assert waiting() == {"suspense": 1}

    decide(decider, the_case(), "propose", phone_number=PHONE)
    assert waiting() == {"suspense": 1, "proposals": 1}
    approve(approver, "500")

    assert waiting() == {}
    assert app.balance == "500.00"
    deposit = Transaction.objects.get()
    assert app.status(deposit.pk)["customer_message"] == (
        "Payment received. KSh 500 is in your wallet."
    )
    assert_books_agree(mpesa)


def test_13b_one_payment_by_hand_for_two(
    mpesa: SimulatorProcess,
    gateway: ScriptedGateway,
    decider: Client,
    approver: Client,
) -> None:
    """A brother paid 800: 500 for the deposit's own customer, and 300 for another."""
    app, other = App(), App(OTHER_PHONE)
    deposit = start(app, 500)
    report(gateway, deposit, pay(mpesa, 800, deposit.account_reference), amount=800)
    assert waiting() == {"suspense": 1}

    decide(
        decider, the_case(), "split",
        phone_1=PHONE, amount_1="500", phone_2=OTHER_PHONE, amount_2="300",
    )  # fmt: skip
    approve(approver, "800")

    assert waiting() == {}
    assert (app.balance, other.balance) == ("500.00", "300.00")
    assert app.status(deposit.pk)["status"] == "COMPLETED"
    told = app.get(f"/api/payments/transactions/{deposit.pk}/timeline/")
    assert "This payment was for several customers. Your share, KSh 500" in str(told)
    line = other.get("/api/wallet/entries/")["results"][0]
    assert (line["amount"], "a share of it" in line["description"]) == ("300.00", True)
    assert_books_agree(mpesa)


def test_14_a_reversal(
    mpesa: SimulatorProcess, gateway: ScriptedGateway, settle: Statements
) -> None:
    app = App()
    deposit = start(app, 500)
    receipt = pay(mpesa, 500, deposit.account_reference)
    report(gateway, deposit, receipt)
    mpesa.control("POST", f"/payments/{receipt}/reverse")

    page = settle("reversal_untold", all="1")

    assert "1 taken back" in page
    assert waiting() == {}
    assert app.balance == "0.00"
    assert "M-PESA took" in app.status(deposit.pk)["customer_message"]
    assert_books_agree(mpesa)


def test_15_a_case_that_went_to_the_wrong_customer(
    mpesa: SimulatorProcess,
    gateway: ScriptedGateway,
    decider: Client,
    approver: Client,
) -> None:
    app, wrong = App(), App(OTHER_PHONE)
    deposit = start(app, 820)
    receipt = pay(mpesa, 820, deposit.account_reference)
    report(gateway, deposit, receipt, checkout="ws_CO_other")
    assert waiting() == {"suspense": 1}
    decide(decider, the_case(), "propose", phone_number=OTHER_PHONE)
    approve(approver, "820")
    assert wrong.balance == "820.00"

    # The payer gets the money back in M-Pesa's portal, and the wrong customer's credit goes.
    mpesa.control("POST", f"/payments/{receipt}/reverse")
    decide(decider, SuspenseCase.objects.get(), "reverse")

    assert waiting() == {}
    assert (app.balance, wrong.balance) == ("0.00", "0.00")
    line = wrong.get("/api/wallet/entries/")["results"][0]
    assert (line["amount"], line["description"].partition(":")[0]) == ("-820.00", "Reversed")
    assert "Payment received" not in app.status(deposit.pk)["customer_message"]
    assert_books_agree(mpesa)
