"""`manage.py doctor` as an operator runs it: lines, JSON, exit status, and the test push."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from common import clock
from operations.doctor.push import push_and_follow
from operations.doctor.results import DoctorResult, Level, problem, run_checks, run_group
from payments.gateway import GatewayRejected, OutcomeUnknown, RejectionReason
from payments.models import Transaction
from payments.tests.building import PHONE, failure_body, make_customer, receive, success_body
from payments.tests.conftest import gateway as gateway
from payments.tests.scripted_gateway import ScriptedGateway, failing
from users.models import User


def run(*arguments: str) -> tuple[int, str]:
    """Run the command; return its exit status and what it printed."""
    written = StringIO()
    try:
        call_command("doctor", *arguments, stdout=written)
    except SystemExit as end:
        return int(str(end.code)), written.getvalue()
    return 0, written.getvalue()


@pytest.fixture
def worker(transactional_db: Any) -> None:
    """Let a worker be alive: without one, there is a problem."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")


class TestFindings:
    def test_a_check_that_breaks_hides_no_other_and_tells_no_secret(self) -> None:
        def broken() -> DoctorResult:
            raise OperationalError("postgresql://user:password@host is away")

        found = list(run_checks([("one", broken), ("two", lambda: problem("two", "b", "c"))]))

        assert [result.check for result in found] == ["one", "two"]
        assert found[0].level is Level.PROBLEM
        assert "secret" not in f"{found}"

    def test_a_group_ends_with_its_first_check(self) -> None:
        def broken() -> DoctorResult:
            raise OperationalError

        def sound() -> DoctorResult:
            return DoctorResult("x", Level.OK, "fine")

        assert len(list(run_group([("a", broken), ("b", sound), ("c", sound)]))) == 1
        assert len(list(run_group([("a", sound), ("b", broken), ("c", sound)]))) == 3


@pytest.mark.usefixtures("worker")
class TestCommand:
    def test_a_deployment_with_the_mock_has_no_problem(self) -> None:
        status, written = run()

        lines = written.splitlines()
        assert status == 0, written
        assert len(lines) > 20
        assert lines[-1].endswith(" 0 problems")
        assert all(line.split()[0] in {"ok", "warning"} for line in lines[:-1])
        assert all(("->" in line) == line.startswith("warning") for line in lines[:-1])

    def test_the_first_line_names_the_settings_file(self, settings: Any) -> None:
        for file, where in ((None, "and no .env"), ("/srv/.env", "and /srv/.env beneath it")):
            settings.DOTENV = file

            first = run()[1].splitlines()[0]

            assert first.split()[:2] == ["ok", "settings"]
            assert first.endswith(where)

    def test_a_problem_is_exit_status_1(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_workers")

        status, written = run()

        assert status == 1
        assert "run make worker" in written

    def test_machines_get_json(self) -> None:
        status, written = run("--json")

        found = json.loads(written)
        assert (status, found["is_healthy"]) == (0, True)
        assert set(found["findings"][0]) == {"check", "level", "says", "fix"}

    def test_the_doctor_writes_no_rows(self, settings: Any) -> None:
        before = Transaction.objects.count(), User.objects.count()

        run()

        assert (Transaction.objects.count(), User.objects.count()) == before

    def test_a_place_without_limits_where_money_is_real_is_refused(self, settings: Any) -> None:
        settings.MPESA_ENVIRONMENT = "production"
        settings.RATELIMIT_ENABLE = False

        status, written = run()

        assert status == 1
        assert "payments.E002" in written
        assert "set RATELIMIT_ENABLE=True" in written


@pytest.mark.usefixtures("worker")
class TestPush:
    def test_the_mock_pays_at_once(self) -> None:
        make_customer()

        status, written = run("--push", "1", "0712345678")

        assert status == 0, written
        for step in ("created", "prompt_sent", "callback", "completed", "paid and credited"):
            assert step in written
        assert PHONE not in written
        assert Transaction.objects.get().amount == 1

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("2", PHONE), "--push 1 PHONE"),
            (("1.0", PHONE), "--push 1 PHONE"),
            (("0", PHONE), "--push 1 PHONE"),
        ],
    )
    def test_anything_but_the_smallest_amount_is_refused(
        self, arguments: tuple[str, str], says: str
    ) -> None:
        make_customer()

        with pytest.raises(CommandError, match=says):
            run("--push", *arguments)

        assert not Transaction.objects.exists()

    @pytest.mark.parametrize("phone", ["254799999999", "hello"])
    def test_a_number_without_an_account_is_a_problem(self, phone: str) -> None:
        make_customer()

        status, written = run("--push", "1", phone)

        assert status == 1
        assert "no account" in written
        assert not Transaction.objects.exists()

    def test_real_money_needs_another_word(self, settings: Any, gateway: ScriptedGateway) -> None:
        make_customer()
        settings.MPESA_ENVIRONMENT, settings.MPESA_DEBUG = "production", False
        settings.PAYMENTS_GATEWAY["OPTIONS"].update(
            business_short_code="600100", party_b="600100", passkey="x" * 20,
            transaction_type="CustomerPayBillOnline",
        )  # fmt: skip

        with pytest.raises(CommandError, match="--yes"):
            run("--push", "1", PHONE)

        assert gateway.pushes == []


