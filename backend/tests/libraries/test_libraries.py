"""What each library asks, how it reads the answer, and which money moved: exactly that."""

import base64
import re
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from tests.libraries.catalogue import LIBRARIES
from tests.libraries.shop import PHONE, SHORTCODE, Shop

_NAIROBI = timezone(timedelta(hours=3))


def having(*calls: str) -> pytest.MarkDecorator:
    """Run a test with every library that has these calls."""
    names = [name for name, has in LIBRARIES.items() if set(calls) <= set(has)]
    return pytest.mark.parametrize("library", names, indirect=True)


@having("token")
def test_gets_a_token_that_the_simulator_accepts(shop: Shop) -> None:
    token = shop.library.call("token")

    assert shop.simulator.accepts(token)
    assert not shop.simulator.accepts(token[::-1])


@having("push")
def test_a_push_takes_its_amount_once(shop: Shop) -> None:
    balance, book = shop.balance(), shop.book()

    payment = shop.deposit(137, "push")

    assert shop.answered("push") == ("/mpesa/stkpush/v1/processrequest", 200)
    assert (payment["amount"], payment["account_reference"]) == (137, "Account9")
    assert shop.balance() == balance - 137
    assert shop.book() == {**book, "total": book["total"] + 137}
    message = shop.receiver.only(shop.path("push"))["Body"]["stkCallback"]
    assert (message["CheckoutRequestID"], message["ResultCode"]) == (
        payment["checkout_request_id"],
        0,
    )


@having("push")
def test_a_refused_push_is_told_and_moves_nothing(shop: Shop) -> None:
    """1001 is the amount for which the customer is busy: Daraja refuses the push."""
    balance, book, pushes = shop.balance(), shop.book(), shop.requests("push")

    told = shop.attempt("push", phone=PHONE, amount=1001, reference="Account9", url=shop.url("no"))

    assert shop.answered("push") == ("/mpesa/stkpush/v1/processrequest", 500)
    assert "Unable to lock subscriber" in told
    assert shop.requests("push") == pushes + 1
    assert (shop.balance(), shop.book()) == (balance, book)
    assert shop.path("no") not in shop.receiver.received


@having("push", "query")
def test_a_query_says_that_it_is_paid(shop: Shop) -> None:
    asked = shop.deposit(138, "query")["checkout_request_id"]
    book = shop.book()

    answer = shop.library.call("query", checkout_request_id=asked)

    assert shop.answered("query") == ("/mpesa/stkpushquery/v1/query", 200)
    assert answer["CheckoutRequestID"] == asked
    assert str(answer["ResultCode"]) == "0"
    assert shop.book() == book


@having("push", "query")
def test_a_query_says_that_the_customer_cancelled(shop: Shop) -> None:
    """1032 is the amount that the customer cancels."""
    balance, book = shop.balance(), shop.book()
    pushed = shop.library.call(
        "push", phone=PHONE, amount=1032, reference="Account9", url=shop.url("cancelled")
    )
    shop.simulator.settle()

    answer = shop.library.call("query", checkout_request_id=pushed["CheckoutRequestID"])

    assert str(answer["ResultCode"]) == "1032"
    assert (shop.balance(), shop.book()) == (balance, book)


@pytest.mark.parametrize("shape", ["4999", "500"])
@having("push", "query")
def test_a_query_says_neither_paid_nor_failed_while_the_prompt_is_open(
    shop: Shop, shape: str
) -> None:
    """4999 is the amount that the customer never answers."""
    shop.simulator.set(pending_shape=shape)
    # Each shape has an address of its own: daraja-sdk-py sends the same push only once.
    pushed = shop.library.call(
        "push", phone=PHONE, amount=4999, reference="Account9", url=shop.url(f"open-{shape}")
    )

    told = shop.attempt("query", checkout_request_id=pushed["CheckoutRequestID"])

    assert shop.answered("query")[1] == (200 if shape == "4999" else 500)
    assert "still under processing" in told or "being processed" in told
    assert not re.search(r'"ResultCode": ?"?0\b', told)


@having("push", "callback")
def test_a_callback_is_read(shop: Shop) -> None:
    payment = shop.deposit(139, "callback")

    read = shop.library.call("callback", body=shop.receiver.only(shop.path("callback")))

    assert read == {"paid": True, "receipt": payment["receipt"]}


@having("register")
def test_addresses_are_registered(shop: Shop) -> None:
    addresses = {
        "confirmation_url": shop.url("registered"),
        "validation_url": shop.url("asked"),
    }

    answer = shop.library.call("register", **addresses)

    path, status = shop.answered("register")
    known = shop.simulator.get("/shortcodes")["shortcodes"][SHORTCODE]["registration"]
    assert str(answer["ResponseCode"]) == "0"
    assert (path, status) == (f"/mpesa/c2b/{known['version']}/registerurl", 200)
    assert {key: known[key] for key in addresses} == addresses
    assert known["response_type"] == "Completed"


@having("register", "simulate")
def test_a_simulated_payment_is_validated_and_confirmed(shop: Shop) -> None:
    shop.library.call(
        "register", confirmation_url=shop.url("confirmed"), validation_url=shop.url("validated")
    )
    balance, book = shop.balance(), shop.book()

    answer = shop.library.call("simulate", phone=PHONE, amount=140, reference="Account9")
    shop.simulator.settle()

    path, status = shop.answered("simulate")
    confirmed = shop.receiver.only(shop.path("confirmed"))
    payment = shop.simulator.get(f"/book/{PHONE}")["payments"][-1]
    assert str(answer["ResponseCode"]) == "0"
    assert (path.endswith("/simulate"), status) == (True, 200)
    assert shop.receiver.only(shop.path("validated"))["TransID"] == payment["receipt"]
    assert (confirmed["TransID"], confirmed["TransAmount"]) == (payment["receipt"], "140.00")
    assert confirmed["BillRefNumber"] == "Account9"
    assert shop.balance() == balance - 140
    assert shop.book() == {**book, "total": book["total"] + 140}


