"""M-Pesa's own list of payments, as it is asked for and as it answers: no network, no database."""

import json
from dataclasses import astuple
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.daraja import pull
from payments.daraja.confirmations import hash_number
from payments.daraja.replies import TokenRejected
from payments.gateway import (
    GatewayRejected,
    OutcomeUnknown,
    PaybillNotice,
    ProductMissing,
    PulledPage,
    RejectionReason,
)
from payments.tests.daraja.test_robustness import json_values, unhurried

PHONE = "254712345678"
ROW = {
    "transactionId": "yzlyrEsRG1",
    "trxDate": "2026-11-20T12:00:00Z",
    "msisdn": int(PHONE),
    "sender": "MPESA",
    "transactiontype": "c2b-pay-bill-debit",
    "billreference": "5720000009",
    "amount": "500.00",
    "organizationname": "Kibeezy",
}


def page(*rows: Any, code: str = "1000", **more: Any) -> bytes:
    """Write one page as the official sample has it: a list in a list."""
    return json.dumps({"ResponseCode": code, "Response": [list(rows)], **more}).encode()


def read(body: bytes, status: int = 200) -> PulledPage:
    return pull.parse_query_reply(status, body)


def notice_of(**changes: Any) -> PaybillNotice:
    """Return how one row is read; None as a value leaves the field out."""
    fields = {name: value for name, value in {**ROW, **changes}.items() if value is not None}
    (row,) = read(page(fields)).rows
    assert row.notice is not None
    return row.notice


class TestQuery:
    def test_the_times_are_nairobis(self) -> None:
        begin, end = datetime(2026, 11, 27, 22, 5, tzinfo=UTC), datetime(2026, 11, 28, tzinfo=UTC)

        assert pull.build_query_payload(begin, end, 100, business_short_code="600984") == {
            "ShortCode": "600984",
            "StartDate": "2026-11-28 01:05:00",
            "EndDate": "2026-11-28 03:00:00",
            "OffSetValue": "100",
        }

    def test_a_registration_names_the_nominated_number(self) -> None:
        built = pull.build_register_payload(PHONE, "https://a.example/", business_short_code="6001")

        assert built == {
            "ShortCode": "6001",
            "RequestType": "Pull",
            "NominatedNumber": PHONE,
            "CallBackURL": "https://a.example/",
        }


class TestRows:
    def test_a_row_is_a_payment_by_hand(self) -> None:
        assert notice_of() == PaybillNotice(
            receipt="YZLYRESRG1",
            amount=Decimal("500.00"),
            account_number="5720000009",
            business_short_code="",
            transaction_type="c2b-pay-bill-debit",
            paid_at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
            payer_name="",
            payer_number="2547****5678",
            payer_hash=hash_number(PHONE),
        )

    @pytest.mark.parametrize(
        "written",
        [
            "2026-11-20T12:00:00Z",
            "2026-11-20 12:00:00",
            "2026-11-20T12:00:00.000+03:00",
            "20261120120000",
            20261120120000,
        ],
    )
    def test_every_form_of_the_time(self, written: Any) -> None:
        assert notice_of(trxDate=written).paid_at == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    @pytest.mark.parametrize(
        "written", ["", None, "yesterday", "2026-13-01 00:00:00", "0001-01-01 00:00:00", [], 7]
    )
    def test_a_time_that_cannot_be_read_costs_nobody_a_payment(self, written: Any) -> None:
        assert notice_of(trxDate=written).paid_at is None

    @pytest.mark.parametrize("written", ["500.00", "500", 500, 500.0])
    def test_every_form_of_the_amount(self, written: Any) -> None:
        assert notice_of(amount=written).amount == Decimal(500)

    @pytest.mark.parametrize(
        ("written", "masked", "is_hashed"),
        [
            (int(PHONE), "2547****5678", True),
            (PHONE, "2547****5678", True),
            ("2547 ***** 126", "2547****126", False),
            (72200000, "", False),
            ("MPESA", "", False),
            (None, "", False),
        ],
    )
    def test_every_form_of_the_payers_number(
        self, written: Any, masked: str, is_hashed: bool
    ) -> None:
        notice = notice_of(msisdn=written)

        assert (notice.payer_number, bool(notice.payer_hash)) == (masked, is_hashed)

    def test_a_name_is_kept_and_a_number_in_it_is_not(self) -> None:
        assert notice_of(sender=f"{PHONE} - JOHN").payer_name == "**** - JOHN"

    def test_the_full_number_is_nowhere(self) -> None:
        row = {**ROW, "sender": PHONE, "phoneNumber": PHONE, "nested": {"msisdn": [int(PHONE)]}}

        found = read(page(row, [PHONE], PHONE, int(PHONE)))

        assert len(found.rows) == 4
        assert PHONE not in repr(found)
        assert found.rows[0].raw["transactionId"] == "yzlyrEsRG1"
        assert found.rows[0].raw["billreference"] == "5720000009"

    @pytest.mark.parametrize(
        "bad",
        [
            {**ROW, "transactionId": None},
            {**ROW, "transactionId": 7},
            {**ROW, "amount": "0"},
            {**ROW, "amount": "five hundred"},
            {},
            "a text",
            None,
            7,
        ],
    )
    def test_what_cannot_be_read_is_kept_beside_the_others(self, bad: Any) -> None:
        rows = read(page(bad, ROW)).rows

        assert [row.notice is None for row in rows] == [True, False]

    def test_keys_may_have_spaces(self) -> None:
        row = {"transaction Id": "UKL51ZDR4F", "amount": 5, "bill reference": "X"}
        body = json.dumps({"Response Code": "1000", "Response": [[row]]}).encode()

        (found,) = read(body).rows

        assert found.notice is not None
        assert (found.notice.receipt, found.notice.account_number) == ("UKL51ZDR4F", "X")


