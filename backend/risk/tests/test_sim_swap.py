"""The fake SIM-swap provider keeps the contract, and a setting chooses the provider."""

from datetime import timedelta
from typing import Any

import pytest

from risk import conf
from risk.fake_sim_swap import FakeSimSwap
from risk.sim_swap import SimSwapProvider
from risk.tests.sim_swap_contract import NOW, SimSwapContract


class TestFakeSimSwap(SimSwapContract):
    swapped = "254712347771"
    never_swapped = "254712345678"
    unanswered = "254712347779"

    @pytest.fixture
    def provider(self) -> SimSwapProvider:
        """Build it."""
        return FakeSimSwap()

    @pytest.mark.parametrize(
        ("number", "ago"),
        [
            ("254712347771", timedelta(hours=1)),
            ("254712347772", timedelta(days=5)),
            ("254712347773", timedelta(days=365)),
        ],
    )
    def test_the_last_digits_say_when(
        self, provider: SimSwapProvider, number: str, ago: timedelta
    ) -> None:
        assert provider.find_last_swap(number, now=NOW) == NOW - ago


class TestWhoIsAsked:
    def test_without_a_setting_there_is_no_provider(self) -> None:
        assert conf.find_sim_swap_provider() is None

    def test_the_provider_is_the_class_that_the_setting_names(self, settings: Any) -> None:
        settings.SIM_SWAP_PROVIDER = "risk.fake_sim_swap.FakeSimSwap"

        assert isinstance(conf.find_sim_swap_provider(), FakeSimSwap)
        assert conf.find_sim_swap_provider() is conf.find_sim_swap_provider()
