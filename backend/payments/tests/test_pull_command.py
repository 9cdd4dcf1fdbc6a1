"""`manage.py pull`, against Daraja's simulator over HTTP. Our addresses are not registered there,
so that every confirmation is lost.
"""

import itertools
import socket
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from common import clock
from payments import audit
from payments.models import PaybillAccount, PulledRow, PullRun
from payments.services.pull import pull_recent_payments
from payments.tests.building import PHONE, make_deposit, money, receive, success_body
from payments.tests.own_addresses import SimulatorProcess, paybill_settings, simulating
from payments.tests.services.test_paybill import NUMBER, REFERENCE
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

_NUMBER = "254722000000"
_CALLBACK_URL = "http://127.0.0.1:9/api/payments/callback/"
_amounts = itertools.count(100)


@pytest.fixture(scope="module")
def _simulator() -> Iterator[SimulatorProcess]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with simulating(port) as running:
        yield running


@pytest.fixture
def unregistered(
    settings: Any, _simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> SimulatorProcess:
    """Return the simulator, which keeps no list for our short code yet."""
    _simulator.forget()
    for name, value in paybill_settings(_CALLBACK_URL, _simulator.url).items():
        setattr(settings, name, value)
    settings.PULL_ENABLED, settings.PULL_NOMINATED_NUMBER = True, _NUMBER
    # M-Pesa's list ends before the second that is asked for.
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + timedelta(seconds=2))
    monkeypatch.setattr("payments.mpesa_integration.PULL_WAITS_S", (0, 0, 0))
    return _simulator


@pytest.fixture
def simulator(unregistered: SimulatorProcess) -> SimulatorProcess:
    """Return the simulator, with the list kept for our short code."""
    assert pull("--register")[0] == 0
    return unregistered


@pytest.fixture
def numbered(customer: User) -> User:
    """Return a customer with the account number NUMBER."""
    PaybillAccount.objects.create(user=customer, number=NUMBER)
    return customer


def pull(*arguments: str) -> tuple[int, str]:
    """Run the command as `manage.py` does; return its exit status and what it wrote."""
    out = StringIO()
    try:
        call_command("pull", *arguments, stdout=out, stderr=out, skip_checks=True)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def pay(simulator: SimulatorProcess, account: str = NUMBER, amount: int | None = None) -> int:
    """Pay by hand; return the amount."""
    amount = amount or next(_amounts)
    body = {"amount": amount, "account_reference": account}
    simulator.control("POST", f"/customers/{PHONE}/pay", body)
    return amount


def table(written: str) -> dict[str, int]:
    """Return the numbers of the table."""
    lines = (line.rsplit(maxsplit=1) for line in written.splitlines())
    return {name: int(count) for name, count in filter(lambda line: len(line) == 2, lines)
            if count.isdigit()}  # fmt: skip


class TestLostConfirmations:
    def test_they_are_credited_and_a_second_pull_knows_them(
        self, simulator: SimulatorProcess, numbered: User
    ) -> None:
        paid = pay(simulator) + pay(simulator)
        held = pay(simulator, "JANE")

        status, written = pull()

        assert status == 0, written
        assert table(written) == {
            "rows": 3, "credited": 2, "receipts filled": 0, "held": 1, "known already": 0,
            "unreadable": 0, "not settled": 0,
        }  # fmt: skip
        assert "M-Pesa: Success" in written
        assert money(numbered) == (paid, held)
        status, written = pull("--hours", "48")
        assert (status, table(written)["known already"]) == (0, 3)
        assert money(numbered) == (paid, held)
        assert list(audit.find_problems()) == []

    def test_so_are_callbacks_and_missing_receipts(
        self, simulator: SimulatorProcess, numbered: User
    ) -> None:
        deposit = make_deposit(numbered, account_reference=REFERENCE)
        pay(simulator, REFERENCE, 500)

        assert table(pull()[1])["credited"] == 1
        deposit.refresh_from_db()
        assert deposit.status == "COMPLETED"
        assert money(numbered) == (500, 0)

    @pytest.mark.parametrize("paging", ["row", "page"])
    @pytest.mark.parametrize("size", [1, 2, 3, 100])
    def test_every_page_comes_in_both_readings_of_the_offset(
        self, simulator: SimulatorProcess, numbered: User, paging: str, size: int
    ) -> None:
        simulator.control("PATCH", "/settings", {"pull_paging": paging, "pull_page_size": size})
        paid = sum(pay(simulator) for _ in range(7))

        status, written = pull()

        assert (status, table(written)["credited"]) == (0, 7), written
        assert money(numbered) == (paid, 0)

    @pytest.mark.parametrize(
        "shape",
        [
            "spaced_keys", "flat", "empty_list", "plain_date", "number_amount", "text_phone",
            "masked_phone", "short_phone", "named_sender",
        ],
    )  # fmt: skip
    def test_every_form_is_read(
        self, simulator: SimulatorProcess, numbered: User, shape: str
    ) -> None:
        paid = pay(simulator)
        simulator.control("PUT", "/faults", {"probabilities": {f"pull_shape.{shape}": 1}})

        status, written = pull()

        assert (status, table(written)["credited"]) == (0, 1), written
        assert money(numbered) == (paid, 0)
        assert PHONE not in str(PulledRow.objects.get().raw)

    def test_the_worker_pulls_the_same(self, simulator: SimulatorProcess, numbered: User) -> None:
        paid = pay(simulator)

        report = pull_recent_payments(now=clock.now())

        assert report is not None
        assert report.counts["credited"] == 1
        assert money(numbered) == (paid, 0)