@having("b2c")
def test_a_payout_arrives_once(shop: Shop) -> None:
    balance, book = shop.balance(), shop.book()

    result = pay_out(shop, "paid-out", 141)["Result"]

    assert shop.answered("b2c")[1] == 200
    assert result["ResultCode"] == 0
    assert shop.balance() == balance + 141
    assert shop.book() == {**book, "paid_out": book["paid_out"] + 141}
    assert shop.simulator.get("/book")["payouts"][-1]["receipt"] == result["TransactionID"]


@having("b2c", "result")
def test_the_result_of_a_payout_is_read(shop: Shop) -> None:
    result = pay_out(shop, "result", 145)

    read = shop.library.call("result", body=result)

    assert read == {"done": True, "receipt": result["Result"]["TransactionID"]}


@having("push", "status")
def test_the_status_of_a_payment_is_told(shop: Shop) -> None:
    receipt = shop.deposit(142, "status-push")["receipt"]
    book = shop.book()

    answer = shop.library.call(
        "status", receipt=receipt, result_url=shop.url("status"), timeout_url=shop.url("timeout")
    )
    shop.simulator.settle()

    told = parameters(shop, "status")
    assert shop.answered("status") == ("/mpesa/transactionstatus/v1/query", 200)
    assert str(answer["ResponseCode"]) == "0"
    assert (told["ReceiptNo"], told["TransactionStatus"]) == (receipt, "Completed")
    assert Decimal(str(told["Amount"])) == 142
    assert shop.book() == book


@having("balance")
def test_the_balance_of_the_business_is_told(shop: Shop) -> None:
    utility = shop.simulator.get("/shortcodes")["shortcodes"][SHORTCODE]["accounts"]["utility"]
    book = shop.book()

    answer = shop.library.call(
        "balance", result_url=shop.url("balance"), timeout_url=shop.url("timeout")
    )
    shop.simulator.settle()

    assert shop.answered("balance") == ("/mpesa/accountbalance/v1/query", 200)
    assert str(answer["ResponseCode"]) == "0"
    told = str(parameters(shop, "balance")["AccountBalance"])
    assert f"Utility Account|KES|{utility}.00|" in told
    assert shop.book() == book


@having("push", "reversal")
def test_a_reversal_gives_the_whole_payment_back(shop: Shop) -> None:
    payment = shop.deposit(143, "reversed-push")
    balance, book = shop.balance(), shop.book()

    answer = shop.library.call(
        "reversal",
        receipt=payment["receipt"],
        amount=143,
        result_url=shop.url("reversed"),
        timeout_url=shop.url("timeout"),
    )
    shop.simulator.settle()

    result = shop.receiver.only(shop.path("reversed"))["Result"]
    (reversal,) = shop.simulator.get("/book")["reversals"]
    assert shop.answered("reversal") == ("/mpesa/reversal/v1/request", 200)
    assert str(answer["ResponseCode"]) == "0"
    assert (result["ResultCode"], result["TransactionID"]) == (0, reversal["receipt"])
    assert reversal["original_receipt"] == payment["receipt"]
    assert shop.balance() == balance + 143
    assert shop.book() == {**book, "reversed": book["reversed"] + 143}


@having("qr")
def test_a_qr_code_is_a_picture(shop: Shop) -> None:
    answer = shop.library.call("qr", amount=144, reference="Account9")

    assert shop.answered("qr") == ("/mpesa/qrcode/v1/generate", 200)
    assert base64.b64decode(answer["QRCode"]).startswith(b"\x89PNG")


@having("push", "pull_register", "pull")
def test_a_pull_lists_the_payment(shop: Shop) -> None:
    payment = shop.deposit(146, "pull-push")
    now = datetime.now(_NAIROBI)
    start, end = (f"{now + timedelta(minutes=m):%Y-%m-%d %H:%M:%S}" for m in (-30, 1))

    registered = shop.library.call("pull_register", phone=PHONE, url=shop.url("pull"))
    listed = shop.library.call("pull", start=start, end=end)

    assert registered["ResponseStatus"] == "1000"
    amounts = {row["transactionId"]: row["amount"] for page in listed["Response"] for row in page}
    assert Decimal(amounts[payment["receipt"]]) == 146


def pay_out(shop: Shop, what: str, amount: int) -> Any:
    """Pay the customer, and return the message with the result."""
    answer = shop.library.call(
        "b2c",
        phone=PHONE,
        amount=amount,
        number=str(uuid.uuid4()),
        result_url=shop.url(what),
        timeout_url=shop.url("timeout"),
    )
    shop.simulator.settle()
    message = shop.receiver.only(shop.path(what))
    assert str(answer["ResponseCode"]) == "0"
    assert message["Result"]["ConversationID"] == answer["ConversationID"]
    return message


def parameters(shop: Shop, what: str) -> dict[str, object]:
    """Return the parameters of the one result that came, by key."""
    result = shop.receiver.only(shop.path(what))["Result"]
    assert result["ResultCode"] == 0
    pairs = result["ResultParameters"]["ResultParameter"]
    return {pair["Key"]: pair.get("Value") for pair in pairs}
