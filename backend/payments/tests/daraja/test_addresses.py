"""Addresses that Daraja may refuse, or cannot reach."""

import pytest

from payments.daraja.addresses import (
    find_refused_texts,
    find_refused_words,
    host_of,
    is_local_host,
    is_tunnel,
)


class TestRefusedWords:
    @pytest.mark.parametrize(
        ("url", "found"),
        [
            ("https://pay.example.co.ke/hook/", []),
            ("https://pay.example.co.ke/M-PESA/", ["m-pesa"]),
            ("https://mpesa.example.co.ke/", ["mpesa"]),
            ("https://safaricom-pay.example/", ["safaricom"]),
            ("https://pay.example/cmd/sql-query", ["cmd", "query", "sql"]),
            ("https://executive.example/sequel", []),
        ],
    )
    def test_in_an_address_as_words(self, url: str, found: list[str]) -> None:
        assert find_refused_words(url) == found

    @pytest.mark.parametrize(
        ("secret", "found"),
        [
            ("a-plain-secret", []),
            ("xx9EXEcutive", ["exe", "exec"]),
            ("aCmDb", ["cmd"]),
            ("aMPesab", ["mpesa"]),
        ],
    )
    def test_in_a_secret_anywhere(self, secret: str, found: list[str]) -> None:
        assert sorted(find_refused_texts(secret)) == found


class TestHosts:
    @pytest.mark.parametrize(
        ("host", "is_local"),
        [
            ("pay.example.co.ke", False),
            ("8.8.8.8", False),
            ("127.0.0.1", True),
            ("10.1.2.3", True),
            ("::1", True),
            ("backend", True),
            ("pay.internal", True),
            ("", True),
        ],
    )
    def test_local_ones(self, host: str, is_local: bool) -> None:
        assert is_local_host(host) is is_local

    @pytest.mark.parametrize(
        ("host", "expected"), [("a1b2.ngrok-free.app", True), ("pay.example.co.ke", False)]
    )
    def test_tunnels(self, host: str, expected: bool) -> None:
        assert is_tunnel(host) is expected

    def test_the_name_is_read_in_lower_case(self) -> None:
        assert host_of("https://user@Pay.Example:8443/x") == "pay.example"
        assert host_of("nothing") == ""