class TestThreeKindsOf1001:
    def test_registered_already_is_a_success(self, simulator: SimulatorProcess) -> None:
        status, written = pull("--register")

        assert status == 0
        assert "as before" in written

    def test_a_quiet_hour_is_one(self, simulator: SimulatorProcess) -> None:
        status, written = pull()

        assert (status, table(written)["rows"]) == (0, 0)
        assert "we know of none" in written
        assert PullRun.objects.get().outcome == "quiet"

    @pytest.mark.parametrize("is_registered", [True, False])
    def test_a_list_that_is_not_kept_is_an_error(
        self, unregistered: SimulatorProcess, customer: User, is_registered: bool
    ) -> None:
        if is_registered:
            pull("--register")
            unregistered.control("PUT", "/faults", {"probabilities": {"pull.not_provisioned": 1}})
        pay(unregistered)
        half_an_hour_ago = clock.now() - timedelta(minutes=30)
        make_deposit(customer, created_at=half_an_hour_ago, updated_at=half_an_hour_ago)
        receive(success_body(), now=half_an_hour_ago)

        status, written = pull()

        assert status == 1
        assert "pull --register" in written
        assert PullRun.objects.get().outcome == "broken"


#: Faults of one request, after which the list comes, and those after which it does not.
_PASSING = ("invalid_token", "reset", "bad_gateway", "drop_answer", "truncated", "waf_503")
_LASTING = ("no_product", "system_busy", "garbage", "html_200", "internal_error")


class TestMisanswers:
    @pytest.mark.parametrize("fault", _PASSING)
    def test_one_that_passes_costs_nothing(
        self, simulator: SimulatorProcess, numbered: User, fault: str
    ) -> None:
        paid = pay(simulator)
        simulator.control("POST", "/faults/arm", {"fault": f"pull.{fault}", "times": 1})

        status, written = pull()

        assert status == 0, written
        assert money(numbered) == (paid, 0)

    @pytest.mark.parametrize("fault", _LASTING)
    def test_one_that_lasts_is_a_failure_that_is_recorded(
        self, simulator: SimulatorProcess, numbered: User, fault: str
    ) -> None:
        paid = pay(simulator)
        simulator.control("PUT", "/faults", {"probabilities": {f"pull.{fault}": 1}})

        status, written = pull()

        assert status == 1
        assert "did not come to its end" in written
        assert PullRun.objects.get().outcome == "failed"
        simulator.control("DELETE", "/faults")
        assert pull()[0] == 0
        assert money(numbered) == (paid, 0)


class TestRefused:
    @pytest.mark.parametrize("hours", ["0", "49"])
    def test_more_hours_than_mpesa_has(self, simulator: SimulatorProcess, hours: str) -> None:
        status, written = pull("--hours", hours)

        assert (status, PullRun.objects.count()) == (1, 0)
        assert "48 hours" in written

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"PULL_ENABLED": False}, "set PULL_ENABLED=True"),
            ({"MPESA_DEBUG": True}, "The mock keeps no list"),
        ],
    )
    def test_where_there_is_no_list(
        self, settings: Any, unregistered: SimulatorProcess, changes: dict[str, bool], says: str
    ) -> None:
        for name, value in changes.items():
            setattr(settings, name, value)

        status, written = pull()

        assert status == 1
        assert says in written

    def test_no_registration_without_a_number(
        self, settings: Any, unregistered: SimulatorProcess
    ) -> None:
        settings.PULL_NOMINATED_NUMBER = ""

        status, written = pull("--register")

        assert status == 1
        assert "Set PULL_NOMINATED_NUMBER" in written

    def test_no_registration_without_mpesa(
        self, settings: Any, unregistered: SimulatorProcess
    ) -> None:
        unregistered.control("PUT", "/faults", {"probabilities": {"pull.no_product": 1}})

        status, written = pull("--register")

        assert status == 1
        assert "does no harm" in written
