"""What `make sandbox` sets and does for payments by hand."""

import os
import stat
import sys
from pathlib import Path

import pytest

from devtools import environment, run, stack


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(environment, "_DIRECTORY", tmp_path / "data")
    return tmp_path / "data"


class TestSecret:
    def test_it_is_made_once_and_read_by_its_owner_alone(self, own_folder: Path) -> None:
        made = environment.paybill_secret()

        assert len(made) == 64
        assert int(made, 16)
        assert environment.paybill_secret() == made
        (file,) = own_folder.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_it_is_not_the_secret_key(self, own_folder: Path) -> None:
        assert environment.paybill_secret() != environment._generated_key()


@pytest.mark.usefixtures("own_folder")
class TestSettings:
    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take back what the run sets."""
        for name in (
            "MPESA_DEBUG", "MPESA_ENVIRONMENT", "MPESA_BASE_URL", "MPESA_CONSUMER_KEY",
            "MPESA_CONSUMER_SECRET", "MPESA_SHORTCODE", "MPESA_PASSKEY", "MPESA_CALLBACK_URL",
            "PAYBILL_ENABLED", "PAYBILL_URL_SECRET", "SIMULATOR_PORT", "SIMULATOR_APP_URL",
            "FRAME_ANCESTORS", "MPESA_INITIATOR_NAME", "MPESA_SECURITY_CREDENTIAL",
        ):  # fmt: skip
            monkeypatch.setenv(name, "")

    def test_payments_by_hand_are_on(self) -> None:
        run._use_simulator()

        assert os.environ["PAYBILL_ENABLED"] == "True"
        assert os.environ["PAYBILL_URL_SECRET"] == environment.paybill_secret()

    def test_they_can_be_switched_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PAYBILL_ENABLED", "False")

        run._use_simulator()

        assert os.environ["PAYBILL_ENABLED"] == "False"

    def test_a_real_secret_never_reaches_the_simulators_wire_log(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PAYBILL_URL_SECRET", "r" * 32)
        monkeypatch.setenv("MPESA_SECURITY_CREDENTIAL", "r" * 344)

        run._use_simulator()

        assert os.environ["PAYBILL_URL_SECRET"] != "r" * 32
        assert os.environ["MPESA_SECURITY_CREDENTIAL"] != "r" * 344

    def test_a_registration_that_fails_is_told_and_stops_nothing(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("PAYBILL_ENABLED", "True")

        # Without any of its variables the command cannot even start.
        run.register_addresses({"DJANGO_SETTINGS_MODULE": "config.settings", "DEBUG": "nonsense"})

        assert capsys.readouterr().out.endswith("Payments by hand will not be reported.\n")

    def test_nothing_is_registered_where_they_are_off(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("PAYBILL_ENABLED", "False")

        run.register_addresses({"DEBUG": "nonsense"})

        assert capsys.readouterr().out == ""


def _say_registered() -> None:
    sys.stdout.write("registered\n")


def test_the_banner_comes_once_all_is_ready_and_registered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack._announce([], "the banner", _say_registered)

    assert capsys.readouterr().out == "registered\nthe banner\n"
