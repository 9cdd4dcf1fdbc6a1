"""The addresses for payments by hand: how they are made, and what is found wrong with them."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from common.masking import mask_path, mask_text
from payments import paybill_views
from payments.gateways.probe import Probed
from payments.paybill_addresses import (
    Fault,
    PaybillAddresses,
    build_addresses,
    find_faults,
    judge_validation,
    probe_faults,
)
from payments.tests.own_addresses import (
    SECRET,
    OwnAddresses,
    as_conf,
    paybill_settings,
    self_signed,
    serving,
)

LIVE = "https://api.safaricom.co.ke"
LOCAL = "http://127.0.0.1:8100"
PUBLIC = "https://pay.example.co.ke/api/payments/callback/"


def conf(callback_url: str = PUBLIC, base_url: str = LIVE, **changes: Any) -> Any:
    return as_conf(paybill_settings(callback_url, base_url, **changes))


@pytest.fixture
def own() -> Iterator[OwnAddresses]:
    with serving() as addresses:
        yield addresses


def says(faults: Iterator[Fault]) -> list[str]:
    return [fault.says for fault in faults]


class TestAddresses:
    def test_are_at_the_origin_of_the_callback_url(self) -> None:
        found = build_addresses(conf())

        base = f"https://pay.example.co.ke/api/payments/paybill/{SECRET}"
        assert found.validation_url == f"{base}/validation/"
        assert found.confirmation_url == f"{base}/confirmation/"

    @pytest.mark.parametrize(
        ("callback_url", "origin"),
        [
            ("http://127.0.0.1:8000/api/payments/callback/", "http://127.0.0.1:8000"),
            ("https://Pay.Example/deep/callback/", "https://pay.example"),
            ("https://user@pay.example/callback/", "https://pay.example"),
        ],
    )
    def test_the_origin_is_scheme_host_and_port(self, callback_url: str, origin: str) -> None:
        assert build_addresses(conf(callback_url)).origin == origin

    def test_masked_they_show_four_characters_of_the_secret(self) -> None:
        found = build_addresses(conf())

        for masked in (found.masked_validation_url, found.masked_confirmation_url, repr(found)):
            assert SECRET not in masked
            assert SECRET[:8] not in masked
        assert f"/****{SECRET[-4:]}/validation/" in found.masked_validation_url

    def test_each_part_changes_the_digest(self) -> None:
        one = PaybillAddresses(origin="https://a.example", secret="s" * 32)

        assert len(one.digest) == 64
        assert one.digest == PaybillAddresses(origin="https://a.example", secret="s" * 32).digest
        assert one.digest != PaybillAddresses(origin="https://b.example", secret="s" * 32).digest
        assert one.digest != PaybillAddresses(origin="https://a.example", secret="t" * 32).digest


class TestRoutes:
    """What M-Pesa is told is where the API listens."""

    @pytest.mark.parametrize(
        ("name", "view"),
        [
            ("validation_url", paybill_views.ValidationView),
            ("confirmation_url", paybill_views.ConfirmationView),
        ],
    )
    def test_each_address_has_its_view_and_is_never_redirected(
        self, settings: Any, name: str, view: type
    ) -> None:
        path = urlsplit(getattr(build_addresses(conf()), name)).path

        assert resolve(path).func.view_class is view  # type: ignore[attr-defined]
        exempt = settings.SECURE_REDIRECT_EXEMPT
        assert any(re.search(pattern, path.lstrip("/")) for pattern in exempt)

    def test_logs_do_not_hold_the_secret(self) -> None:
        found = build_addresses(conf())

        for url in (found.validation_url, found.confirmation_url):
            assert SECRET not in mask_text(f"posting to {url} failed")
            assert SECRET not in mask_path(urlsplit(url).path)


class TestFaultsOfTheSettings:
    def test_a_public_address_has_none(self) -> None:
        assert list(find_faults(conf())) == []

    def test_a_local_address_has_none_beside_the_simulator(self) -> None:
        assert list(find_faults(conf("http://127.0.0.1:8000/callback/", LOCAL))) == []

    @pytest.mark.parametrize(
        ("callback_url", "expected"),
        [
            ("http://pay.example.co.ke/", ["is not HTTPS"]),
            ("https://10.0.0.1/", ["10.0.0.1 cannot be reached from Safaricom"]),
            ("https://a1b2.ngrok-free.app/", ["Safaricom refuses tunnels in production"]),
            (
                "https://mpesa-cmd.example.co.ke/",
                ["the host contains what Daraja may refuse: mpesa, cmd"],
            ),
            (
                "https://pay.example.co.ke:8443/",
                ["port 8443: Safaricom is known not to call it"],
            ),
        ],
    )
    def test_of_the_host(self, callback_url: str, expected: list[str]) -> None:
        faults = list(find_faults(conf(callback_url)))

        assert [fault.says for fault in faults] == expected
        assert all(fault.is_grave and fault.fix for fault in faults)

    @pytest.mark.parametrize(
        ("secret", "part"),
        [
            ("abcd" * 10, "repeats itself"),
            ("a" * 32, "repeats itself"),
            (SECRET[:20] + "CmD" + SECRET[20:], "Daraja may refuse: cmd"),
        ],
    )
    def test_of_the_secret(self, secret: str, part: str) -> None:
        faults = list(find_faults(conf(PAYBILL_URL_SECRET=secret)))

        assert len(faults) == 1
        assert part in faults[0].says
        assert faults[0].is_grave
        assert secret not in faults[0].says

    @pytest.mark.parametrize("secret", [SECRET, SECRET[:32], hashlib.sha256(b"x").hexdigest()[:32]])
    def test_a_random_secret_is_strong_enough(self, secret: str) -> None:
        assert list(find_faults(conf(PAYBILL_URL_SECRET=secret))) == []


class TestFaultsOfTheAnswers:
    def test_our_own_answers_have_none(self, own: OwnAddresses) -> None:
        assert list(probe_faults(conf(own.callback_url, LOCAL))) == []

    def test_the_confirmation_is_never_posted_to(self, own: OwnAddresses) -> None:
        list(probe_faults(conf(own.callback_url, LOCAL)))

        assert [method for method, _, _ in own.requests] == ["POST", "GET"]
        assert own.posts("confirmation") == []
        (asked,) = own.posts("validation")
        assert (asked["BusinessShortCode"], asked["TransAmount"]) == ("174379", "10.00")

    @pytest.mark.parametrize("name", ["validation", "confirmation"])
    @pytest.mark.parametrize(
        ("status", "part"),
        [(301, "redirects"), (308, "redirects"), (404, "answers 404"), (403, "HTTP 403"),
         (503, "HTTP 503")],
    )  # fmt: skip
    def test_another_status_is_grave(
        self, own: OwnAddresses, name: str, status: int, part: str
    ) -> None:
        own.status[name] = status

        (fault,) = probe_faults(conf(own.callback_url, LOCAL))

        assert name in fault.says
        assert part in fault.says
        assert fault.is_grave

    @pytest.mark.parametrize(
        ("body", "part", "is_grave"),
        [
            (b'{"ResultCode": "0"}', "account number that does not exist", True),
            (b'{"ResultCode": 0}', "account number that does not exist", True),
            (b"{}", "not one of C2B", True),
            (b"<html>", "not one of C2B", True),
            (b'{"ResultCode": "C2B00013"}', "with C2B00013", False),
        ],
    )
    def test_another_answer(
        self, own: OwnAddresses, body: bytes, part: str, is_grave: bool
    ) -> None:
        own.body = body

        (fault,) = probe_faults(conf(own.callback_url, LOCAL))

        assert part in fault.says
        assert fault.is_grave is is_grave

    def test_a_slow_validation_is_measured(self, own: OwnAddresses) -> None:
        own.wait_s = 1.1

        (fault,) = probe_faults(conf(own.callback_url, LOCAL))

        assert "took 1." in fault.says

    def test_one_second_is_not_too_slow(self) -> None:
        body = b'{"ResultCode": "C2B00012"}'

        assert list(judge_validation(Probed(200, body, 1.0))) == []
        assert says(judge_validation(Probed(200, body, 7.9))) == [
            "the validation took 7.9 s: M-Pesa waits for about 8"
        ]

    def test_addresses_that_are_not_reached_from_here_may_still_be_right(self) -> None:
        with serving() as gone:
            url = gone.callback_url

        (fault,) = probe_faults(conf(url, LOCAL))

        assert "not reached from here" in fault.says
        assert SECRET not in fault.says
        assert not fault.is_grave

    def test_a_certificate_that_nobody_trusts_is_grave(self, tmp_path: Path) -> None:
        with serving(self_signed(tmp_path)) as addresses:
            (fault,) = probe_faults(conf(addresses.callback_url))

        assert "certificate" in fault.says
        assert fault.is_grave
