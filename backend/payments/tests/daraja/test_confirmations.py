"""Reading what M-Pesa posts about payments to the paybill."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.daraja.confirmations import (
    MalformedConfirmation,
    hash_number,
    parse_confirmation,
    parse_validation,
)

#: Safaricom's own example (docs/daraja.md §10), without its spaces.
EXAMPLE = {
    "TransactionType": "Pay Bill",
    "TransID": "RKL51ZDR4F",
    "TransTime": "20231121121325",
    "TransAmount": "5.00",
    "BusinessShortCode": "600966",
    "BillRefNumber": "Sample Transaction",
    "InvoiceNumber": "",
    "OrgAccountBalance": "25.00",
    "ThirdPartyTransID": "",
    "MSISDN": "2547 ***** 126",
    "FirstName": "JOHN",
    "MiddleName": "",
    "LastName": "",
}


def body(**fields: Any) -> bytes:
    """Write the example with other fields; None leaves one out."""
    told = {name: value for name, value in {**EXAMPLE, **fields}.items() if value is not None}
    return json.dumps(told).encode()


class TestParseConfirmation:
    def test_the_example(self) -> None:
        notice = parse_confirmation(body())

        assert (notice.receipt, notice.amount) == ("RKL51ZDR4F", Decimal("5.00"))
        assert notice.paid_at == datetime(2023, 11, 21, 9, 13, 25, tzinfo=UTC)
        assert notice.account_number == "Sample Transaction"
        assert (notice.business_short_code, notice.transaction_type) == ("600966", "Pay Bill")
        assert (notice.payer_name, notice.payer_number, notice.payer_hash) == (
            "JOHN", "2547****126", "",
        )  # fmt: skip

    @pytest.mark.parametrize("amount", ["5", "5.0", "5.00", 5, 5.0])
    def test_amounts_are_text_or_numbers(self, amount: Any) -> None:
        assert parse_confirmation(body(TransAmount=amount)).amount == 5

    @pytest.mark.parametrize(
        ("msisdn", "number", "digest"),
        [
            (None, "", ""),
            ("", "", ""),
            ("nobody", "", ""),
            ("254712345678", "2547****5678", hash_number("254712345678")),
            (254712345678, "2547****5678", hash_number("254712345678")),
            ("A" * 64, "", "a" * 64),
            ("2547 ***** 126", "2547****126", ""),
            ("ec59ead3 ***** bb95", "", ""),
        ],
    )
    def test_the_payers_number_is_masked_hashed_or_missing(
        self, msisdn: Any, number: str, digest: str
    ) -> None:
        notice = parse_confirmation(body(MSISDN=msisdn))

        assert (notice.payer_number, notice.payer_hash) == (number, digest)

    @pytest.mark.parametrize(
        "fields",
        [
            {"FirstName": None, "MiddleName": None, "LastName": None},
            {"TransactionType": "Customer Merchant Payment"},
            {"TransactionType": None},
            {"TransactionType": 7},
            {"TransTime": None},
            {"TransTime": "yesterday"},
            {"BillRefNumber": None},
            {"BillRefNumber": 5720000009},
            {"BusinessShortCode": None},
            {"BusinessShortCode": 600966},
            {"OrgAccountBalance": None, "InvoiceNumber": None, "ThirdPartyTransID": None},
        ],
        ids=str,
    )
    def test_nothing_but_receipt_and_amount_is_needed(self, fields: dict[str, Any]) -> None:
        assert parse_confirmation(body(**fields)).receipt == "RKL51ZDR4F"

    def test_an_account_number_sent_as_a_number_is_read(self) -> None:
        assert parse_confirmation(body(BillRefNumber=5720000009)).account_number == "5720000009"

    @pytest.mark.parametrize(
        "broken",
        [
            b"",
            b"not JSON",
            b"[]",
            body(TransID=None),
            body(TransID="a b"),
            body(TransAmount=None),
            body(TransAmount="0"),
            body(TransAmount="-5"),
            body(TransAmount="5.001"),
        ],
    )
    def test_without_receipt_or_amount_it_is_no_confirmation(self, broken: bytes) -> None:
        with pytest.raises(MalformedConfirmation):
            parse_confirmation(broken)

    @given(
        st.binary(max_size=300)
        | st.dictionaries(st.text(), st.text()).map(
            lambda fields: json.dumps({**EXAMPLE, **fields}).encode()
        )
    )
    def test_any_bytes_are_read_or_malformed(self, posted: bytes) -> None:
        with suppress(MalformedConfirmation):
            assert parse_confirmation(posted).receipt


class TestParseValidation:
    def test_it_may_name_no_receipt_and_no_amount(self) -> None:
        notice = parse_validation(body(TransID=None, TransAmount="many"))

        assert (notice.receipt, notice.amount) == (None, None)
