"""Whatever carries a number or a secret, the masked text does not."""

import re
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.masking import MASK, escape_control_characters, mask_text, mask_value

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
    def test_every_kind_of_value(self, value: Any, expected: Any) -> None:
        assert mask_value(value) == expected

    def test_an_object_that_cannot_say_its_text_does_no_harm(self) -> None:
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
    def test_no_value_breaks_it(self, value: Any) -> None:
        mask_value(value)


class TestControlCharacters:
    @given(st.text())
    def test_the_text_stays_on_one_line(self, text: str) -> None:
        assert len(escape_control_characters(text).splitlines()) <= 1

    def test_terminal_codes_and_overrides_are_written_out(self) -> None:
        assert escape_control_characters("a\x1b[31m\u202e\r\n") == "a\\x1b[31m\\u202e\\r\\n"


class TestCost:
    @pytest.mark.parametrize(
        "text", ["7" * 60_000, "7 " * 30_000, "password" * 8_000, "token=" * 10_000, "a" * 99_999,
                 '"' * 50_000, "://" * 20_000, "ws_CO_" * 9_000, "ws_CO_" + "1" * 30_000,
                 "%20" * 20_000, "1.1.1." * 9_000, "passkey" + " " * 30_000]
    )  # fmt: skip
    def test_hostile_text_is_no_more_work_than_other_text(self, text: str) -> None:
        started = time.process_time()

        masked = mask_text(text)

        assert time.process_time() - started < 1
        assert len(masked) < 70_000
