"""What we send to STK Push, byte for byte: no network, no database."""

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from payments.daraja import stk
from payments.gateway import GatewayRejected, PushRequest, RejectionReason

QUERIED_ID = "ws_CO_05042025123542618708374149"
NOW = datetime(2021, 6, 28, 6, 24, 8, tzinfo=UTC)
PASSKEY = "bfb279f9"
PAYBILL = stk.ShortCode(business_short_code="174379", passkey=PASSKEY)


def make_request(**changes: Any) -> PushRequest:
    fields = {
        "phone_number": "254722000000",
        "amount": 1,
        "account_reference": "DEP7K2M9QX",
        "transaction_desc": "Deposit",
        "callback_url": "https://example.com/hooks/x7f/stk",
    }
    return PushRequest(**{**fields, **changes})


class TestShortCode:
    def test_a_paybill_receives_its_own_money(self) -> None:
        assert PAYBILL.payee == "174379"

    def test_a_till_is_paid_by_its_own_number(self) -> None:
        till = stk.ShortCode(
            business_short_code="600000",
            passkey=PASSKEY,
            transaction_type=stk.TILL,
            party_b="5550001",
        )

        payload = stk.build_push_payload(make_request(), till, now=NOW)

        assert payload["BusinessShortCode"] == 600000
        assert payload["PartyB"] == 5550001
        assert payload["TransactionType"] == "CustomerBuyGoodsOnline"

    @pytest.mark.parametrize(
        "number",
        ["", "1234", "12345678", "017437", "17437x", "\u0661\u0667\u0664\u0663\u0667\u0669"],
    )
    def test_malformed_numbers_are_refused(self, number: str) -> None:
        with pytest.raises(ValueError, match="digits"):
            stk.ShortCode(business_short_code=number, passkey=PASSKEY)
        if number:
            with pytest.raises(ValueError, match="PartyB"):
                stk.ShortCode(business_short_code="174379", passkey=PASSKEY, party_b=number)

    def test_an_unknown_transaction_type_is_refused(self) -> None:
        with pytest.raises(ValueError, match="transaction type"):
            stk.ShortCode(
                business_short_code="174379", passkey=PASSKEY, transaction_type="CustomerPay"
            )

    def test_the_passkey_is_not_shown(self) -> None:
        assert PASSKEY not in repr(PAYBILL)


class TestBuildPushPayload:
    def test_the_body_is_the_documented_one(self) -> None:
        payload = stk.build_push_payload(make_request(), PAYBILL, now=NOW)

        password = base64.b64encode(b"174379bfb279f920210628092408").decode()
        assert payload == {
            "BusinessShortCode": 174379,
            "Password": password,
            "Timestamp": "20210628092408",
            "TransactionType": "CustomerPayBillOnline",
            "Amount": 1,
            "PartyA": 254722000000,
            "PartyB": 174379,
            "PhoneNumber": 254722000000,
            "CallBackURL": "https://example.com/hooks/x7f/stk",
            "AccountReference": "DEP7K2M9QX",
            "TransactionDesc": "Deposit",
        }

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("amount", 0),
            ("amount", -5),
            ("amount", True),
            ("amount", Decimal(10)),
            ("phone_number", "0722000000"),
            ("phone_number", "254822000000"),
            ("phone_number", "+254722000000"),
            ("phone_number", "25472200000\u0660"),
            ("account_reference", ""),
            ("account_reference", "DEP7K2M9QX123"),
            ("account_reference", "DEP#1"),
            ("transaction_desc", ""),
            ("transaction_desc", "Deposit number"),
            ("transaction_desc", "Deposit\n"),
        ],
    )
    def test_a_field_that_daraja_would_refuse_or_change_is_never_built(
        self, field: str, value: object
    ) -> None:
        with pytest.raises(GatewayRejected, match=field) as caught:
            stk.build_push_payload(make_request(**{field: value}), PAYBILL, now=NOW)

        assert "2547" not in caught.value.detail


class TestBuildQueryPayload:
    def test_the_body_is_the_documented_one(self) -> None:
        payload = stk.build_query_payload(QUERIED_ID, PAYBILL, now=NOW)

        assert payload == {
            "BusinessShortCode": "174379",
            "Password": base64.b64encode(b"174379bfb279f920210628092408").decode(),
            "Timestamp": "20210628092408",
            "CheckoutRequestID": QUERIED_ID,
        }


class TestFormatTimestamp:
    def test_the_timestamp_is_in_nairobi_time_even_across_midnight(self) -> None:
        assert stk.format_timestamp(datetime(2026, 12, 31, 21, 0, tzinfo=UTC)) == "20270101000000"


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("PhoneNumber", RejectionReason.NUMBER),
        ("PartyA", RejectionReason.NUMBER),
        ("Password", RejectionReason.AUTHENTICATION),
        ("PartyB", RejectionReason.REJECTED),
        ("CallBackURL", RejectionReason.REJECTED),
    ],
)
def test_a_rejected_field_gives_its_own_rejection_reason(
    named: str, reason: RejectionReason
) -> None:
    text = f"Bad Request - Invalid {named}"
    body = json.dumps({"requestId": "1", "errorCode": "400.002.02", "errorMessage": text})

    with pytest.raises(GatewayRejected) as caught:
        stk.parse_push_reply(400, body.encode())

    assert caught.value.reason is reason
