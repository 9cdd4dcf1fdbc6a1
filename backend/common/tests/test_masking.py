"""Masked text holds no phone number and no secret, whatever held them."""

import importlib
import pkgutil
import re
import sys
import time
import timeit
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.masking import (
    MASK,
    MAX_MESSAGE_LENGTH,
    MAX_PATH_LENGTH,
    escape_control_characters,
    mask_path,
    mask_text,
    mask_value,
)

_GAPS = ["", " ", "-", ".", "(", ")", "  ", " - ", "\u00a0", "\u2011", "\t", "%20", "+", "%2D"]


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str]:
    """A Kenyan mobile number and one of the ways in which people and URLs write it."""
    digits = draw(st.from_regex(r"[17][0-9]{8}", fullmatch=True))
    prefix = draw(st.sampled_from(["", "0", "254", "+254", "%2B254", "00254", "+254 0"]))
    gaps = [draw(st.sampled_from(_GAPS)) for _ in range(8)]
    spelled = digits[0] + "".join(gap + digit for gap, digit in zip(gaps, digits[1:], strict=True))
    return digits, prefix + spelled


@st.composite
def surroundings(draw: st.DrawFn) -> tuple[str, str]:
    """Text that may stand around a number without making it another number."""
    around = st.sampled_from(["", " ", "phone=", "/u/", '"', "tel:", "user", ",", "'", "\n", "?q="])
    return draw(around), draw(st.sampled_from(["", " ", "&x=1", '"', "/", ",", ";", "\n", "x"]))


class TestPhoneNumbers:
    @given(spellings(), surroundings())
    @example(("712345678", "712.345.678"), ("", ""))
    @example(("712345678", "0712 345 678"), ("x", "x"))
    @example(("100000000", "100.0.0.000 0"), ("", ""))
    def test_no_spelling_survives(self, spelling: tuple[str, str], around: tuple[str, str]) -> None:
        digits, spelled = spelling
        text = f"{around[0]}{spelled}{around[1]}"

        masked = mask_text(text)

        left = re.sub(r"%..|\D", "", masked)
        assert digits not in left

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("254712345678", "2547****5678"),
            ("call 0712 345 678 now", "call 2547****5678 now"),
            ("GET /users?phone=%2B254712345678", "GET /users?phone=%2B2547****5678"),
            ("GET /find?q=%20712345678", "GET /find?q=%202547****5678"),
            ("+254 (0) 110-345-678", "+2541****5678"),
            ("٠٧١٢٣٤٥٦٧٨", "2547****5678"),
            ("ws_CO_27102021154210708374149", "ws_CO_27102021154210*****4149"),
        ],
    )
    def test_a_number_keeps_its_ends(self, text: str, expected: str) -> None:
        assert mask_text(text) == expected

    @pytest.mark.parametrize(
        "harmless",
        [
            "172.16.10.12",
            "105.27.98.12:443",
            "1732374272 seconds",
            "2026-11-23T15:24:32.712Z",
            "amount 150000, transaction 123",
            "20261123152400",
        ],
    )
    def test_addresses_times_and_amounts_stay(self, harmless: str) -> None:
        assert mask_text(harmless) == harmless


