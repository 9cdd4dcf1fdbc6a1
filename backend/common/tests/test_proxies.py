"""Only what our own proxies wrote counts, and it is counted from the right."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from common.proxies import TrustedProxyMiddleware, client_address


def _request(remote: str, forwarded: str | None = None, scheme: str | None = None) -> HttpRequest:
    request = RequestFactory().get("/", REMOTE_ADDR=remote)
    if forwarded is not None:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    if scheme is not None:
        request.META["HTTP_X_FORWARDED_PROTO"] = scheme
    return request


class TestClientAddress:
    @pytest.mark.parametrize(
        ("proxies", "forwarded", "expected"),
        [
            (0, "41.90.1.2", "10.0.0.9"),
            (1, "41.90.1.2", "41.90.1.2"),
            (1, "6.6.6.6, 41.90.1.2", "41.90.1.2"),
            (2, "6.6.6.6, 41.90.1.2, 10.0.0.1", "41.90.1.2"),
            # It bypassed a proxy, so none of the entries is ours.
            (2, "6.6.6.6", "10.0.0.9"),
            (1, None, "10.0.0.9"),
            (1, "", "10.0.0.9"),
            (1, "6.6.6.6, ", "10.0.0.9"),
            (1, "6.6.6.6, garbage", "10.0.0.9"),
            (1, "unknown", "10.0.0.9"),
            (1, "41.90.1.2:5555", "41.90.1.2"),
            (1, "[2001:db8::1]:5555", "2001:db8::1"),
            (1, "[2001:db8::1]", "2001:db8::1"),
            (1, "2001:DB8:0::1", "2001:db8::1"),
            (1, '"[2001:db8::1]"', "2001:db8::1"),
            (1, "::ffff:41.90.1.2", "41.90.1.2"),
            (1, "fe80::1%eth0", "fe80::1"),
            (1, "041.090.1.2", "10.0.0.9"),
            (1, "\u0664\u0661.90.1.2", "10.0.0.9"),
        ],
    )
    def test_entries_are_counted_from_the_right(
        self, settings: object, proxies: int, forwarded: str | None, expected: str
    ) -> None:
        settings.TRUSTED_PROXY_COUNT = proxies  # type: ignore[attr-defined]

        assert client_address(_request("10.0.0.9", forwarded)) == expected

    @pytest.mark.parametrize(
        ("remote", "expected"),
        [
            ("", "0.0.0.0"),  # noqa: S104
            ("unix:", "0.0.0.0"),  # noqa: S104
            ("/run/api.sock", "0.0.0.0"),  # noqa: S104
            ("127.0.0.1:51000", "127.0.0.1"),
            ("::ffff:127.0.0.1", "127.0.0.1"),
        ],
    )
    def test_an_unusual_remote_addr_still_gives_an_ip_address(
        self, remote: str, expected: str
    ) -> None:
        assert client_address(_request(remote)) == expected

    @given(st.text(max_size=200))
    def test_with_any_header_there_is_a_client_address(self, forwarded: str) -> None:
        request = _request("10.0.0.9", forwarded)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.conf.settings.TRUSTED_PROXY_COUNT", 1)
            assert client_address(request)


class TestTrustedProxyMiddleware:
    def _answered(self, request: HttpRequest) -> HttpRequest:
        TrustedProxyMiddleware(lambda _: HttpResponse())(request)
        return request

    def test_the_address_stays_the_same_when_asked_again(self, settings: object) -> None:
        settings.TRUSTED_PROXY_COUNT = 1  # type: ignore[attr-defined]
        request = self._answered(_request("10.0.0.9", "41.90.1.2"))

        assert request.META["REMOTE_ADDR"] == "41.90.1.2"
        request.META["HTTP_X_FORWARDED_FOR"] = "6.6.6.6"
        assert client_address(request) == "41.90.1.2"

    def test_a_scheme_from_an_untrusted_address_is_dropped(self) -> None:
        assert (
            "HTTP_X_FORWARDED_PROTO" not in self._answered(_request("1.1.1.1", scheme="https")).META
        )

    def test_the_last_proxys_scheme_is_believed(self, settings: object) -> None:
        settings.TRUSTED_PROXY_COUNT = 1  # type: ignore[attr-defined]
        request = self._answered(_request("1.1.1.1", scheme="https, http"))

        assert request.META["HTTP_X_FORWARDED_PROTO"] == "http"