@pytest.mark.django_db(transaction=True)
class TestFollowing:
    def follow(self, *, meanwhile: Any = lambda: None) -> list[DoctorResult]:
        """Push, and let something happen while the doctor sleeps."""
        return list(push_and_follow(make_customer(), 1, sleep=lambda _: meanwhile()))

    def test_a_payment_is_followed_step_by_step(self, gateway: ScriptedGateway) -> None:
        def pay() -> None:
            txn = Transaction.objects.get()
            assert txn.checkout_request_id is not None
            body = success_body(txn.checkout_request_id, amount=1)
            receive(body, token=gateway.token, now=clock.now())

        found = self.follow(meanwhile=pay)

        assert [result.level.value for result in found] == ["ok"] * len(found)
        assert found[-1].says == "paid and credited"
        assert [line.says.split()[3] for line in found[1:-1]] == [
            "created:", "prompt_sent:", "callback:", "completed:",
        ]  # fmt: skip

    def test_a_cancelled_prompt_shows_that_the_way_works(self, gateway: ScriptedGateway) -> None:
        def cancel() -> None:
            txn = Transaction.objects.get()
            assert txn.checkout_request_id is not None
            receive(failure_body(txn.checkout_request_id), token=gateway.token, now=clock.now())

        assert self.follow(meanwhile=cancel)[-1].level.value == "warning"

    def test_a_payment_of_another_amount_is_for_operators(self, gateway: ScriptedGateway) -> None:
        def pay_more() -> None:
            txn = Transaction.objects.get()
            assert txn.checkout_request_id is not None
            receive(success_body(txn.checkout_request_id, amount=2), token=gateway.token)

        assert "an operator has to look" in self.follow(meanwhile=pay_more)[-1].says

    def test_a_refused_push_is_a_problem(self, gateway: ScriptedGateway) -> None:
        gateway.on_push = failing(GatewayRejected("no", reason=RejectionReason.AUTHENTICATION))

        found = self.follow()

        assert found[-1].level.value == "problem"
        assert "mpesa_authentication_failed" in found[-1].says

    def test_an_error_of_our_own_rules_is_a_problem(self, settings: Any) -> None:
        settings.KYC_REQUIRED = True
        user = make_customer(kyc_status=User.KycStatus.PENDING)

        (found,) = push_and_follow(user, 1)

        assert (found.level.value, found.fix) == ("problem", "README, chapter 8")
        assert "kyc_required" in found.says

    def test_a_push_without_a_report_is_followed_for_three_minutes(
        self, gateway: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gateway.on_push = failing(OutcomeUnknown("a read timeout"))

        def wait() -> None:
            monkeypatch.setattr(clock, "_SHIFT", clock._SHIFT + timedelta(seconds=60))

        found = self.follow(meanwhile=wait)

        assert found[-1].level.value == "problem"
        assert "no end within three minutes" in found[-1].says
        assert any("push_unclear" in result.says for result in found)
