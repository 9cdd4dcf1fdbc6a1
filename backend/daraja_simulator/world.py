"""M-Pesa's own state: customers, businesses, prompts and the book.

It does no I/O; its clock is a parameter.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from . import ids, sms
from .book import Book, Payment, Way
from .clock import Clock, now
from .customers import Customer
from .merchants import Merchant, merchants_of
from .outcomes import result_text
from .prompts import Prompt, PromptState
from .registrations import PullRegistration, Registration
from .settings import Settings
from .treasury import DAILY_LIMIT, MAX_AMOUNT, Treasury
from .wire import DarajaError, Push, invalid

# The longest text of a prompt; a longer one ends with result 1025 (docs/daraja.md §2).
MAX_PROMPT_TEXT = 182

_BUSY_TEXT = (
    "Unable to lock subscriber, a transaction is already in process for the current subscriber"
)


def busy() -> DarajaError:
    """Return the error for a push while another prompt is open on the phone (docs/daraja.md §3)."""
    return DarajaError(500, "500.001.1001", _BUSY_TEXT)


class World:
    """Decides what is paid. Only `_take` takes money from customers."""

    def __init__(self, settings: Settings, clock: Clock = now) -> None:
        self.settings = settings
        self.clock = clock
        self.merchants: dict[str, Merchant] = merchants_of(settings)
        self.customers: dict[str, Customer] = {}
        self.prompts: dict[str, Prompt] = {}
        self.book = Book()
        self.treasury = Treasury(settings, clock, self.book, self.merchants, self.customer)
        self.registrations: dict[str, Registration] = {}
        self.pull_registrations: dict[str, PullRegistration] = {}
        self._requests: Counter[tuple[str, str]] = Counter()
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
        return self.count_request("push", phone)

    def count_request(self, group: str, phone: str = "") -> int:
        """Count a request to this group of endpoints, and return its number for this phone."""
        self._requests[group, phone] += 1
        return self._requests[group, phone]

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
        payment = self.draft(push.payer, push.amount, push.shortcode, push.account_reference)
        payment = replace(payment, checkout_request_id=prompt.checkout_request_id, way=Way.STK)
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

    def draft(
        self, phone: str, amount: int, shortcode: str, reference: str, way: Way = Way.MENU
    ) -> Payment:
        """Return a payment with a receipt of its own that moved no money yet; see `take`."""
        moment = self.clock()
        merchant = self.merchants[shortcode]
        return Payment(
            receipt=self.new_receipt(),
            phone=phone,
            amount=amount,
            shortcode=shortcode,
            account_reference="" if merchant.is_till else reference,
            paid_at=moment,
            checkout_request_id=None,
            way=way,
            payer_name=self.customer(phone).name if phone else "",
            is_till=merchant.is_till,
        )

    def new_receipt(self) -> str:
        """Return a receipt that nothing else in the book has."""
        return self.treasury.new_receipt()

    def rule_against(self, payment: Payment) -> str | None:
        """Return the result code of the rule that forbids the payment, None if none does."""
        return self._rule_against(payment) if payment.phone else None

    def take(self, payment: Payment) -> Payment:
        """Take a drafted payment from its payer, and return it with the time when money moved.

        Raises:
            ValueError: M-Pesa's rules forbid the payment; the message says which.
        """
        payment = replace(payment, paid_at=self.clock())
        refused = self.rule_against(payment)
        if refused is not None:
            message = f"result {refused}: {result_text(refused)}"
            raise ValueError(message)
        self._take(payment)
        return payment

    def pay_by_hand(self, phone: str, amount: int, shortcode: str, reference: str) -> Payment:
        """Pay to the paybill from the M-Pesa menu, without a prompt and without validation.

        Raises:
            ValueError: M-Pesa's rules forbid the payment; the message says which.
        """
        return self.take(self.draft(phone, amount, shortcode, reference))

    def is_balanced(self) -> bool:
        """Whether all money is accounted for: for each customer balance plus payments equal what
        was put in or came back, and each business's movements lead to its balance.
        """
        customers = all(
            customer.balance >= 0
            and customer.balance + self.book.total(phone)
            == customer.money_in + self.book.received(phone)
            for phone, customer in self.customers.items()
        )
        return customers and self.treasury.is_balanced

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
        self.book.enter(payment)
        self.treasury.receive(payment)
        if not payment.phone:
            return
        customer = self.customer(payment.phone)
        customer.balance -= payment.amount
        name = self.merchants[payment.shortcode].name
        left = DAILY_LIMIT - self.book.paid_on_day(payment.phone, payment.paid_at)
        customer.receive(
            sms.receipt_message(payment, name, customer.balance, left, customer.language)
        )

    def _finish(self, prompt: Prompt, state: PromptState, code: str) -> None:
        prompt.state, prompt.result_code = state, code
        prompt.finished_at = self.clock()
        message = sms.failure_message(prompt, self.clock())
        if message is not None:
            self.customer(prompt.phone).receive(message)