class TestSecrets:
    @pytest.mark.parametrize(
        "text",
        [
            "POST /api/payments/callback/S3CRETvalue/ 200",
            "https://shop.example/api/payments/callback/S3CRETvalue",
            "POST /api/payments/callback//S3CRETvalue/ 404",
            "next=%2Fapi%2Fpayments%2Fcallback%2FS3CRETvalue%2F",
            "POST /api/payments/transaction-status/S3CRETvalue/result/ 200",
            "https://shop.example/api/payments/transaction-status/S3CRETvalue/timeout/",
            "Authorization: Token S3CRETvalue",
            "authorization='Bearer S3CRETvalue'",
            "{'Authorization': 'Basic S3CRETvalue='}",
            "sent Bearer S3CRETvalue99 to the host",
            'body {"password": "S3CRETvalue", "amount": 5}',
            "password=S3CRETvalue&x=1",
            "{'Password': b'S3CRETvalue'}",
            "passkey: S3CRETvalue",
            "consumer_secret=S3CRETvalue",
            "postgresql://kibeezy:S3CRETvalue@db/kibeezy",  # pragma: allowlist secret
            "redis://:S3CRETvalue@cache:6379/0",
            "Cookie: sessionid=S3CRETvalue; csrftoken=S3CRETvalue",
            "csrf_token='S3CRETvalue'",
            '"access_token":"S3CRETvalue"',
            "X-CSRFToken: S3CRETvalue",
            "api_key => S3CRETvalue",
            "argon2$argon2id$v=19$m=8,t=1,p=1$S3CRETvalue$S3CRETvalue",
            'body {"id_number": "S3CRETvalue", "full_name": "Asha"}',
            "idNumber=S3CRETvalue&x=1",
            "IdentityClaim(reference='KYC-1', id_number='S3CRETvalue')",
            "national_id: S3CRETvalue",
            "passport_no=S3CRETvalue",
            "FIELD_ENCRYPTION_KEYS=S3CRETvalue",
        ],
    )
    def test_no_secret_survives(self, text: str) -> None:
        assert "S3CRETvalue" not in mask_text(text)

    def test_a_long_key_is_hidden_wherever_it_stands(self) -> None:
        assert mask_text(f"found {'0f' * 32}.") == f"found {MASK}."

    def test_the_tokenless_callback_path_stays(self) -> None:
        assert mask_text("/api/payments/callback/ 200") == "/api/payments/callback/ 200"

    @given(st.text(st.characters(categories=["L", "N"]), min_size=8, max_size=60))
    def test_a_callback_token_of_any_letters_is_hidden(self, token: str) -> None:
        assert mask_text(f"/api/payments/callback/{token}/") == "/api/payments/callback/[token]/"


