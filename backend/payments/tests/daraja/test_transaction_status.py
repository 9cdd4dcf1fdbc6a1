"""Transaction Status on the wire: acknowledgements, results in all their shapes, time-outs."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.daraja import transaction_status
from payments.daraja.replies import TokenRejected
from payments.daraja.transaction_status import (
    INITIATOR_CODES,
    MalformedResult,
    is_busy,
    keep,
    parse_reply,
    parse_result,
    parse_timeout,
    read_time,
)
from payments.gateway import (
    GatewayError,
    GatewayRejected,
    InitiatorRejected,
    OutcomeUnknown,
    RejectionReason,
    TransactionResult,
)
from payments.tests.daraja.test_robustness import json_values

ACK = {
    "OriginatorConversationID": "1236-7134259-1",
    "ConversationID": "AG_20210709_1234409f86436c583e3f",
    "ResponseCode": "0",
    "ResponseDescription": "Accept the service request successfully.",
}
CREDENTIAL = "TheSecurityCredential" * 16
RECEIPT = "UKL52ZDR4F"
PARAMETERS = {
    "DebitPartyName": "254712345678 - Wanjiku Kamau",
    "CreditPartyName": "174379 - Kibeezy",
    "OriginatorConversationID": "71f5-4a2e-0001",
    "InitiatedTime": 20261120115958,
    "CreditPartyCharges": None,
    "DebitAccountType": "MMF Account For Customer",
    "TransactionReason": None,
    "ReasonType": "Pay Utility via STK",
    "TransactionStatus": "Completed",
    "FinalisedTime": 20261120120000,
    "Amount": "500.00",
    "ConversationID": "AG_20261120_201053b5b1b0a35c6f3a",
    "ReceiptNo": RECEIPT,
    "DebitPartyCharges": None,
}


def items(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """Return parameters as M-Pesa lists them: one without a value has none."""
    return [
        {"Key": name} if value is None else {"Key": name, "Value": value}
        for name, value in parameters.items()
    ]


def result_body(listed: Any = None, **changes: Any) -> bytes:
    """Write a result: KES 500 from the customer to us, completed."""
    parameters = {**PARAMETERS, **changes}
    result = {
        "ResultType": 0,
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "OriginatorConversationID": "71f5-4a2e-0001",
        "ConversationID": "AG_20261120_2010",
        "TransactionID": RECEIPT,
        "ResultParameters": {"ResultParameter": items(parameters) if listed is None else listed},
        "ReferenceData": {"ReferenceItem": {"Key": "Occasion", "Value": "Status"}},
    }
    return json.dumps({"Result": result}).encode()


def failure_body(code: Any, description: str = "The initiator information is invalid.") -> bytes:
    result = {"ResultType": 0, "ResultCode": code, "ResultDesc": description,
              "ConversationID": "AG_1", "TransactionID": "UKL0000000"}  # fmt: skip
    return json.dumps({"Result": result}).encode()


class TestReply:
    def test_an_acknowledgement_has_mpesas_ids(self) -> None:
        accepted = parse_reply(200, json.dumps(ACK).encode())

        assert accepted.conversation_id == "AG_20210709_1234409f86436c583e3f"
        assert accepted.originator_conversation_id == "1236-7134259-1"

    @pytest.mark.parametrize("code", ["0", 0, "00000000"])
    def test_any_zeros_acknowledge(self, code: Any) -> None:
        assert parse_reply(200, json.dumps({**ACK, "ResponseCode": code}).encode())

    @pytest.mark.parametrize("code", sorted(INITIATOR_CODES))
    @pytest.mark.parametrize("field", ["ResponseCode", "errorCode"])
    def test_a_rejected_initiator_has_an_error_of_its_own(self, code: str, field: str) -> None:
        with pytest.raises(InitiatorRejected) as caught:
            parse_reply(200, json.dumps({field: code, "errorMessage": "no"}).encode())

        assert caught.value.result_code == code

    @pytest.mark.parametrize(
        ("status", "error", "says"),
        [
            (500, "500.003.02", "System is busy"),
            (500, "500.003.02", "Error Occurred: Spike Arrest Violation"),
            (500, "500.003.03", "Quota Violation"),
            (200, "26", "Traffic block"),
            (200, "100000001", "overload"),
            (200, "00.002.1001", "maintenance"),
        ],
    )
    def test_a_throttle_asks_for_patience(self, status: int, error: str, says: str) -> None:
        with pytest.raises(GatewayRejected) as caught:
            parse_reply(status, json.dumps({"errorCode": error, "errorMessage": says}).encode())

        assert caught.value.reason is RejectionReason.BUSY

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (400, {"errorCode": "400.002.05", "errorMessage": "Invalid Request Payload"}),
            (404, {"errorCode": "404.001.04", "errorMessage": "Invalid Authentication Header"}),
            (200, {"ResponseCode": "1", "ResponseDescription": "Rejected"}),
        ],
    )
    def test_a_clear_no(self, status: int, body: dict[str, str]) -> None:
        with pytest.raises(GatewayRejected) as caught:
            parse_reply(status, json.dumps(body).encode())

        assert caught.value.reason is RejectionReason.REJECTED

    def test_a_rejected_token_is_for_the_gateway_to_renew(self) -> None:
        error = {"errorCode": "400.003.01", "errorMessage": "Invalid Access Token"}

        with pytest.raises(TokenRejected):
            parse_reply(400, json.dumps(error).encode())

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (200, b""), (200, b"<html>"), (200, b"{}"), (500, b"{}"), (502, b"<html>"),
            (500, b'{"errorCode":"500.003.1001","errorMessage":"Internal Server Error"}'),
            (500, json.dumps(ACK).encode()),
        ],
    )  # fmt: skip
    def test_anything_else_leaves_it_unknown(self, status: int, body: bytes) -> None:
        with pytest.raises(OutcomeUnknown):
            parse_reply(status, body)

    def test_an_echoed_credential_is_in_no_error(self) -> None:
        body = {"errorCode": "2001", "errorMessage": f"Invalid {CREDENTIAL}"}

        with pytest.raises(GatewayError) as caught:
            parse_reply(400, json.dumps(body).encode())

        assert CREDENTIAL not in caught.value.detail


class TestResult:
    def test_a_completed_payment(self) -> None:
        found = parse_result(result_body())

        assert (found.result_code, found.receipt, found.transaction_status) == (
            "0", RECEIPT, "Completed",
        )  # fmt: skip
        assert (found.amount, found.credit_party) == (Decimal("500.00"), "174379")
        assert found.paid_at == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
        assert (found.payer_msisdn, found.payer_number, found.payer_name) == (
            "254712345678", "2547****5678", "Wanjiku Kamau",
        )  # fmt: skip
        assert (found.reason_type, found.conversation_id) == (
            "Pay Utility via STK", "AG_20261120_2010",
        )  # fmt: skip

    def test_the_payers_whole_number_is_in_no_text_of_it(self) -> None:
        found = parse_result(result_body(TransactionReason="paid by 0712345678 254712345678"))

        assert "254712345678" not in repr(found)
        assert "712345678" not in json.dumps(found.raw)
        assert "2547****5678 - Wanjiku Kamau" in json.dumps(found.raw)

    @pytest.mark.parametrize("code", [2001, "2001", 2001.0])
    def test_a_code_is_text_whatever_it_is_written_as(self, code: Any) -> None:
        assert parse_result(failure_body(code)).result_code == "2001"

    @pytest.mark.parametrize("code", ["SFC_IC0003", "TP40153", "R000002"])
    def test_a_code_may_be_no_number(self, code: str) -> None:
        found = parse_result(failure_body(code))

        assert (found.result_code, found.receipt, found.amount) == (code, None, None)

    def test_one_parameter_may_stand_in_the_place_of_a_list(self) -> None:
        found = parse_result(result_body({"Key": "ReceiptNo", "Value": RECEIPT}))

        assert (found.receipt, found.transaction_status) == (RECEIPT, "")

    @pytest.mark.parametrize("listed", ["text", 5, [], [5, "x", None], [{"Value": "x"}]])
    def test_parameters_that_are_none_name_nothing(self, listed: Any) -> None:
        found = parse_result(result_body(listed))

        assert (found.receipt, found.amount, found.payer_msisdn) == (None, None, "")

    def test_the_order_does_not_matter(self) -> None:
        turned = items(dict(reversed(PARAMETERS.items())))

        assert parse_result(result_body(turned)).receipt == RECEIPT

    @pytest.mark.parametrize(
        ("name", "value", "attribute", "nothing"),
        [
            ("ReceiptNo", "UKL52ZDR4G", "receipt", None),
            ("Amount", "400.00", "amount", None),
            ("TransactionStatus", "Reversed", "transaction_status", ""),
            ("CreditPartyName", "600000 - Another", "credit_party", ""),
            ("DebitPartyName", "254722000000 - Otieno", "payer_msisdn", ""),
        ],
    )
    def test_a_name_with_two_values_is_not_known(
        self, name: str, value: str, attribute: str, nothing: Any
    ) -> None:
        listed = [*items(PARAMETERS), {"Key": name, "Value": value}]

        assert getattr(parse_result(result_body(listed)), attribute) == nothing

    def test_a_name_that_is_repeated_without_or_with_its_value_is_known(self) -> None:
        listed = [*items(PARAMETERS), {"Key": "ReceiptNo"}, {"Key": "ReceiptNo", "Value": RECEIPT}]

        assert parse_result(result_body(listed)).receipt == RECEIPT

    def test_the_organisation_beside_the_payer_is_no_payer(self) -> None:
        listed = [*items(PARAMETERS), {"Key": "DebitPartyName", "Value": "600610 - Safaricom333"}]

        assert parse_result(result_body(listed)).payer_msisdn == "254712345678"

    @pytest.mark.parametrize(
        ("party", "number", "name"),
        [
            ("2547****678 - J*** K***", "2547****678", "J*** K***"),
            ("Wanjiku Kamau", "", ""),
            ("0712345678 - Wanjiku", "", "Wanjiku"),
            ("254712345678", "2547****5678", ""),
            (254712345678, "2547****5678", ""),
            ("600000 - A Business", "", ""),
            ("", "", ""),
        ],
    )
    def test_a_payer_in_another_form(self, party: Any, number: str, name: str) -> None:
        found = parse_result(result_body(DebitPartyName=party))

        assert (found.payer_number, found.payer_name) == (number, name)
        assert found.payer_msisdn == ("254712345678" if number == "2547****5678" else "")

    @pytest.mark.parametrize(
        "party", ["Kibeezy", "0174379 - Kibeezy", "254712345678 - W", "1743 - x", ""]
    )
    def test_a_credit_party_without_short_code_is_not_known(self, party: str) -> None:
        assert parse_result(result_body(CreditPartyName=party)).credit_party == ""

    @pytest.mark.parametrize("receipt", ["UKL0000000", "OAK0000000", "no receipt!", 5])
    def test_what_is_no_receipt(self, receipt: Any) -> None:
        assert parse_result(result_body(ReceiptNo=receipt)).receipt is None

    @pytest.mark.parametrize("amount", ["0", "-5", "500.001", "many", "{Amount=500}"])
    def test_what_is_no_amount(self, amount: str) -> None:
        assert parse_result(result_body(Amount=amount)).amount is None

    def test_without_a_final_time_the_first_one_counts(self) -> None:
        found = parse_result(result_body(FinalisedTime=None))

        assert found.paid_at == datetime(2026, 11, 20, 8, 59, 58, tzinfo=UTC)

    @pytest.mark.parametrize(
        "body",
        [b"", b"{}", b"[]", b'{"Result": 5}', b'{"Result": {}}', b'{"Result": {"ResultCode": []}}'],
    )
    def test_what_is_no_result(self, body: bytes) -> None:
        with pytest.raises(MalformedResult):
            parse_result(body)


class TestTime:
    @pytest.mark.parametrize("value", ["20261120120000", Decimal(20261120120000),
                                       "20.11.2026 12:00:00"])  # fmt: skip
    def test_three_forms(self, value: Any) -> None:
        assert read_time(value) == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    @pytest.mark.parametrize("value", ["31.02.2026 12:00:00", "01.01.0001 01:00:00", "today", None])
    def test_what_is_none(self, value: Any) -> None:
        assert read_time(value) is None


class TestTimeout:
    FLAT = {
        "InitiatorName": "testapiuser", "Initiator": "testapiuser",
        "SecurityCredential": CREDENTIAL,
        "CommandID": "TransactionStatusQuery", "TransactionID": RECEIPT, "PartyA": "174379",
        "QueueTimeOutURL": "https://x.example/api/payments/transaction-status/t0ken/timeout/",
        "ResultURL": "https://x.example/api/payments/transaction-status/t0ken/result/",
        "PartyB": "254712345678", "OriginatorConversationID": "1236-1",
    }  # fmt: skip

    def test_one_that_repeats_the_request_is_kept_without_its_secrets(self) -> None:
        kept = parse_timeout(json.dumps(self.FLAT).encode())

        assert kept["TransactionID"] == RECEIPT
        assert kept["SecurityCredential"] == kept["Initiator"] == "[redacted]"
        text = json.dumps(kept)
        assert not any(secret in text for secret in (CREDENTIAL, "testapiuser", "t0ken"))
        assert "254712345678" not in text

    def test_one_in_the_form_of_a_result_is_kept(self) -> None:
        kept = parse_timeout(failure_body(1, "The service request has timed out."))

        assert kept["Result"]["ResultDesc"] == "The service request has timed out."  # type: ignore[index]

    @pytest.mark.parametrize("body", [b"", b"[1]", b"<html>", b"\xff"])
    def test_anything_else_is_kept_as_nothing(self, body: bytes) -> None:
        assert parse_timeout(body) == {}

    @pytest.mark.parametrize("key", ["SecurityCredential", "InitiatorPassword"])
    def test_a_secret_among_parameters_is_not_kept(self, key: str) -> None:
        kept = keep(
            {"Item": [{"Key": key, "Value": CREDENTIAL}, {"Key": "ResultURL", "Value": "x"}]}
        )

        assert CREDENTIAL not in json.dumps(kept)

    def test_a_deep_or_long_body_is_cut(self) -> None:
        deep: Any = CREDENTIAL
        for _ in range(50):
            deep = {"a": deep}

        kept = keep({"deep": deep, **{f"n{number}": "x" * 9999 for number in range(500)}})

        assert len(json.dumps(kept)) < 20_000
        assert "[too deep]" in json.dumps(kept)


class TestCodes:
    def test_no_code_is_both_a_rejection_and_a_request_for_patience(self) -> None:
        assert not [code for code in INITIATOR_CODES if is_busy(code)]

    @pytest.mark.parametrize("code", ["17", "26", "100000000", "100000011", "00.002.1001"])
    def test_patience(self, code: str) -> None:
        assert is_busy(code)

    @pytest.mark.parametrize("code", ["0", "25", "SFC_IC0003", "1000000", "1000000000"])
    def test_no_patience(self, code: str) -> None:
        assert not is_busy(code)


#: What M-Pesa writes as a parameter's name, or anything else.
_names = st.sampled_from([*PARAMETERS, "SecurityCredential"]) | json_values
_listed = st.lists(st.fixed_dictionaries({"Key": _names}, optional={"Value": json_values}))


@settings(deadline=None)
@given(listed=_listed | json_values, code=st.integers() | st.text() | json_values)
def test_any_body_is_read_or_malformed(listed: Any, code: Any) -> None:
    body = json.dumps({"Result": {"ResultCode": code, "ResultParameters": {
        "ResultParameter": listed}}}).encode()  # fmt: skip

    try:
        found = parse_result(body)
    except MalformedResult:
        return

    assert isinstance(found, TransactionResult)
    json.dumps(found.raw)
    parse_timeout(body)


@settings(deadline=None)
@given(status=st.sampled_from([200, 400, 401, 500]), body=st.binary() | json_values)
def test_any_reply_is_an_acknowledgement_or_an_error_of_ours(status: int, body: Any) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        parse_reply(status, raw)
    except (GatewayError, TokenRejected):
        return


def test_the_documented_request() -> None:
    assert transaction_status.build_payload(
        RECEIPT,
        result_url="https://x.example/r/",
        timeout_url="https://x.example/t/",
        business_short_code="174379",
        initiator_name="testapiuser",
        security_credential=CREDENTIAL,
    ) == {
        "Initiator": "testapiuser", "SecurityCredential": CREDENTIAL,
        "CommandID": "TransactionStatusQuery", "TransactionID": RECEIPT, "PartyA": "174379",
        "IdentifierType": "4", "ResultURL": "https://x.example/r/",
        "QueueTimeOutURL": "https://x.example/t/", "Remarks": "Status", "Occasion": "Status",
    }  # fmt: skip
