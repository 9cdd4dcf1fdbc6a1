"""Registering addresses, as Daraja is asked and as it answers: no network, no database."""

import json
from typing import Any

import pytest

from payments.daraja import c2b
from payments.daraja.replies import TokenRejected
from payments.gateway import (
    AddressRegistration,
    AlreadyRegistered,
    GatewayRejected,
    OutcomeUnknown,
    ProductMissing,
    RejectionReason,
)

SECRET = "a-secret-of-forty-three-characters-9f8e7d6c"
VALIDATION = f"https://pay.example.co.ke/api/payments/paybill/{SECRET}/validation/"
CONFIRMATION = f"https://pay.example.co.ke/api/payments/paybill/{SECRET}/confirmation/"


def make_registration(**changes: Any) -> AddressRegistration:
    fields = {
        "version": "v2",
        "response_type": "Completed",
        "validation_url": VALIDATION,
        "confirmation_url": CONFIRMATION,
    }
    return AddressRegistration(**{**fields, **changes})


def error(code: str, text: str) -> bytes:
    return json.dumps({"requestId": "1-2", "errorCode": code, "errorMessage": text}).encode()


def answer(response_code: Any, **more: Any) -> bytes:
    return json.dumps({"ResponseCode": response_code, **more}).encode()


class TestRequest:
    @pytest.mark.parametrize("version", ["v1", "v2"])
    def test_the_body_is_the_documented_one(self, version: str) -> None:
        request = make_registration(version=version)

        assert c2b.register_path(version) == f"/mpesa/c2b/{version}/registerurl"
        assert c2b.build_register_payload(request, business_short_code="600984") == {
            "ShortCode": "600984",
            "ResponseType": "Completed",
            "ConfirmationURL": CONFIRMATION,
            "ValidationURL": VALIDATION,
        }

    @pytest.mark.parametrize(
        "changes",
        [{"version": "v3"}, {"response_type": "completed"}, {"response_type": "Canceled"}],
    )
    def test_words_that_daraja_does_not_know_are_not_sent(self, changes: dict[str, str]) -> None:
        with pytest.raises(GatewayRejected):
            c2b.build_register_payload(make_registration(**changes), business_short_code="600984")

    def test_a_registration_shows_no_secret(self) -> None:
        assert SECRET not in repr(make_registration())


class TestSuccess:
    @pytest.mark.parametrize("zeros", ["0", "00", "00000000", 0])
    def test_any_number_of_zeros_is_success(self, zeros: Any) -> None:
        found = c2b.parse_register_reply(200, answer(zeros, ResponseDescription="Success"))

        assert (found.description, found.conversation_id) == ("Success", "")

    @pytest.mark.parametrize(
        "name", ["OriginatorCoversationID", "OriginatorConversationID", "ConversationID"]
    )
    def test_each_spelling_of_the_id_is_read(self, name: str) -> None:
        found = c2b.parse_register_reply(200, answer("0", **{name: "6e86-45dd-91ac"}))

        assert found.conversation_id == "6e86-45dd-91ac"

    def test_an_echoed_address_is_blanked(self) -> None:
        found = c2b.parse_register_reply(200, answer("0", ResponseDescription=CONFIRMATION))

        assert SECRET not in found.description