class TestValues:
    def test_values_under_telling_names_are_hidden_at_any_depth(self) -> None:
        value = {
            "a": [{"Passkey": 1, "headers": {"Authorization": ["x"]}}],
            "pin": "1234",
            "id_number": 28765678,
        }

        assert mask_value(value) == {
            "a": [{"Passkey": MASK, "headers": {"Authorization": MASK}}],
            "pin": MASK,
            "id_number": MASK,
        }

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (254712345678, "2547****5678"),
            (500, 500),
            (None, None),
            (True, True),
            (1.5, 1.5),
            (b"0712345678", "2547****5678"),
            (Decimal("10.50"), "10.50"),
            (("0712345678",), ["2547****5678"]),
            ({"254712345678": 1}, {"2547****5678": 1}),
        ],
    )
    def test_every_kind_of_value_is_masked(self, value: Any, expected: Any) -> None:
        assert mask_value(value) == expected

    def test_an_object_whose_str_raises_does_no_harm(self) -> None:
        class Silent:
            def __str__(self) -> str:
                raise RuntimeError

        assert mask_value(Silent()) == "<Silent without text>"

    def test_endless_nesting_ends(self) -> None:
        value: list[Any] = []
        value.append(value)

        assert "..." in str(mask_value(value))

    @given(
        st.recursive(
            st.text() | st.binary() | st.integers() | st.floats() | st.none(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_no_value_makes_masking_fail(self, value: Any) -> None:
        mask_value(value)


class TestControlCharacters:
    @given(st.text())
    def test_the_text_stays_on_one_line(self, text: str) -> None:
        assert len(escape_control_characters(text).splitlines()) <= 1

    def test_terminal_codes_and_overrides_are_written_out(self) -> None:
        assert escape_control_characters("a\x1b[31m\u202e\r\n") == "a\\x1b[31m\\u202e\\r\\n"


class TestPaths:
    @given(st.text("abcf/-_.%:=2750 é\n", max_size=70) | st.text("abcdef/012-", max_size=140))
    @example("/api/payments/transactions/254712345678/")
    @example("/api/payments/transactions/7/status/")
    @example("/" + "0f" * 20)
    @example("/" + "abcdef" * 7)
    def test_a_path_is_masked_as_any_text_is(self, path: str) -> None:
        assert mask_path(path) == mask_text(path)

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("/api/payments/callback/S3CRET_v-1/", "/api/payments/callback/[token]/"),
            ("/api/payments/callback/S3CRET", "/api/payments/callback/[token]"),
            (
                "/api/payments/transaction-status/S3CRET_v-1/result/",
                "/api/payments/transaction-status/[token]/result/",
            ),
            ("/api/payments/callback/S3CRET/more", "/api/payments/callback/[token]/more"),
            ("/api/payments/callback//S3CRET/", "/api/payments/callback//[token]/"),
            ("/api/payments/callback/", "/api/payments/callback/"),
            ("/callback/S3CRET/0712345678", "/callback/[token]/2547****5678"),
        ],
    )
    def test_a_callbacks_secret_is_hidden(self, path: str, expected: str) -> None:
        assert mask_path(path) == expected

    def test_a_long_path_is_cut(self) -> None:
        assert len(mask_path("/x" * 9_000)) < MAX_PATH_LENGTH + 40


_PRODUCT = ("common", "config", "kyc", "operations", "payments", "risk", "users", "wallet")


def _patterns_in(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, list | tuple | set | frozenset) and depth < 3:
        for item in value:
            yield from _patterns_in(item, depth + 1)
    elif isinstance(value, dict) and depth < 3:
        yield from _patterns_in(list(value.values()), depth + 1)


def _patterns_of_the_product() -> list[re.Pattern[Any]]:
    """Every pattern that a module of the product holds, so that a new one is timed as well."""
    for package in map(importlib.import_module, _PRODUCT):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not {"tests", "migrations", "management"} & set(found.name.split(".")):
                # What starts a server reads its settings when it is run, not when it is imported.
                importlib.import_module(found.name)
    modules = [
        module
        for name, module in sorted(sys.modules.items())
        if name.split(".")[0] in _PRODUCT and "tests" not in name
    ]
    found_patterns = {
        pattern: None for module in modules for pattern in _patterns_in(list(vars(module).values()))
    }
    return list(found_patterns)


_SIGNS = ["", " ", "%20(", "/", '"', "7", "a" * 29]


def _hostile_texts(pattern: re.Pattern[Any]) -> list[str]:
    """Texts of the pattern's own words, over and over: each is a start that may come to nothing."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    words = {*re.findall(r"[A-Za-z_]{3,}|%[0-9a-f]{2}|://", source), "7", "254", "0", "a", "%"}
    return [word + sign for word in sorted(words) for sign in _SIGNS]


def _cost_s(pattern: re.Pattern[Any], text: str) -> float:
    subject: Any = text if isinstance(pattern.pattern, str) else text.encode()
    started = time.thread_time()
    pattern.sub("", subject)
    pattern.fullmatch(subject)
    return time.thread_time() - started


def _is_linear(pattern: re.Pattern[Any], piece: str) -> bool:
    """Say whether sixteen times the text costs about sixteen times as much, and little in all.

    Quadratic would be 256 times. What disturbs a measurement only makes it dearer, so each side is
    its cheapest of several: a short text read while the machine was busy would excuse a long one.
    """
    short, long = ((piece * length)[:length] for length in (1_000, 16_000))
    short_s = min(_cost_s(pattern, short) for _ in range(5))
    tries = range(4)
    return any(_cost_s(pattern, long) < 16 * 4 * short_s + 0.002 for _ in tries)


class TestCost:
    @pytest.mark.parametrize("pattern", _patterns_of_the_product(), ids=lambda it: it.pattern[:40])
    def test_hostile_text_costs_by_its_length_only(self, pattern: re.Pattern[Any]) -> None:
        costly = (text for text in _hostile_texts(pattern) if not _is_linear(pattern, text))

        assert next(costly, None) is None

    def test_a_pattern_that_reads_the_rest_at_each_word_is_found(self) -> None:
        assert not _is_linear(re.compile(r"token%20(?=\S*\d)[a-z]{8}"), "token%20(")

    @pytest.mark.parametrize("hostile", ["csrf", "7 ", "token%20(", "passport_n", "0 0 2 5 4 "])
    def test_a_whole_line_is_masked_within_milliseconds(self, hostile: str) -> None:
        text = hostile * 100_000

        best = min(timeit.repeat(lambda: mask_text(text), timer=time.thread_time, number=1))

        # 3 to 5 ms where this was written. A slip into the square of the length is seconds.
        assert best < 0.1
        assert len(mask_text(text)) < MAX_MESSAGE_LENGTH + 100
