"""M-Pesa's own state: customers, prompts and the book. It does no I/O; its clock is a parameter."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from . import ids, sms
from .book import Book, Payment
from .clock import Clock, now
from .customers import Customer
from .merchants import Merchant, merchants_of
from .outcomes import result_text
from .prompts import Prompt, PromptState
from .settings import Settings
from .wire import DarajaError, Push, invalid

# Safaricom's limits per transaction and per day (docs/daraja.md §2).
MAX_AMOUNT = 250_000
DAILY_LIMIT = 500_000
# The longest text of a prompt; a longer one ends with result 1025 (docs/daraja.md §2).
MAX_PROMPT_TEXT = 182

_BUSY_TEXT = (
    "Unable to lock subscriber, a transaction is already in process for the current subscriber"
)


def busy() -> DarajaError:
    """Return the error for a push while another prompt is open on the phone (docs/daraja.md §3)."""
    return DarajaError(500, "500.001.1001", _BUSY_TEXT)


class World:
    """Decides which prompts are paid. Only `_take` moves money out of a customer's account."""

    def __init__(self, settings: Settings, clock: Clock = now) -> None:
        self.settings = settings
        self.clock = clock
        self.merchants: dict[str, Merchant] = merchants_of(settings)
        self.customers: dict[str, Customer] = {}
        self.prompts: dict[str, Prompt] = {}
        self.book = Book()
        self._pushes: Counter[str] = Counter()
        self._latest: dict[str, Prompt] = {}
        if settings.phone:
            self.customer(settings.phone)

    def customer(self, phone: str) -> Customer:
        """Return the customer with this phone, created at the first use."""
        if phone not in self.customers:
            balance = self.settings.balance
            self.customers[phone] = Customer(
                phone, f"Customer {phone[-4:]}", self.settings.pin, balance, balance
            )
        return self.customers[phone]

    def count_push(self, phone: str) -> int:
        """Count a push request of the phone, also a rejected one, and return its number."""
        self._pushes[phone] += 1
        return self._pushes[phone]

    def open_prompt(self, push: Push, number: int) -> Prompt:
        """Create a prompt on the phone.

        Raises:
            DarajaError: another prompt is open on this phone.
        """
        moment = self.clock()
        latest = self._latest.get(push.phone)
        if latest is not None and latest.locks(moment):
            raise busy()
        prompt = Prompt(
            push=push,
            merchant_name=self.merchants[push.shortcode].name,
            merchant_request_id=ids.merchant_request_id(),
            checkout_request_id=ids.checkout_request_id(moment, push.payer, self.prompts),
            created_at=moment,
            expires_at=moment + timedelta(seconds=self.settings.prompt_seconds),
            number=number,
        )
        self.prompts[prompt.checkout_request_id] = prompt
        self._latest[push.phone] = prompt
        self.customer(push.payer)
        return prompt

    def find_waiting(self, phone: str) -> Prompt | None:
        """Return the prompt on the phone that waits for an answer, if there is one."""
        latest = self._latest.get(phone)
        return latest if latest is not None and latest.is_waiting else None

    def find_prompt(self, checkout_request_id: object) -> Prompt:
        """Return the prompt with this id.

        Raises:
            DarajaError: there is no such prompt (docs/daraja.md §5).
        """
        prompt = self.prompts.get(str(checkout_request_id))
        if prompt is None:
            raise invalid("CheckoutRequestID")
        return prompt

    def obstacle(self, prompt: Prompt) -> str | None:
        """Return the result code of a prompt that M-Pesa cannot show; None if it can."""
        push = prompt.push
        misfit = self.merchants[push.shortcode].misfit(push.transaction_type, push.party_b)
        if misfit is not None:
            return misfit
        if len(sms.prompt_text(prompt)) > MAX_PROMPT_TEXT:
            return "1025"
        return "3" if push.amount > MAX_AMOUNT else None

    def pay_with_pin(self, prompt: Prompt, pin: str) -> None:
        """The customer enters a PIN: pay the prompt if it is right, else fail it."""
        refused = self.customer(prompt.push.payer).enter_pin(pin)
        if refused is not None:
            self.fail(prompt, refused)
        else:
            self.pay(prompt)

    def pay(self, prompt: Prompt) -> None:
        """Pay the prompt after the right PIN, or fail it if M-Pesa's limits forbid the payment."""
        if not prompt.is_waiting:
            return
        push = prompt.push
        payment = self._payment(push.payer, push.amount, push.shortcode, push.account_reference)
        payment = replace(payment, checkout_request_id=prompt.checkout_request_id)
        refused = self._rule_against(payment)
        if refused is not None:
            self.fail(prompt, refused)
            return
        self._take(payment)
        prompt.receipt = payment.receipt
        self._finish(prompt, PromptState.PAID, "0")

    def fail(self, prompt: Prompt, code: str) -> None:
        """End the prompt without a payment, with this result code."""
        if prompt.is_waiting:
            self._finish(prompt, PromptState.FAILED, code)

    def pay_by_hand(self, phone: str, amount: int, shortcode: str, reference: str) -> Payment:
        """Pay to the paybill from the M-Pesa menu, without a prompt.

        Raises:
            ValueError: M-Pesa's rules forbid the payment; the message says which.
        """
        payment = self._payment(phone, amount, shortcode, reference)
        refused = self._rule_against(payment)
        if refused is not None:
            message = f"result {refused}: {result_text(refused)}"
            raise ValueError(message)
        self._take(payment)
        return payment

    def is_balanced(self) -> bool:
        """Whether for each customer balance plus payments equal all the money put in."""
        return all(
            customer.balance >= 0 and customer.balance + self.book.total(phone) == customer.money_in
            for phone, customer in self.customers.items()
        )

    def _payment(self, phone: str, amount: int, shortcode: str, reference: str) -> Payment:
        moment = self.clock()
        receipt = ids.receipt(moment, self.book.payments)
        return Payment(receipt, phone, amount, shortcode, reference, moment, None)

    def _rule_against(self, payment: Payment) -> str | None:
        customer = self.customer(payment.phone)
        rules: tuple[tuple[str, Callable[[], bool]], ...] = (
            ("8006", lambda: customer.locked),
            ("3", lambda: payment.amount > MAX_AMOUNT),
            ("1", lambda: customer.balance < payment.amount),
            ("17", lambda: self.book.repeats(payment, self.settings.same_amount_seconds)),
            ("4", lambda: self._day_total(payment) > DAILY_LIMIT),
        )
        return next((code for code, is_broken in rules if is_broken()), None)

    def _day_total(self, payment: Payment) -> int:
        return self.book.paid_on_day(payment.phone, payment.paid_at) + payment.amount

    def _take(self, payment: Payment) -> None:
        customer = self.customer(payment.phone)
        customer.balance -= payment.amount
        self.book.enter(payment)
        name = self.merchants[payment.shortcode].name
        customer.receive(sms.receipt_message(payment, name, customer.balance))

    def _finish(self, prompt: Prompt, state: PromptState, code: str) -> None:
        prompt.state, prompt.result_code = state, code
        prompt.finished_at = self.clock()
        message = sms.failure_message(prompt, self.clock())
        if message is not None:
            self.customer(prompt.phone).receive(message)