class TestErrors:
    @pytest.mark.parametrize(
        "text",
        [
            "Urls are already registered.",
            "Validation and Confirmation URLs are already registered",
            "URLS ARE ALREADY REGISTERED",
        ],
    )
    @pytest.mark.parametrize("status", [200, 400, 500])
    def test_addresses_that_exist(self, status: int, text: str) -> None:
        with pytest.raises(AlreadyRegistered):
            c2b.parse_register_reply(status, error("500.003.1001", text))

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (
                401,
                error(
                    "401.003.01",
                    "Error Occurred - Invalid Access Token - Invalid API call as no apiproduct"
                    " match found",
                ),
            ),
            (401, error("401.003.01", "No ApiProduct match found")),
            (
                401,
                json.dumps(
                    {
                        "fault": {
                            "faultstring": "Invalid API call as no apiproduct match found",
                            "detail": {"errorcode": "InvalidAPICallAsNoApiProductMatchFound"},
                        }
                    }
                ).encode(),
            ),
        ],
    )
    def test_a_missing_product_is_no_rejected_token(self, status: int, body: bytes) -> None:
        with pytest.raises(ProductMissing):
            c2b.parse_register_reply(status, body)

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (400, error("400.003.01", "Invalid Access Token")),
            # The same code without the text is a token that ran out (docs/daraja.md §12).
            (401, error("401.003.01", "Error Occurred - Invalid Access Token - abc")),
            (401, b'{"errorMessage": "Invalid Access Token"}'),
        ],
    )
    def test_a_rejected_token(self, status: int, body: bytes) -> None:
        with pytest.raises(TokenRejected):
            c2b.parse_register_reply(status, body)

    @pytest.mark.parametrize(
        ("status", "body", "reason"),
        [
            (400, error("400.003.02", "Bad Request"), RejectionReason.REJECTED),
            (
                400,
                error("400.002.02", "Bad Request - Invalid ValidationURL"),
                RejectionReason.REJECTED,
            ),
            (400, error("400.002.05", "Invalid Request Payload"), RejectionReason.REJECTED),
            (403, error("403.001", "No subscription"), RejectionReason.REJECTED),
            (404, error("404.003.01", "Resource not found"), RejectionReason.REJECTED),
            (404, error("404.001.04", "Invalid Authentication Header"), RejectionReason.REJECTED),
            (
                500,
                error("500.003.1001", "Duplicate notification info, SP ID is 1, correlator is 2"),
                RejectionReason.REJECTED,
            ),
            (500, error("500.003.02", "Spike Arrest Violation"), RejectionReason.BUSY),
            (500, error("500.003.03", "Quota Violation"), RejectionReason.BUSY),
            (200, answer("1", ResponseDescription="No"), RejectionReason.REJECTED),
        ],
    )
    def test_a_clear_no(self, status: int, body: bytes, reason: RejectionReason) -> None:
        with pytest.raises(GatewayRejected) as caught:
            c2b.parse_register_reply(status, body)

        assert caught.value.reason is reason
        assert not isinstance(caught.value, AlreadyRegistered | ProductMissing)

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            # It may have registered before it failed.
            (500, error("500.003.1001", "Internal Server Error")),
            (500, b""),
            (503, b"<html>Request unsuccessful. Incapsula incident ID: 1</html>"),
            (200, b"<html></html>"),
            (200, b"{}"),
            (200, answer(None)),
            (201, answer("0")),
            (502, answer("0")),
        ],
    )
    def test_no_clear_answer_is_unknown_and_never_a_failure(self, status: int, body: bytes) -> None:
        with pytest.raises(OutcomeUnknown):
            c2b.parse_register_reply(status, body)

    def test_an_error_that_echoes_the_address_is_blanked(self) -> None:
        with pytest.raises(GatewayRejected) as caught:
            c2b.parse_register_reply(400, error("400.002.02", f"Invalid {CONFIRMATION}"))

        assert SECRET not in caught.value.detail


class TestTrialValidation:
    def test_names_no_account_number_and_no_phone(self) -> None:
        body = json.loads(c2b.build_trial_validation(business_short_code="600984", amount=10))

        assert (body["BusinessShortCode"], body["TransAmount"]) == ("600984", "10.00")
        assert not any(letter.isdigit() for letter in body["BillRefNumber"])
        assert "*" in body["MSISDN"]

    @pytest.mark.parametrize(
        ("body", "code", "accepts"),
        [
            (b'{"ResultCode": "0"}', "0", True),
            (b'{"ResultCode": 0}', "0", True),
            (b'{"ResultCode": "000"}', "000", True),
            (b'{"ResultCode": "C2B00012"}', "C2B00012", False),
            (b'{"ResultCode": "1"}', "1", False),
        ],
    )
    def test_its_answer_is_read_as_m_pesa_reads_it(
        self, body: bytes, code: str, accepts: bool
    ) -> None:
        assert c2b.read_validation_code(body) == code
        assert c2b.accepts_payment(code) is accepts

    @pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"{}", b'{"ResultCode": null}'])
    def test_another_answer_has_no_code(self, body: bytes) -> None:
        assert c2b.read_validation_code(body) is None
