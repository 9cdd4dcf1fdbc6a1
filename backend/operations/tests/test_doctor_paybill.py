"""The doctor on payments by hand."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command

from common import clock
from operations.doctor import paybill
from operations.doctor.results import DoctorResult
from operations.tests.places import live, mock, sandbox
from payments.models import PaybillRegistration
from payments.services.registrations import Knowledge, RegistrationStatus, plan_registration
from payments.tests.own_addresses import SECRET, OwnAddresses, paybill_settings, serving
from payments.tests.test_pull_guards import make_run

_SIMULATOR = "http://127.0.0.1:8100"


@pytest.fixture
def own() -> Iterator[OwnAddresses]:
    """Serve our own addresses."""
    with serving() as addresses:
        yield addresses


def taking(place: Any = sandbox, **changes: Any) -> SimpleNamespace:
    """Build the settings of a deployment that takes payments by hand."""
    wanted = {
        "PAYBILL_ENABLED": True,
        "PAYBILL_URL_SECRET": SECRET,
        "PAYBILL_REGISTER_VERSION": "v2",
        "PAYBILL_RESPONSE_TYPE": "Completed",
        "DEPOSIT_MIN_AMOUNT": 1,
        "PULL_ENABLED": True,
    }
    made: SimpleNamespace = place(**{**wanted, **changes})
    return made


def levels(found: DoctorResult | Iterator[DoctorResult]) -> list[str]:
    results = [found] if isinstance(found, DoctorResult) else list(found)
    assert all(result.says and SECRET not in f"{result}" for result in results)
    assert all(bool(result.fix) == (result.level != "ok") for result in results)
    return [result.level.value for result in results]


class TestSkipped:
    @pytest.mark.parametrize(
        "conf",
        [taking(PAYBILL_ENABLED=False, PAYBILL_URL_SECRET=""), taking(mock)],
        ids=["off", "mock"],
    )
    def test_each_check_says_why(self, conf: SimpleNamespace) -> None:
        for check in (
            paybill.check_paybill_addresses,
            paybill.check_paybill_answers,
            paybill.check_paybill_registration,
            paybill.check_pull,
        ):
            found = check(conf)
            results = [found] if isinstance(found, DoctorResult) else list(found)
            assert levels(iter(results)) == ["ok"]
            assert "by hand" in results[0].says


class TestAddresses:
    @pytest.mark.parametrize(
        ("conf", "expected"),
        [
            (taking(live), ["ok"]),
            (taking(live, PAYBILL_URL_SECRET="ab" * 20), ["problem"]),
            (taking(sandbox, PAYBILL_URL_SECRET="ab" * 20), ["warning"]),
            (taking(live, MPESA_CALLBACK_URL="http://pay.example.co.ke/c/"), ["problem"]),
            (taking(live, MPESA_CALLBACK_URL="https://x.ngrok.app/c/"), ["problem"]),
            (taking(live, MPESA_CALLBACK_URL="https://mpesa.example.co.ke/c/"), ["problem"]),
            (taking(sandbox, MPESA_CALLBACK_URL="http://10.0.0.1/c/"), ["warning", "warning"]),
        ],
    )
    def test_by_what_is_at_stake(self, conf: SimpleNamespace, expected: list[str]) -> None:
        assert levels(paybill.check_paybill_addresses(conf)) == expected


class TestAnswers:
    @pytest.mark.parametrize(
        ("changes", "place", "expected"),
        [
            ({}, live, "ok"),
            ({"confirmation": 301}, live, "problem"),
            ({"confirmation": 301}, sandbox, "warning"),
            ({"validation": 404}, live, "problem"),
        ],
    )
    def test_by_what_is_at_stake(
        self, own: OwnAddresses, changes: dict[str, int], place: Any, expected: str
    ) -> None:
        own.status.update(changes)

        conf = taking(place, MPESA_CALLBACK_URL=own.callback_url)

        assert levels(paybill.check_paybill_answers(conf)) == [expected]
        assert own.posts("confirmation") == []

    def test_a_validation_that_takes_everything_is_a_problem(self, own: OwnAddresses) -> None:
        own.body = b'{"ResultCode": 0}'

        conf = taking(live, MPESA_CALLBACK_URL=own.callback_url)

        assert levels(paybill.check_paybill_answers(conf)) == ["problem"]

    def test_one_that_is_not_reached_is_a_warning(self) -> None:
        with serving() as gone:
            conf = taking(live, MPESA_CALLBACK_URL=gone.callback_url)

        assert levels(paybill.check_paybill_answers(conf)) == ["warning"]


class TestRegistration:
    @pytest.mark.parametrize(
        ("status", "real", "elsewhere"),
        [
            (RegistrationStatus(knowledge=Knowledge.SAME), "ok", "ok"),
            (RegistrationStatus(knowledge=Knowledge.NONE), "problem", "warning"),
            (RegistrationStatus(knowledge=Knowledge.UNCERTAIN), "warning", "warning"),
            (RegistrationStatus(knowledge=Knowledge.UNRECORDED), "warning", "warning"),
            (
                RegistrationStatus(knowledge=Knowledge.OTHER, differences=("addresses",)),
                "problem",
                "warning",
            ),
            (
                RegistrationStatus(knowledge=Knowledge.OTHER, differences=("version",)),
                "warning",
                "warning",
            ),
        ],
    )
    def test_what_is_known(self, status: RegistrationStatus, real: str, elsewhere: str) -> None:
        assert levels(paybill.judge_registration(status, is_real=True)) == [real]
        assert levels(paybill.judge_registration(status, is_real=False)) == [elsewhere]

    @pytest.mark.django_db
    def test_another_secret_than_was_registered_is_noticed(self) -> None:
        conf = taking(live)
        assert levels(paybill.check_paybill_registration(conf)) == ["problem"]

        wanted = plan_registration(conf)
        PaybillRegistration.objects.create(
            attempt="00000000-0000-0000-0000-000000000001",
            outcome="registered",
            daraja_host="api.safaricom.co.ke",
            business_short_code="600100",
            version="v2",
            response_type="Completed",
            addresses_sha256=wanted.addresses.digest,
            validation_url_masked=wanted.addresses.masked_validation_url,
            confirmation_url_masked=wanted.addresses.masked_confirmation_url,
            recorded_by="operator",
        )
        assert levels(paybill.check_paybill_registration(conf)) == ["ok"]

        conf.PAYBILL_URL_SECRET = SECRET[::-1]
        assert levels(paybill.check_paybill_registration(conf)) == ["problem"]


class TestPull:
    def test_off_is_said(self) -> None:
        assert levels(paybill.check_pull(taking(PULL_ENABLED=False))) == ["ok"]

    @pytest.mark.django_db
    def test_none_yet(self) -> None:
        assert levels(paybill.check_pull(taking())) == ["warning"]

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        ("run", "age", "expected"),
        [
            ({"outcome": "quiet"}, timedelta(0), "ok"),
            ({"outcome": "complete", "rows": 1, "known": 1}, timedelta(hours=1), "ok"),
            ({"outcome": "complete", "rows": 1, "known": 1}, timedelta(hours=2), "problem"),
            ({"outcome": "complete", "rows": 1, "unreadable": 1}, timedelta(0), "problem"),
            ({"outcome": "broken"}, timedelta(0), "problem"),
            ({"outcome": "failed"}, timedelta(0), "problem"),
        ],
    )
    def test_the_newest_pull_counts(
        self, run: dict[str, Any], age: timedelta, expected: str
    ) -> None:
        make_run(outcome="failed", finished_at=clock.now() - timedelta(days=1))
        make_run(**run, finished_at=clock.now() - age)

        assert levels(paybill.check_pull(taking())) == [expected]


@pytest.mark.django_db(transaction=True)
def test_the_command_looks_at_all_of_it(settings: Any, own: OwnAddresses) -> None:
    for name, value in paybill_settings(own.callback_url, _SIMULATOR).items():
        setattr(settings, name, value)

    written = StringIO()
    with pytest.raises(SystemExit):  # no worker runs here
        call_command("doctor", stdout=written)

    lines = {
        line.split()[1]: line.split()[0]
        for line in written.getvalue().splitlines()
        if line.split()[1:2] and line.split()[1].startswith("paybill")
    }
    assert lines == {
        "paybill": "ok",
        "paybill.answers": "ok",
        "paybill.registered": "warning",
        "paybill.pull": "ok",
    }
