"""Mishaps settled from M-Pesa's statement in the admin; then both books agree to the cent.

The simulator keeps M-Pesa's book. Of its payments we hear only what a test tells us.
"""

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from django.core.management import call_command
from django.test import Client

from common import clock
from payments import statement_selectors
from payments.gateway import OutcomeUnknown
from payments.models import Debt, StatementImport, StatementRow, SuspenseCase, Transaction
from payments.services import (
    dismiss_suspense_case,
    reconcile_due_deposits,
    resolve_suspense_case,
)
from payments.services.statement_uploads import import_next_upload
from payments.services.suspense import Dismissal
from payments.tests.building import (
    OTHER_PHONE,
    PHONE,
    failure_body,
    house_balance,
    success_body,
)
from payments.tests.own_addresses import SimulatorProcess, simulating
from payments.tests.scripted_gateway import PAID, ScriptedGateway
from payments.tests.test_suspense_admin import clerk
from tests.flows.app import App, call_back
from tests.sql.calling import spend
from users.models import User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("as_application"),
]
ADD = "/admin/payments/statementimport/add/"
REASON = "seen in the portal"


@pytest.fixture(scope="module")
def _simulator() -> Iterator[SimulatorProcess]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with simulating(port) as running:
        yield running


@pytest.fixture
def mpesa(_simulator: SimulatorProcess) -> SimulatorProcess:
    """Return M-Pesa, with an empty book."""
    _simulator.forget()
    return _simulator


@pytest.fixture
def uploader() -> Client:
    """Sign in the operator who uploads."""
    return clerk("254788888881", "view_statementimport", "add_statementimport")


@pytest.fixture
def settler() -> Client:
    """Sign in the operator who settles."""
    return clerk(
        "254788888882", "view_statementimport", "change_statementrow", "change_suspensecase"
    )


def pay(mpesa: SimulatorProcess, amount: int, reference: str | None) -> str:
    """Let M-Pesa take a payment, and return its receipt."""
    paid = mpesa.control(
        "POST", f"/customers/{PHONE}/pay", {"amount": amount, "account_reference": reference}
    )
    return str(paid["receipt"])


def start(app: App, amount: int) -> Transaction:
    """Start a deposit, and return it."""
    return Transaction.objects.get(pk=app.deposit(amount).json()["transaction_id"])


def upload(
    uploader: Client, mpesa: SimulatorProcess, folder: Path, form: str = "A", kind: str = "csv"
) -> StatementImport:
    """Download M-Pesa's statement, upload it, and return what was stored."""
    query = {"format": form, "file": kind}
    answer = httpx.get(f"{mpesa.url}/control/statement", params=query, trust_env=False)
    named = re.search(r"''(.+)$", answer.headers["Content-Disposition"])
    assert named is not None
    path = folder / httpx.URL(f"http://x/{named[1]}").path.lstrip("/")
    path.write_bytes(answer.content if form != "A" or kind != "csv" else _spread(answer.text))
    # The newest movement was moved on: the file is of an evening that is still to come.
    with path.open("rb") as file, patch.object(clock, "_SHIFT", timedelta(hours=3)):
        sent = uploader.post(ADD, {"file": file})
        if "imported before" in sent.content.decode():
            # M-Pesa wrote the very same file within the same second.
            return StatementImport.objects.latest("pk")
        import_next_upload(now=clock.now())
        page = uploader.get(sent["Location"], follow=True).content.decode()
    assert "Our books less" in page, page[page.find("errorlist") :][:300]
    return StatementImport.objects.latest("pk")


def _spread(text: str) -> bytes:
    """Move the oldest movement two hours back, and the newest two hours on: a day's statement."""
    rows = [line for line in text.splitlines() if re.match(r"[A-Z0-9]{10},", line)]
    for row, hours in ((rows[0], 2), (rows[-1], -2)):
        written = row.split(",")[1]
        moved = _read(written, "%d-%m-%Y %H:%M:%S") + timedelta(hours=hours)
        text = text.replace(row, row.replace(written, f"{moved:%d-%m-%Y %H:%M:%S}"))
    period = re.search(r"From,([\d-]+) 00:00:00,To,([\d-]+) 23:59:59", text)
    assert period is not None
    first, last = (_read(day, "%d-%m-%Y") for day in period.groups())
    wide = (
        f"From,{first - timedelta(days=1):%d-%m-%Y} 00:00:00,"
        f"To,{last + timedelta(days=1):%d-%m-%Y} 23:59:59"
    )
    return text.replace(period[0], wide).encode()


def _read(written: str, form: str) -> datetime:
    return datetime.strptime(written, form).replace(tzinfo=UTC)


def press(settler: Client, file: StatementImport, **form: Any) -> str:
    """Press a button of the statement's page."""
    url = f"/admin/payments/statementimport/{file.pk}/change/"
    if "all" in form:
        form = {"count": len(statement_selectors.list_waiting(file, form["list"])), **form}
    return str(settler.post(url, {"reason": REASON, **form}, follow=True).content.decode())


