"""The wire protocol, spoken over real connections."""

import re
from collections.abc import Callable

import httpx
import pytest

from .harness import PHONE, SimulatorClient, password, wait_for

ID_PATTERN = rf"ws_CO_\d{{14}}\d{{1,3}}{PHONE[-9:]}"


def error_of(response: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of an error."""
    body = response.json()
    assert set(body) == {"requestId", "errorCode", "errorMessage"}
    return response.status_code, body["errorCode"], body["errorMessage"]


class TestOauth:
    def test_token_lifetime_is_text(self, manual: SimulatorClient) -> None:
        answer = manual.get_token()

        assert answer.status_code == 200
        assert answer.json()["expires_in"] == "3599"
        assert len(answer.json()["access_token"]) == 28

    def test_wrong_secret_is_400_without_a_body(
        self, start: Callable[..., SimulatorClient]
    ) -> None:
        client = start(consumer_key="key", consumer_secret="right")

        answer = client.get_token("key", "wrong")

        assert (answer.status_code, answer.content) == (400, b"")
        assert client.get_token("key", "right").status_code == 200

    def test_wrong_scheme_and_broken_basic(self, manual: SimulatorClient) -> None:
        url = "/oauth/v1/generate?grant_type=client_credentials"
        for header in ("Bearer x", "Basic !!!", "Basic bm9jb2xvbg=="):
            answer = manual.http.get(url, headers={"Authorization": header})
            assert error_of(answer)[:2] == (400, "400.008.01")

    def test_wrong_grant_type(self, manual: SimulatorClient) -> None:
        answer = manual.http.get("/oauth/v1/generate?grant_type=password", auth=("k", "s"))

        assert error_of(answer) == (400, "400.008.02", "Invalid grant type passed")

    def test_post_is_not_allowed(self, manual: SimulatorClient) -> None:
        answer = manual.http.post("/oauth/v1/generate", json={})

        assert error_of(answer)[:2] == (405, "405.001")

    def test_a_new_token_ends_the_last_when_told_so(
        self, start: Callable[..., SimulatorClient]
    ) -> None:
        client = start(one_token=True)
        assert client.push().status_code == 200

        client.get_token()

        assert error_of(client.push()) == (404, "404.001.03", "Invalid Access Token")

    def test_tokens_can_be_revoked_and_differ_by_api(self, manual: SimulatorClient) -> None:
        checkout = manual.push_id()

        manual.control("POST", "/tokens/revoke")

        assert error_of(manual.push())[:2] == (404, "404.001.03")
        assert error_of(manual.query(checkout))[:2] == (400, "400.003.01")


class TestPush:
    def test_accepted(self, manual: SimulatorClient) -> None:
        answer = manual.push()

        body = answer.json()
        assert answer.status_code == 200
        assert body.pop("MerchantRequestID")
        assert re.fullmatch(ID_PATTERN, body.pop("CheckoutRequestID"))
        assert body["ResponseCode"] == "0"
        assert set(body) == {"ResponseCode", "ResponseDescription", "CustomerMessage"}

    @pytest.mark.parametrize(
        ("field", "value", "named"),
        [
            ("BusinessShortCode", 12, "BusinessShortCode"),
            ("BusinessShortCode", True, "BusinessShortCode"),
            ("Timestamp", "2026", "Timestamp"),
            ("Timestamp", "20269923150000", "Timestamp"),
            ("Password", "", "Password"),
            ("Password", "not base64!", "Password"),
            ("TransactionType", "CustomerPay", "TransactionType"),
            ("Amount", "10.00", "Amount"),
            ("Amount", 10.5, "Amount"),
            ("Amount", 10.0, "Amount"),
            ("Amount", 0, "Amount"),
            ("Amount", -5, "Amount"),
            ("Amount", True, "Amount"),
            ("Amount", "\u0665\u0660\u0660", "Amount"),
            ("PartyA", 254812345678, "PartyA"),
            ("PartyB", "x", "PartyB"),
            ("PhoneNumber", "+254712345678", "PhoneNumber"),
            ("PhoneNumber", "0712345678", "PhoneNumber"),
            ("CallBackURL", "https://shop.test/a b", "CallBackURL"),
            ("CallBackURL", "https://yourdomain.com/x", "CallBackURL"),
            ("CallBackURL", "ftp://shop.test/x", "CallBackURL"),
            ("CallBackURL", "http://[broken/x", "CallBackURL"),
            ("AccountReference", None, "Remarks"),
            ("TransactionDesc", "", "Remarks"),
        ],
    )
    def test_names_the_wrong_field(
        self, manual: SimulatorClient, field: str, value: object, named: str
    ) -> None:
        changes = {"PartyA": int(PHONE), field: value}

        answer = manual.push(**changes)

        assert error_of(answer) == (400, "400.002.02", f"Bad Request - Invalid {named}")

    def test_amount_may_be_digits(self, manual: SimulatorClient) -> None:
        assert manual.push(Amount="10").status_code == 200

    def test_loopback_is_refused_only_when_strict(
        self, start: Callable[..., SimulatorClient]
    ) -> None:
        strict = start(strict=True)

        for url in ("http://127.0.0.1/x", "https://localhost/x", "https://a.test/mpesa/x"):
            assert error_of(strict.push(CallBackURL=url))[2].endswith("Invalid CallBackURL")
        assert strict.push(CallBackURL="https://shop.test/hook/x").status_code == 200

    def test_wrong_passkey_and_unknown_merchant_share_a_code(self, manual: SimulatorClient) -> None:
        wrong = manual.push(Password=password("174379", "other"))
        unknown = manual.push(BusinessShortCode=999999, Password=password("999999"))

        assert error_of(wrong) == (500, "500.001.1001", "Wrong credentials")
        assert error_of(unknown) == (500, "500.001.1001", "Merchant does not exist")

    def test_password_must_be_of_the_same_timestamp(self, manual: SimulatorClient) -> None:
        answer = manual.push(Timestamp="20261123150001")

        assert error_of(answer)[2] == "Wrong credentials"

    def test_second_prompt_on_a_phone_is_refused(self, manual: SimulatorClient) -> None:
        manual.push()

        answer = manual.push(Amount=20)

        assert error_of(answer)[:2] == (500, "500.001.1001")
        assert "Unable to lock subscriber" in answer.text

    def test_missing_and_bad_token(self, manual: SimulatorClient) -> None:
        path = "/mpesa/stkpush/v1/processrequest"
        body = manual.push_body()

        none = manual.http.post(path, json=body)
        bad = manual.http.post(path, json=body, headers={"Authorization": "Bearer x"})

        assert error_of(none)[:2] == (404, "404.001.04")
        assert error_of(bad) == (404, "404.001.03", "Invalid Access Token")

    def test_wrong_method_type_and_payload(self, manual: SimulatorClient) -> None:
        path = "/mpesa/stkpush/v1/processrequest"
        json_headers = {**manual.headers, "Content-Type": "application/json"}

        got = manual.http.get(path, headers=manual.headers)
        typed = manual.http.post(path, content=b"{}", headers=manual.headers)
        broken = manual.http.post(path, content=b"{", headers=json_headers)
        listed = manual.http.post(path, content=b"[]", headers=json_headers)

        assert error_of(got)[:2] == (405, "405.001")
        assert error_of(typed)[2] == "Bad Request - Invalid BusinessShortCode"
        assert error_of(broken)[:2] == error_of(listed)[:2] == (400, "400.002.05")

    def test_unknown_path(self, manual: SimulatorClient) -> None:
        assert error_of(manual.http.get("/mpesa/none"))[:2] == (404, "404.001.01")


class TestQuery:
    def test_pending_in_both_shapes(self, manual: SimulatorClient) -> None:
        checkout = manual.push_id()

        new = manual.query(checkout)
        manual.control("PATCH", "/settings", {"pending_shape": "500"})
        old = manual.query(checkout)
        manual.control("PATCH", "/settings", {"pending_shape": "both"})
        mixed = {manual.query(checkout).status_code, manual.query(checkout).status_code}

        assert (new.status_code, new.json()["ResultCode"]) == (200, "4999")
        assert error_of(old) == (500, "500.001.1001", "The transaction is being processed")
        assert old.json()["requestId"] == checkout
        assert mixed == {200, 500}

    def test_final_result_code_is_text(self, manual: SimulatorClient) -> None:
        checkout = manual.push_id()
        manual.answer(checkout, "cancel")

        body = manual.query(checkout).json()

        assert body["ResultCode"] == "1032"
        assert body["ResponseDescription"].endswith("successsfully")
        assert not {"MpesaReceiptNumber", "Amount"} & set(body)

    def test_unknown_id(self, manual: SimulatorClient) -> None:
        answer = manual.query("ws_CO_none")

        assert error_of(answer)[1:] == ("400.002.02", "Bad Request - Invalid CheckoutRequestID")

    def test_wrong_password(self, manual: SimulatorClient) -> None:
        answer = manual.query(manual.push_id(), Password=password("174379", "x"))

        assert error_of(answer)[2] == "Wrong credentials"


class TestC2b:
    path = "/mpesa/c2b/v2/registerurl"

    def test_confirmation_carries_the_same_receipt(self, automatic: SimulatorClient) -> None:
        body = {
            "ShortCode": "174379",
            "ResponseType": "Completed",
            "ConfirmationURL": f"{automatic.merchant.url}/c2b",
        }

        answer = automatic.http.post(self.path, json=body, headers=automatic.headers)
        prompt = automatic.settled_push()

        assert answer.json()["ResponseCode"] == "0"
        assert "OriginatorCoversationID" in answer.json()
        text = next(text for path, _, text in automatic.merchant.received if path == "/c2b")
        assert f'"TransID": "{prompt["receipt"]}"' in text
        assert '"TransAmount": "500.00"' in text
        assert '"MSISDN": "2547 ***** 678"' in text

    def test_wrong_registrations(self, manual: SimulatorClient) -> None:
        bad_code = {"ShortCode": "1", "ConfirmationURL": "https://a.test"}
        bad_url = {"ShortCode": "174379", "ConfirmationURL": "here"}

        for body in (bad_code, bad_url):
            answer = manual.http.post(self.path, json=body, headers=manual.headers)
            assert error_of(answer)[1] == "400.002.02"
        assert manual.http.post(self.path, json=bad_url).status_code == 404


class TestTill:
    def test_till_signs_in_with_its_store_number(self, manual: SimulatorClient) -> None:
        till = {
            "BusinessShortCode": 7654321,
            "Password": password("7654321"),
            "TransactionType": "CustomerBuyGoodsOnline",
            "PartyB": 5123456,
        }
        checkout = manual.push_id(**till)

        manual.answer(checkout, "pin", "1234")

        assert manual.query(checkout).json()["ResultCode"] == "0"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"TransactionType": "CustomerBuyGoodsOnline"}, 2028),
            ({"PartyB": 5123456}, "SFC_IC0003"),
        ],
    )
    def test_mixing_paybill_and_till_up_fails_later(
        self, manual: SimulatorClient, changes: dict[str, object], code: object
    ) -> None:
        manual.push(**changes)

        wait_for(manual.merchant.callbacks)
        assert manual.merchant.callbacks()[0]["ResultCode"] == code
