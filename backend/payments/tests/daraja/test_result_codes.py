"""The catalogue covers docs/daraja.md §6 in both languages; the unknown is never a failure."""

import re

import pytest

from payments.daraja.result_codes import LISTED, describe_result
from payments.gateway import STILL_PROCESSING, SUCCESS

# The rows of docs/daraja.md §6.
CODES = [
    *("0", "1", "2", "3", "4", "8", "17", "26", "1001", "1019", "1025", "1031", "1032", "1036"),
    *("11", "12", "13", "14", "15", "20", "21", "24", "25", "29"),
    *("1037", "1101", "1102", "2001", "2006", "2026", "2028", "4999", "8006", "9999"),
    *("SFC_IC0003", "E3008"),
]
FAILURES = [code for code in CODES if code not in {SUCCESS, STILL_PROCESSING}]


class TestDescribeResult:
    def test_every_row_of_the_reference_is_listed_and_nothing_else(self) -> None:
        assert sorted(LISTED) == sorted(CODES)

    @pytest.mark.parametrize("code", FAILURES)
    def test_listed_failures_are_final(self, code: str) -> None:
        assert describe_result(code).is_final_failure

    @pytest.mark.parametrize("code", [SUCCESS, STILL_PROCESSING, "1050", "00", "", "new"])
    def test_unlisted_result_codes_are_no_final_failure(self, code: str) -> None:
        assert not describe_result(code).is_final_failure

    @pytest.mark.parametrize(
        ("code", "seconds"), [("17", 120), ("1001", 60), ("26", 60), ("1037", None), ("1", None)]
    )
    def test_waits_are_those_of_mpesa(self, code: str, seconds: int | None) -> None:
        assert describe_result(code).retry_after_s == seconds

    @pytest.mark.parametrize("code", ["8", "11", "29", "1025", "1101", "2028", "SFC_IC0003"])
    def test_causes_on_our_side_alert_operators(self, code: str) -> None:
        assert describe_result(code).alert_ops

    @pytest.mark.parametrize("code", ["0", "4999", "11", "1102", "2028", "SFC_IC0003", "E3008"])
    def test_no_new_prompt_where_it_cannot_help(self, code: str) -> None:
        assert not describe_result(code).may_retry

    def test_an_unlisted_code_keeps_its_name_and_gets_the_generic_sentence(self) -> None:
        described = describe_result("77777")

        assert described.code == "77777"
        assert described.may_retry
        assert described.message.en.startswith("The payment did not go through.")


class TestMessages:
    @pytest.mark.parametrize("code", [*FAILURES, "unlisted"])
    def test_a_failure_says_once_whether_money_moved(self, code: str) -> None:
        message = describe_result(code).message

        assert len(re.findall(r"No money was taken|If money was taken", message.en)) == 1
        assert len(re.findall(r"Hakuna pesa iliyokatwa|Ikiwa pesa ilikatwa", message.sw)) == 1

    @pytest.mark.parametrize("code", [*CODES, "unlisted"])
    def test_messages_are_whole_sentences_in_both_languages(self, code: str) -> None:
        message = describe_result(code).message

        assert message.en != message.sw
        assert all(re.fullmatch(r"[A-Z].+\.", text) for text in message)

    @pytest.mark.parametrize("code", [*FAILURES, STILL_PROCESSING, "unlisted"])
    def test_failures_say_what_became_of_the_money(self, code: str) -> None:
        message = describe_result(code).message

        assert re.search("[Mm]oney", message.en)
        assert re.search("[Pp]esa i", message.sw)

    @pytest.mark.parametrize("code", CODES)
    def test_names_of_daily_life_are_not_translated(self, code: str) -> None:
        message = describe_result(code).message

        for word in ("M-Pesa", "PIN", "SMS"):
            assert word not in message.en or word in message.sw or code in {"9999"}
