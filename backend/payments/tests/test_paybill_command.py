"""`manage.py paybill`, against Daraja's simulator over HTTP and a server at our own addresses."""

import os
import socket
import time
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from payments.models import PaybillRegistration
from payments.tests.building import broken_table
from payments.tests.own_addresses import (
    SECRET,
    OwnAddresses,
    SimulatorProcess,
    paybill_settings,
    serving,
    simulating,
)

pytestmark = pytest.mark.django_db(transaction=True)

SHORT_CODE = "174379"


class Terminal(StringIO):
    """A terminal at which the text is typed."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def _simulator() -> Iterator[SimulatorProcess]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with simulating(port) as running:
        yield running


@pytest.fixture
def simulator(_simulator: SimulatorProcess) -> SimulatorProcess:
    """Return the simulator, with nothing registered."""
    _simulator.forget()
    _simulator.control("PATCH", "/settings", {"register_once": False, "register_version": "any"})
    return _simulator


@pytest.fixture
def own() -> Iterator[OwnAddresses]:
    """Serve our own addresses."""
    with serving() as addresses:
        yield addresses


@pytest.fixture
def sandbox(settings: Any, simulator: SimulatorProcess, own: OwnAddresses) -> Any:
    """Take payments by hand, with the simulator as M-Pesa."""
    for name, value in paybill_settings(own.callback_url, simulator.url).items():
        setattr(settings, name, value)
    return settings


@pytest.fixture
def production(sandbox: Any) -> Any:
    """Say that money is real; what is not HTTPS here is then a grave fault."""
    sandbox.MPESA_ENVIRONMENT = "production"
    return sandbox


def paybill(*arguments: str, typed: str | None = None) -> tuple[int, str]:
    """Run the command as `manage.py` does; return its exit status and what it wrote."""
    out = StringIO()
    stdin = StringIO() if typed is None else Terminal(f"{typed}\n")
    try:
        call_command("paybill", *arguments, stdout=out, stderr=out, stdin=stdin, skip_checks=True)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def register(typed: str | None = SHORT_CODE, *more: str) -> tuple[int, str]:
    return paybill("register", *more, typed=typed)


def arm(simulator: SimulatorProcess, fault: str) -> None:
    simulator.control("POST", "/faults/arm", {"fault": f"register.{fault}", "times": 1})


def wait_for_confirmation(own: OwnAddresses) -> Any:
    """Return the body of the first confirmation that comes."""
    deadline = time.monotonic() + 10
    while not own.posts("confirmation"):
        assert time.monotonic() < deadline, "no confirmation came"
        time.sleep(0.05)
    return own.posts("confirmation")[0]


def recorded() -> list[str]:
    return list(PaybillRegistration.objects.order_by("id").values_list("outcome", flat=True))


#: Exit status and recorded outcome for each fault of the simulator's registering.
_FAULTS = {
    "invalid_token": (0, "registered"),
    "slow_drip": (0, "registered"),
    "delay": (0, "registered"),
    "whitespace": (0, "registered"),
    "zeros": (0, "registered"),
    "already_registered": (3, "already_registered"),
    "on_old_platform": (1, "rejected"),
    "no_product": (1, "rejected"),
    "system_busy": (1, "rejected"),
    "spike_arrest": (1, "rejected"),
    "quota": (1, "rejected"),
    "apigee_429": (1, "rejected"),
    "waf_403": (4, "unknown"),
    "waf_503": (4, "unknown"),
    "internal_error": (4, "unknown"),
    "reset": (4, "unknown"),
    "drop_answer": (4, "unknown"),
    "reset_after": (4, "unknown"),
    "hang": (4, "unknown"),
    "truncated": (4, "unknown"),
    "garbage": (4, "unknown"),
    "html_200": (4, "unknown"),
    "bad_gateway": (4, "unknown"),
    "gateway_timeout": (4, "unknown"),
    "internal_error_after": (4, "unknown"),
}


@pytest.mark.usefixtures("sandbox")
class TestEachFault:
    def test_no_fault_of_the_simulator_is_left_out(self, simulator: SimulatorProcess) -> None:
        listed = [fault["name"] for fault in simulator.control("GET", "/faults")["faults"]]

        group = {name.partition(".")[2] for name in listed if name.startswith("register.")}
        assert group == set(_FAULTS)

    @pytest.mark.parametrize("fault", _FAULTS)
    def test_unknown_is_never_failed(
        self, sandbox: Any, simulator: SimulatorProcess, fault: str
    ) -> None:
        sandbox.PAYMENTS_GATEWAY["OPTIONS"]["timeout_s"] = 3.0
        arm(simulator, fault)

        status, written = register()

        outcome = recorded()[-1]
        assert (status, outcome) == _FAULTS[fault], written
        if simulator.registration is not None:
            assert outcome in {"registered", "unknown"}
            assert paybill("show")[1].count("may be registered") == (outcome == "unknown")


@pytest.mark.usefixtures("sandbox")
class TestRegister:
    @pytest.mark.parametrize("version", ["v1", "v2"])
    def test_m_pesa_has_the_addresses_then(
        self, sandbox: Any, simulator: SimulatorProcess, own: OwnAddresses, version: str
    ) -> None:
        sandbox.PAYBILL_REGISTER_VERSION = version

        status, written = register()

        assert status == 0, written
        kept = simulator.registration
        base = f"{own.origin}/api/payments/paybill/{SECRET}"
        assert kept["confirmation_url"] == f"{base}/confirmation/"
        assert kept["validation_url"] == f"{base}/validation/"
        assert (kept["version"], kept["response_type"]) == (version, "Completed")
        assert recorded() == ["sent", "registered"]

    def test_a_payment_by_hand_reaches_them(
        self, simulator: SimulatorProcess, own: OwnAddresses
    ) -> None:
        register()
        own.body = b'{"ResultCode": "0", "ResultDesc": "Accepted"}'

        paid = {"amount": 80, "account_reference": "12345678"}
        simulator.control("POST", "/customers/254712345678/pay", paid)

        asked = own.posts("validation")[-1]
        assert (asked["TransAmount"], asked["BillRefNumber"]) == ("80.00", "12345678")
        told = wait_for_confirmation(own)
        assert told["TransID"] == asked["TransID"]

    @pytest.mark.parametrize("version", ["v1", "v2"])
    def test_the_wrong_version_is_named_and_no_token_problem(
        self, sandbox: Any, simulator: SimulatorProcess, version: str
    ) -> None:
        sandbox.PAYBILL_REGISTER_VERSION = version
        other = {"v1": "v2", "v2": "v1"}[version]
        simulator.control("PATCH", "/settings", {"register_version": other})

        status, written = register()

        assert status == 1
        assert f"PAYBILL_REGISTER_VERSION={other}" in written
        assert recorded() == ["sent", "rejected"]

    def test_the_second_time_where_it_can_be_done_once(self, simulator: SimulatorProcess) -> None:
        simulator.control("PATCH", "/settings", {"register_once": True})
        register()

        status, written = register()

        assert status == 3
        assert "URL Management" in written
        assert recorded() == ["sent", "registered", "sent", "already_registered"]
        assert paybill("show")[0] == 0

    def test_m_pesa_is_down(self, sandbox: Any) -> None:
        with serving() as gone:
            sandbox.PAYMENTS_GATEWAY["OPTIONS"]["base_url"] = gone.origin

        status, written = register()

        assert status == 1
        assert "was not reached" in written
        assert recorded() == ["sent", "not_sent"]

    @pytest.mark.parametrize("typed", ["", "17437", "yes", "600000"])
    def test_something_else_typed_sends_nothing(
        self, simulator: SimulatorProcess, typed: str
    ) -> None:
        status, written = register(typed)

        assert status == 1
        assert "not the short code" in written
        assert (simulator.registration, recorded()) == (None, [])

    def test_without_a_terminal_it_is_refused(self, simulator: SimulatorProcess) -> None:
        status, written = register(None)

        assert status == 1
        assert "no terminal" in written
        assert (simulator.registration, recorded()) == (None, [])

    def test_programs_confirm_by_an_option(self, simulator: SimulatorProcess) -> None:
        assert register(None, "--confirm", SHORT_CODE)[0] == 0
        assert simulator.registration is not None
        assert register(None, "--confirm", "600000")[0] == 1

    def test_a_dry_run_sends_nothing(self, simulator: SimulatorProcess) -> None:
        before = simulator.control("GET", "/wire")

        status, written = register(None, "--dry-run")

        assert status == 0, written
        assert "Dry run" in written
        assert simulator.control("GET", "/wire") == before
        assert (simulator.registration, recorded()) == (None, [])

    def test_the_secret_is_masked_also_in_errors(self, simulator: SimulatorProcess) -> None:
        simulator.control("PATCH", "/settings", {"register_once": True})

        written = register()[1] + register()[1] + register(None, "--dry-run")[1]

        assert SECRET not in written
        assert f"****{SECRET[-4:]}/confirmation/" in written

    def test_what_is_wrong_here_is_told_and_goes_on(self, own: OwnAddresses) -> None:
        own.status["confirmation"] = 404

        status, written = register()

        assert status == 0
        assert "warning  the confirmation's address answers 404" in written

    def test_an_answer_that_was_not_recorded_is_written(self) -> None:
        with broken_table("payments_paybillregistration", when="NEW.outcome <> 'sent'"):
            status, written = register()

        assert status == 0
        assert "could not be recorded; write it down: registered" in written


class TestWhereMoneyIsReal:
    def test_a_grave_fault_stops_it(
        self, production: Any, simulator: SimulatorProcess, own: OwnAddresses
    ) -> None:
        own.status["validation"] = 302

        status, written = register()

        assert status == 1
        assert "PROBLEM  the validation's address redirects (HTTP 302)" in written
        assert (simulator.registration, recorded()) == (None, [])

    def test_a_dry_run_ends_as_the_real_one_would(self, production: Any, own: OwnAddresses) -> None:
        own.body = b'{"ResultCode": "0"}'

        assert register(None, "--dry-run")[0] == 1

    def test_no_option_confirms_it(self, production: Any, simulator: SimulatorProcess) -> None:
        status, written = register(None, "--confirm", SHORT_CODE)

        assert status == 1
        assert "at a terminal" in written
        assert (simulator.registration, recorded()) == (None, [])

    def test_typing_does(self, production: Any, simulator: SimulatorProcess) -> None:
        status, written = register()

        assert status == 0, written
        assert "takes addresses once" in written
        assert simulator.registration is not None

    def test_addresses_that_are_not_reached_from_here_may_be_registered(
        self, production: Any, simulator: SimulatorProcess
    ) -> None:
        with serving() as gone:
            production.MPESA_CALLBACK_URL = gone.callback_url

        status, written = register()

        assert status == 0, written
        assert "not reached from here" in written


class TestShow:
    def test_nothing_is_registered(self, sandbox: Any) -> None:
        status, written = paybill("show")

        assert status == 1
        assert "No registration is recorded." in written

    def test_what_is_registered(self, sandbox: Any) -> None:
        register()

        status, written = paybill("show")

        assert status == 0
        assert "these addresses" in written
        for part in (SHORT_CODE, "v2", "Completed", "registered", f"****{SECRET[-4:]}/validation/"):
            assert part in written
        assert SECRET not in written

    def test_who_registered_also_without_an_account(
        self, sandbox: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unknown(_: int) -> None:
            raise KeyError

        for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr("pwd.getpwuid", unknown)

        register()

        assert f"by uid {os.getuid()}@{socket.gethostname()}" in paybill("show")[1]

    def test_other_settings_than_are_registered(self, sandbox: Any) -> None:
        register()
        sandbox.PAYBILL_URL_SECRET = SECRET[::-1]
        sandbox.PAYBILL_RESPONSE_TYPE = "Cancelled"

        status, written = paybill("show")

        assert status == 1
        assert "with different values: addresses, response type" in written

    def test_addresses_of_an_unknown_registration(
        self, sandbox: Any, simulator: SimulatorProcess
    ) -> None:
        arm(simulator, "already_registered")

        assert register()[0] == 3
        status, written = paybill("show")

        assert status == 1
        assert "were not recorded here" in written

    def test_the_whole_addresses_on_demand(self, sandbox: Any, own: OwnAddresses) -> None:
        written = paybill("show", "--show-secret")[1]

        assert f"{own.origin}/api/payments/paybill/{SECRET}/confirmation/" in written


class TestRefused:
    @pytest.mark.parametrize("action", ["register", "show"])
    def test_where_payments_by_hand_are_off(self, sandbox: Any, action: str) -> None:
        sandbox.PAYBILL_ENABLED = False

        status, written = paybill(action, typed=SHORT_CODE)

        assert status == 1
        assert "PAYBILL_ENABLED=True" in written

    @pytest.mark.parametrize("action", ["register", "show"])
    def test_the_mock_registers_nothing(self, settings: Any, action: str) -> None:
        settings.PAYBILL_ENABLED = True

        status, written = paybill(action, typed=SHORT_CODE)

        assert status == 1
        assert "The mock registers nothing" in written
