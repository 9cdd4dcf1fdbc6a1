"""The world decides alone who paid; hypothesis tries to make it lose a shilling."""

import contextlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from daraja_simulator.accounts import Kind
from daraja_simulator.book import Payout, Way
from daraja_simulator.charges import payout_charge
from daraja_simulator.clock import EAT
from daraja_simulator.prompts import Prompt, PromptState
from daraja_simulator.settings import Settings
from daraja_simulator.sms import prompt_text
from daraja_simulator.wire import DarajaError, Push
from daraja_simulator.world import World

PHONE = "254712345678"
START = datetime(2026, 11, 23, 9, 41, tzinfo=EAT)


class FrozenClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += timedelta(seconds=seconds)


def make_world(**changes: Any) -> tuple[World, FrozenClock]:
    """A world and its clock."""
    clock = FrozenClock()
    return World(Settings.model_validate(changes), clock), clock


def make_push(amount: int = 500, phone: str = PHONE, **changes: Any) -> Push:
    """A good push."""
    values: dict[str, Any] = {
        "shortcode": "174379",
        "transaction_type": "CustomerPayBillOnline",
        "amount": amount,
        "payer": phone,
        "party_b": "174379",
        "phone": phone,
        "callback_url": "https://shop.test/hook",
        "account_reference": "DEP7K2M9QX",
        "transaction_desc": "Deposit",
        **changes,
    }
    return Push(**values)


def open_prompt(world: World, amount: int = 500, phone: str = PHONE) -> Prompt:
    """A prompt on a phone."""
    return world.open_prompt(make_push(amount, phone), world.count_push(phone))


class TestPay:
    def test_money_moves_once(self) -> None:
        world, _ = make_world()
        prompt = open_prompt(world)

        world.pay(prompt)
        world.pay(prompt)

        assert world.customer(PHONE).balance == 99_500
        assert [payment.amount for payment in world.book.of(PHONE)] == [500]
        assert prompt.receipt in world.book.payments
        assert world.is_balanced()

    def test_receipt_tells_the_day_and_sms_the_balance(self) -> None:
        world, _ = make_world(merchant_name="KIBEEZY")
        prompt = open_prompt(world, 1500)

        world.pay_with_pin(prompt, "1234")

        assert prompt.receipt is not None
        assert prompt.receipt.startswith("UKN")
        text = world.customer(PHONE).messages[0].text
        assert text.startswith(f"{prompt.receipt} Confirmed. Ksh1,500.00 sent to KIBEEZY")
        assert "on 23/11/26 at 9:41 AM" in text
        assert "balance is Ksh98,500.00" in text

    def test_paid_prompt_cannot_fail(self) -> None:
        world, _ = make_world()
        prompt = open_prompt(world)
        world.pay(prompt)

        world.fail(prompt, "1032")

        assert (prompt.state, prompt.result_code) == (PromptState.PAID, "0")

    def test_failed_prompt_cannot_be_paid(self) -> None:
        world, _ = make_world()
        prompt = open_prompt(world)
        world.fail(prompt, "1037")

        world.pay(prompt)

        assert world.book.payments == {}

    @pytest.mark.parametrize(
        ("balance", "amount", "code"), [(499, 500, "1"), (900_000, 250_001, "3")]
    )
    def test_rules(self, balance: int, amount: int, code: str) -> None:
        world, _ = make_world(balance=balance)
        prompt = open_prompt(world, amount)

        world.pay(prompt)

        assert prompt.result_code == code
        assert world.customer(PHONE).balance == balance

    def test_daily_limit_ends_at_midnight(self) -> None:
        world, clock = make_world(balance=2_000_000)
        for amount in (250_000, 249_999):
            world.pay(open_prompt(world, amount))
        over = open_prompt(world, 2)
        world.pay(over)
        clock.advance(24 * 3600)
        next_day = open_prompt(world, 2)
        world.pay(next_day)

        assert over.result_code == "4"
        assert next_day.result_code == "0"

    def test_two_minute_rule(self) -> None:
        world, clock = make_world()
        world.pay(open_prompt(world))
        clock.advance(119)
        again, other = open_prompt(world), None
        world.pay(again)
        other = open_prompt(world, 501)
        world.pay(other)
        clock.advance(2)
        later = open_prompt(world)
        world.pay(later)

        assert [again.result_code, other.result_code, later.result_code] == ["17", "0", "0"]

    def test_two_minute_rule_is_off_in_automatic_mode_unless_set(self) -> None:
        assert Settings(automatic=True).same_amount_seconds == 0
        assert Settings(automatic=True, two_minute_seconds=9).same_amount_seconds == 9
        assert Settings().same_amount_seconds == 120


