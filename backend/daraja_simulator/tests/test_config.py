"""Settings from flags and environment."""

import argparse

import pytest

from daraja_simulator.config import add_setting_flags, settings_from
from daraja_simulator.settings import FIXED, Settings


def parse(*flags: str) -> argparse.Namespace:
    """The flags, parsed."""
    parser = argparse.ArgumentParser()
    add_setting_flags(parser)
    return parser.parse_args(list(flags))


def test_flag_wins_over_environment_over_default() -> None:
    environment = {"SIMULATOR_DELAY_MS": "5", "SIMULATOR_STRICT": "true", "SIMULATOR_PIN": ""}

    settings = settings_from(parse("--delay-ms", "7", "--automatic"), environment)

    assert (settings.delay_ms, settings.strict, settings.automatic) == (7, True, True)
    assert (settings.pin, settings.shortcode) == ("1234", "174379")


def test_switch_can_be_switched_off() -> None:
    settings = settings_from(parse("--no-automatic"), {"SIMULATOR_AUTOMATIC": "True"})

    assert not settings.automatic


@pytest.mark.parametrize("value", ["maybe", "2"])
def test_bad_value_is_named(value: str) -> None:
    with pytest.raises(ValueError, match=r"^automatic: "):
        settings_from(parse(), {"SIMULATOR_AUTOMATIC": value})


def test_fixed_settings_exist() -> None:
    assert set(Settings.model_fields) >= FIXED