def row(receipt: str) -> int:
    """Return the payment's row in the newest statement."""
    return StatementRow.objects.filter(kind="payment", receipt=receipt).latest("pk").pk


def assert_both_books_agree(mpesa: SimulatorProcess, file: StatementImport) -> None:
    """Hold our ledger against itself, and against what M-Pesa really took."""
    call_command("check_ledger")
    book = mpesa.control("GET", "/book")
    assert -house_balance("mpesa:174379") == Decimal(book["total"] - book["reversed"])
    assert statement_selectors.summarise(file).difference == 0


class TestMishaps:
    def test_wrong_amount(
        self, mpesa: SimulatorProcess, gateway: ScriptedGateway, uploader: Client,
        settler: Client, tmp_path: Path,
    ) -> None:  # fmt: skip
        """Mishap 2: asked and paid 640, and the callback said 1."""
        app = App()
        deposit = start(app, 640)
        receipt = pay(mpesa, 640, deposit.account_reference)
        body = success_body(deposit.checkout_request_id or "", amount=1, receipt=receipt)
        call_back(gateway.pushes[0].callback_url, body)
        assert app.balance == "0.00"

        file = upload(uploader, mpesa, tmp_path)
        assert file.difference == -639
        press(settler, file, list="amount_differs", row=row(receipt))

        assert app.balance == "640.00"
        assert app.status(deposit.pk)["status"] == "COMPLETED"
        assert house_balance("suspense") == 0
        assert_both_books_agree(mpesa, file)

    def test_a_case_that_is_not_in_the_books(
        self, mpesa: SimulatorProcess, gateway: ScriptedGateway, uploader: Client,
        settler: Client, tmp_path: Path,
    ) -> None:  # fmt: skip
        """Mishap 5: a callback named another checkout and 820 that nobody paid."""
        app = App()
        first = pay(mpesa, 10, "rent")
        deposit = start(app, 820)
        call_back(
            gateway.pushes[0].callback_url, success_body("ws_CO_other", amount=820, receipt=_code())
        )
        last = pay(mpesa, 11, "rent")
        case = SuspenseCase.objects.get()

        file = upload(uploader, mpesa, tmp_path)
        assert file.difference == 799
        press(settler, file, list="ours_only", row=case.pk)
        press(settler, file, list="theirs_only", all="1")

        case.refresh_from_db()
        assert (case.status, case.decision) == ("RESOLVED", "not_in_books")
        assert (app.balance, house_balance("suspense")) == ("0.00", 21)
        assert StatementRow.objects.filter(receipt__in=[first, last], verdict="held").count() == 2
        assert_both_books_agree(mpesa, file)
        # The statement covers the deposit's time and lacks it as well.
        deposit.refresh_from_db()
        press(settler, file, list="unpaid", row=deposit.pk)
        assert app.status(deposit.pk)["status"] == "FAILED"
        assert_both_books_agree(mpesa, file)

    @pytest.mark.parametrize("is_given", [False, True])
    def test_a_wrong_decision_about_a_case_is_undone(
        self, mpesa: SimulatorProcess, gateway: ScriptedGateway, uploader: Client,
        settler: Client, tmp_path: Path, is_given: bool,
    ) -> None:  # fmt: skip
        """The callback said 1 of 640; the case was closed as in no book, or given with 1."""
        app = App()
        deposit = start(app, 640)
        receipt = pay(mpesa, 640, deposit.account_reference)
        body = success_body(deposit.checkout_request_id or "", amount=1, receipt=receipt)
        call_back(gateway.pushes[0].callback_url, body)
        case = SuspenseCase.objects.get()
        decided: dict[str, Any] = {
            "case": case,
            "operator": User.objects.get(phone_number="254788888881"),
            "reason": REASON,
            "now": clock.now(),
        }
        if is_given:
            resolve_suspense_case(user=app.user, **decided)
        else:
            not_in_books = Dismissal(SuspenseCase.Decision.NOT_IN_BOOKS)
            dismiss_suspense_case(dismissal=not_in_books, **decided)

        file = upload(uploader, mpesa, tmp_path)
        assert file.difference == (-639 if is_given else -640)
        page = press(settler, file, list="amount_differs", row=row(receipt))

        assert "1 credited" in page
        assert app.balance == "640.00"
        assert app.status(deposit.pk)["status"] == "COMPLETED"
        assert_both_books_agree(mpesa, file)

    @pytest.mark.parametrize(
        ("form", "kind"), [("A", "csv"), ("A", "xlsx"), ("B", "csv"), ("D", "xlsx")]
    )
    def test_everything_lost(
        self, mpesa: SimulatorProcess, gateway: ScriptedGateway, uploader: Client,
        settler: Client, tmp_path: Path, form: str, kind: str,
    ) -> None:  # fmt: skip
        """Mishap 11: the push answer and every callback are lost, and the worker cannot ask."""
        gateway.on_push = _lost
        app = App()
        app.deposit(500)
        deposit = Transaction.objects.get()
        assert deposit.checkout_request_id is None
        receipt = pay(mpesa, 500, deposit.account_reference)

        file = upload(uploader, mpesa, tmp_path, form, kind)
        page = press(settler, file, list="theirs_only", row=row(receipt))

        assert "1 credited" in page
        assert app.balance == "500.00"
        assert app.status(deposit.pk)["status"] == "COMPLETED"
        assert_both_books_agree(mpesa, file)

    def test_denied_and_paid(
        self, mpesa: SimulatorProcess, gateway: ScriptedGateway, uploader: Client,
        settler: Client, tmp_path: Path,
    ) -> None:  # fmt: skip
        """Mishap 12: M-Pesa reported 1037, and had taken 777."""
        app = App()
        deposit = start(app, 777)
        pay(mpesa, 777, deposit.account_reference)
        checkout = deposit.checkout_request_id or ""
        call_back(gateway.pushes[0].callback_url, failure_body(checkout, result_code=1037))
        assert app.status(deposit.pk)["status"] == "FAILED"

        file = upload(uploader, mpesa, tmp_path)
        press(settler, file, list="theirs_only", all="1")

        assert app.balance == "777.00"
        assert_both_books_agree(mpesa, file)

    @pytest.mark.parametrize("is_spent", [False, True])
    def test_reversal(
        self, mpesa: SimulatorProcess, gateway: ScriptedGateway, uploader: Client,
        settler: Client, tmp_path: Path, is_spent: bool,
    ) -> None:  # fmt: skip
        """Mishap 14: M-Pesa took back a payment that was credited."""
        app = App()
        deposit = start(app, 500)
        receipt = pay(mpesa, 500, deposit.account_reference)
        body = success_body(deposit.checkout_request_id or "", receipt=receipt)
        call_back(gateway.pushes[0].callback_url, body)
        assert app.balance == "500.00"
        if is_spent:
            spend(app.user, 200)
        mpesa.control("POST", f"/payments/{receipt}/reverse")

        file = upload(uploader, mpesa, tmp_path)
        assert file.difference == 500
        page = press(settler, file, list="reversal_untold", all="1")

        assert "1 taken back" in page
        assert app.balance == "0.00"
        assert [debt.amount for debt in Debt.objects.all()] == ([200] if is_spent else [])
        assert statement_selectors.summarise(file).difference == 0
        if is_spent:
            debts = clerk("254788888883", "view_debt")
            assert "200.00" in debts.get("/admin/payments/debt/").content.decode()
        else:
            assert_both_books_agree(mpesa, file)

    def test_a_credit_by_query_gets_its_receipt(
        self, mpesa: SimulatorProcess, gateway: ScriptedGateway, uploader: Client,
        settler: Client, tmp_path: Path,
    ) -> None:  # fmt: skip
        """Mishap 1: the callback is lost, and the query names no receipt."""
        gateway.on_query = lambda _: PAID
        app = App()
        deposit = start(app, 500)
        receipt = pay(mpesa, 500, deposit.account_reference)
        app.enter_pin(deposit.pk)
        reconcile_due_deposits(now=clock.now())
        assert app.balance == "500.00"

        file = upload(uploader, mpesa, tmp_path)
        press(settler, file, list="fills", all="1")

        deposit.refresh_from_db()
        assert deposit.mpesa_receipt_number == receipt
        assert app.balance == "500.00"
        assert_both_books_agree(mpesa, file)

    def test_all_of_a_week_at_once(
        self, mpesa: SimulatorProcess, gateway: ScriptedGateway, uploader: Client,
        settler: Client, tmp_path: Path, settings: Any,
    ) -> None:  # fmt: skip
        """By hand, a stranger's, a sweep, and a large one that the uploader must not settle."""
        settings.PAYBILL_ENABLED = True
        settings.PAYBILL_URL_SECRET = "a-secret-that-only-mpesa-has-been-told"
        app, other = App(), App(OTHER_PHONE)
        large = start(other, 12_000)
        number = app.get("/api/payments/paybill/")["account_number"]
        by_hand = pay(mpesa, 250, number)
        pay(mpesa, 99, "school fees")
        big = pay(mpesa, 12_000, large.account_reference)
        mpesa.control("POST", "/shortcodes/174379/sweep", {"amount": 5000})

        file = upload(uploader, mpesa, tmp_path)
        assert "Not for your rights" in press(uploader, file, list="theirs_only", row=row(big))
        assert other.balance == "0.00"
        page = press(settler, file, list="theirs_only", all="1")

        assert "2 credited" in page
        assert "1 held in suspense" in page
        assert (app.balance, other.balance) == ("250.00", "12000.00")
        assert house_balance("suspense") == 99
        assert StatementRow.objects.get(receipt=by_hand, kind="payment").verdict == "applied"
        assert_both_books_agree(mpesa, file)
        # The worker, late callbacks and the file once more change nothing.
        press(settler, file, list="theirs_only", all="1")
        assert_both_books_agree(mpesa, file)


def _code() -> str:
    return "NLJ7RT61SV"


def _lost(*_: Any) -> Any:
    raise OutcomeUnknown("ReadTimeout")