class TestPages:
    @pytest.mark.parametrize(
        "response",
        [[[ROW, ROW]], [ROW, ROW], [[ROW], [ROW]], [[[ROW, ROW]]], json.dumps([[ROW, ROW]])],
        ids=["nested", "flat", "one each", "deep", "text"],
    )
    def test_every_form_of_the_list(self, response: Any) -> None:
        body = json.dumps({"ResponseCode": 1000, "Response": response}).encode()

        assert [row.notice is not None for row in read(body).rows] == [True, True]

    @pytest.mark.parametrize("response", ["[[]]", [[]], [], "", None, "[]"])
    def test_every_form_of_nothing(self, response: Any) -> None:
        text = "No records found or Organization Name not available"
        body = {"ResponseCode": "1001", "ResponseMessage": text, "Response": response}

        found = read(json.dumps(body).encode())

        assert (found.rows, found.description) == ((), text)

    def test_a_thousand_with_an_empty_list_is_empty(self) -> None:
        assert read(page()).rows == ()

    @pytest.mark.parametrize(("given", "total"), [(3, 3), ("3", 3), (None, None), ("many", None)])
    def test_the_number_of_pages_where_it_is_told(self, given: Any, total: int | None) -> None:
        assert read(page(ROW, TotalPages=given)).total_pages == total

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (200, b""),
            (200, b"<html>Incapsula incident</html>"),
            (200, b'{"ResponseCode": "1000"}'),
            (200, b'{"ResponseCode": "1000", "Response": "lost"}'),
            (200, b'{"Response": [[]]}'),
            (200, page(ROW, code="500")),
            (500, page(ROW)),
            (502, b"<html>502 Bad Gateway</html>"),
        ],
    )
    def test_what_is_no_clear_answer_is_never_an_empty_list(self, status: int, body: bytes) -> None:
        with pytest.raises(OutcomeUnknown):
            read(body, status)

    @pytest.mark.parametrize(
        ("status", "body", "error"),
        [
            (401, {"errorCode": "401.001", "errorMessage": "Invalid token"}, TokenRejected),
            (200, {"ResponseCode": "401.001", "ResponseMessage": "token"}, TokenRejected),
            (400, {"errorCode": "400.001", "errorMessage": "Invalid"}, GatewayRejected),
            (200, {"ResponseCode": "400.001", "ResponseMessage": "Invalid"}, GatewayRejected),
            (403, {"errorCode": "403.001", "errorMessage": "No subscription"}, GatewayRejected),
            (404, {"errorCode": "404.003.01", "errorMessage": "Resource"}, GatewayRejected),
            (
                401,
                {"errorCode": "401.003.01", "errorMessage": "as no apiproduct match found"},
                ProductMissing,
            ),
        ],
    )
    def test_a_clear_no(self, status: int, body: dict[str, str], error: type[Exception]) -> None:
        with pytest.raises(error) as caught:
            read(json.dumps(body).encode(), status)

        assert type(caught.value) is error

    def test_a_throttle_says_that_it_is_one(self) -> None:
        body = {"errorCode": "500.003.02", "errorMessage": "Spike Arrest Violation"}

        with pytest.raises(GatewayRejected) as caught:
            read(json.dumps(body).encode(), 500)

        assert caught.value.reason is RejectionReason.BUSY


class TestRegister:
    @pytest.mark.parametrize("space", ["", " "])
    @pytest.mark.parametrize(("code", "is_new"), [("1000", True), ("1001", False)])
    def test_new_and_registered_before_are_both_a_success(
        self, space: str, code: str, is_new: bool
    ) -> None:
        body = {f"Response{space}Status": code, f"Response{space}Description": "Registered"}

        registered = pull.parse_register_reply(200, json.dumps(body).encode())

        assert (registered.is_new, registered.description) == (is_new, "Registered")

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"ResponseStatus": "1002"}'])
    def test_what_says_neither_is_unknown(self, body: bytes) -> None:
        with pytest.raises(OutcomeUnknown):
            pull.parse_register_reply(200, body)


_rows = st.dictionaries(st.sampled_from([*ROW, "Transaction Id", "x"]) | st.text(), json_values)
_lists = st.lists(_rows | st.lists(_rows | json_values) | json_values)


class TestRobustness:
    @unhurried
    @given(st.binary(), st.sampled_from([200, 400, 401, 500]))
    def test_any_bytes(self, body: bytes, status: int) -> None:
        self.check(body, status)

    @settings(deadline=None, max_examples=200)
    @given(
        st.fixed_dictionaries(
            {"Response": _lists | json_values},
            optional={
                "ResponseCode": st.sampled_from(["1000", 1000, "1001", "0"]) | json_values,
                "Response Status": json_values,
                "TotalPages": json_values,
                "ResponseMessage": json_values,
            },
        )
    )
    def test_any_json(self, body: dict[str, object]) -> None:
        self.check(json.dumps(body).encode(), 200)

    def check(self, body: bytes, status: int) -> None:
        """Read it, and see that what comes can be stored."""
        for parse in (pull.parse_query_reply, pull.parse_register_reply):
            try:
                found = parse(status, body)
            except (GatewayRejected, OutcomeUnknown, TokenRejected):
                continue
            assert "\x00" not in repr(astuple(found))
            for row in getattr(found, "rows", ()):
                json.dumps(row.raw).encode()