class TestPin:
    def test_third_wrong_pin_locks(self) -> None:
        world, _ = make_world()
        codes = []
        for pin in ("0000", "1111", "2222", "1234"):
            prompt = open_prompt(world)
            world.pay_with_pin(prompt, pin)
            codes.append(prompt.result_code)

        assert codes == ["2001", "2001", "2001", "8006"]
        world.customer(PHONE).unlock()
        prompt = open_prompt(world)
        world.pay_with_pin(prompt, "1234")
        assert prompt.result_code == "0"

    def test_locked_customer_cannot_pay_without_pin_either(self) -> None:
        world, _ = make_world()
        world.customer(PHONE).locked = True
        prompt = open_prompt(world)

        world.pay(prompt)

        assert prompt.result_code == "8006"


class TestPrompt:
    def test_phone_is_locked_until_the_prompt_expires(self) -> None:
        world, clock = make_world(prompt_seconds=60)
        open_prompt(world)
        with pytest.raises(DarajaError, match="Unable to lock subscriber"):
            open_prompt(world)

        clock.advance(60)

        assert open_prompt(world).is_waiting

    def test_ids_differ_within_a_millisecond(self) -> None:
        world, _ = make_world()
        ids = set()
        for _ in range(50):
            prompt = open_prompt(world)
            world.fail(prompt, "1032")
            ids.add(prompt.checkout_request_id)

        assert len(ids) == 50
        assert "ws_CO_231120260941000712345678" in ids

    def test_text_of_more_than_182_characters_cannot_be_shown(self) -> None:
        world, _ = make_world(merchant_name="A" * 120)
        prompt = open_prompt(world)

        assert len(prompt_text(prompt)) > 182
        assert world.obstacle(prompt) == "1025"

    def test_amount_above_the_maximum_is_not_shown(self) -> None:
        world, _ = make_world()

        assert world.obstacle(open_prompt(world, 250_001)) == "3"
        assert world.obstacle(open_prompt(world, 250_000, "254700000001")) is None

    def test_payer_may_be_another_than_the_phone(self) -> None:
        world, _ = make_world()
        payer = "254700000009"

        prompt = world.open_prompt(make_push(payer=payer), 1)
        world.pay(prompt)

        assert world.customer(payer).balance == 99_500
        assert world.customer(PHONE).balance == 100_000


class TestBook:
    def test_a_receipt_is_entered_once(self) -> None:
        world, _ = make_world()
        payment = world.pay_by_hand(PHONE, 10, "174379", "ME")

        with pytest.raises(ValueError, match="in the book already"):
            world.book.enter(payment)

    def test_payment_by_hand_obeys_the_rules(self) -> None:
        world, _ = make_world(balance=5)

        with pytest.raises(ValueError, match="result 1: The balance"):
            world.pay_by_hand(PHONE, 10, "174379", "ME")


class WorldMachine(RuleBasedStateMachine):
    """Any order of pushes, answers, payments by hand, reversals, payouts, sweeps and waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.world, self.clock = make_world(balance=1000, two_minute_seconds=0, opening_balance=500)
        self.open: list[Prompt] = []

    @rule(amount=st.integers(1, 900), phone=st.sampled_from(["254700000001", "254110000002"]))
    def push(self, amount: int, phone: str) -> None:
        try:
            self.open.append(open_prompt(self.world, amount, phone))
        except DarajaError:
            assert self.world.find_waiting(phone) is not None

    @precondition(lambda self: self.open)
    @rule(data=st.data(), pin=st.sampled_from(["1234", "1234", "0000"]))
    def enter_pin(self, data: st.DataObject, pin: str) -> None:
        self.world.pay_with_pin(data.draw(st.sampled_from(self.open)), pin)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), code=st.sampled_from(["1032", "1037"]))
    def fail(self, data: st.DataObject, code: str) -> None:
        self.world.fail(data.draw(st.sampled_from(self.open)), code)

    @rule(amount=st.integers(1, 900), way=st.sampled_from([Way.MENU, Way.ORGANISATION]))
    def pay_by_hand(self, amount: int, way: Way) -> None:
        phone = "" if way is Way.ORGANISATION else "254700000001"
        with contextlib.suppress(ValueError):
            self.world.take(self.world.draft(phone, amount, "174379", "ME", way))

    @precondition(lambda self: self.world.book.payments)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        receipt = data.draw(st.sampled_from(list(self.world.book.payments)))
        was_reversed = receipt in self.world.book.reversals
        try:
            self.world.treasury.reverse(receipt, "business")
        except ValueError:
            return
        assert not was_reversed

    @rule(amount=st.integers(1, 900), phone=st.sampled_from(["254700000001", "254110000002"]))
    def pay_out(self, amount: int, phone: str) -> None:
        treasury, moment = self.world.treasury, self.clock()
        if treasury.rule_against_payout(phone, amount, "174379") is None:
            receipt, charge = treasury.new_receipt(), payout_charge(amount)
            treasury.pay_out(
                Payout(
                    receipt, phone, amount, "174379", moment, "BusinessPayment", charge, "W", "AG"
                )
            )

    @rule(amount=st.integers(1, 900))
    def sweep(self, amount: int) -> None:
        with contextlib.suppress(ValueError):
            self.world.treasury.sweep("174379", amount)

    @rule(balance=st.integers(0, 2000))
    def set_balance(self, balance: int) -> None:
        self.world.customer("254700000001").set_balance(balance)

    @rule(seconds=st.integers(0, 120))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @invariant()
    def no_shilling_is_lost_or_made(self) -> None:
        assert self.world.is_balanced()

    @invariant()
    def the_book_holds_exactly_the_paid_prompts(self) -> None:
        paid = {prompt.receipt for prompt in self.open if prompt.state is PromptState.PAID}
        payments = self.world.book.payments.values()
        assert paid == {payment.receipt for payment in payments if payment.way is Way.STK}

    @invariant()
    def what_the_business_holds_is_what_came_less_what_went(self) -> None:
        book, accounts = self.world.book, self.world.treasury.accounts["174379"]
        came = sum(payment.amount for payment in book.payments.values())
        back = sum(reversal.original.amount for reversal in book.reversals.values())
        out = sum(payout.amount for payout in book.payouts.values())
        held = accounts.utility + accounts.settlement - accounts.charges_paid
        assert held == 500 + came - back - out

    @invariant()
    def no_receipt_is_issued_twice(self) -> None:
        book, accounts = self.world.book, self.world.treasury.accounts["174379"]
        issued = [*book.payments, *book.payouts]
        issued += [reversal.receipt for reversal in book.reversals.values()]
        issued += [m.receipt for m in accounts.movements if m.kind is Kind.SWEEP]
        assert len(issued) == len(set(issued)) == len(book.receipts)


TestWorldMachine = WorldMachine.TestCase
TestWorldMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


@given(st.integers(1, 250_000))
def test_any_amount_is_taken_exactly(amount: int) -> None:
    world, _ = make_world(balance=250_000)
    prompt = open_prompt(world, amount)

    world.pay(prompt)

    assert world.customer(PHONE).balance == 250_000 - amount
    assert world.book.total(PHONE) == amount
