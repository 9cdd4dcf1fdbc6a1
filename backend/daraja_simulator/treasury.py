"""The businesses' side of M-Pesa: money received, reversed, paid out, swept to the bank."""

from collections.abc import Callable, Mapping

from . import ids, sms
from .accounts import Accounts, Kind, Movement
from .book import Book, Payment, Payout, Reversal, Way
from .charges import payment_charge, payout_charge
from .clock import Clock
from .customers import Customer
from .merchants import Merchant
from .settings import Settings

# Safaricom's limits per transaction and per day (docs/daraja.md §2), for payouts and balances.
MAX_AMOUNT = 250_000
DAILY_LIMIT = 500_000
MIN_PAYOUT = 10
MAX_BALANCE = 500_000

# The statement's Reason Type of each way of payment to a paybill.
_REASONS = {
    Way.STK: "Pay Utility",
    Way.MENU: "Pay Bill Online",
    Way.SIMULATE: "Pay Bill Online",
    Way.OVERDRAFT: "Pay Utility with OD Online",
    Way.RATIBA: "Standing Order Pay Bill",
    Way.ORGANISATION: "Organization To Organization Transfer",
}


def _party(phone: str, name: str) -> str:
    """Return the other party of a statement's row: `25471****678 - JANE **** DOE`."""
    if not phone:
        return name
    first, *rest = name.upper().split() or [""]
    shown = " ".join([first, "****", rest[-1]] if rest else [first])
    return f"{phone[:5]}****{phone[-3:]} - {shown}"


def _description(payment: Payment) -> dict[str, str]:
    """Return what a statement says about a payment besides its amount."""
    party = _party(payment.phone, payment.payer_name)
    kind = "Merchant Payment" if payment.is_till else "Pay Bill"
    account = f" Acc. {payment.account_reference}" if payment.account_reference else ""
    return {
        "reason_type": "Merchant Payment" if payment.is_till else _REASONS[payment.way],
        "details": f"{kind} from {party}{account}",
        "other_party": party,
        "account_reference": payment.account_reference,
    }


class Treasury:
    """The accounts of every business. What goes back or out reaches the customer here."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        book: Book,
        merchants: Mapping[str, Merchant],
        customer_of: Callable[[str], Customer],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._book = book
        self._merchants = merchants
        self._customer_of = customer_of
        self.accounts = {
            shortcode: Accounts(settings.opening_balance, settings.opening_balance)
            for shortcode in merchants
        }

    @property
    def is_balanced(self) -> bool:
        """Whether every business's movements lead to its balance."""
        return all(accounts.is_balanced for accounts in self.accounts.values())

    def new_receipt(self) -> str:
        """Return a receipt that nothing else in the book has."""
        return ids.receipt(self._clock(), self._book.receipts)

    def balance_after(self, payment: Payment) -> int:
        """Return the balance of the utility account just after the payment arrived."""
        movements = reversed(self.accounts[payment.shortcode].movements)
        return next(m.balance for m in movements if m.receipt == payment.receipt)

    def receive(self, payment: Payment) -> None:
        """Enter the payment into the business's account, and its charge after it."""
        self.accounts[payment.shortcode].move(
            payment.receipt, Kind.PAYMENT, payment.paid_at, payment.amount, **_description(payment)
        )
        charge = payment_charge(payment.amount) if self._settings.business_pays_charges else 0
        details = "Pay merchant Charge" if payment.is_till else "Pay Bill Charge"
        self._charge(payment.shortcode, payment.receipt, charge, details)

    def decline(self, payment: Payment) -> None:
        """Note a payment that the business rejected; no money moves."""
        accounts = self.accounts[payment.shortcode]
        accounts.declined.append(
            Movement(
                payment.receipt,
                Kind.PAYMENT,
                self._clock(),
                payment.amount,
                accounts.utility,
                status="Declined",
                **_description(payment),
            )
        )
        self._book.receipts.add(payment.receipt)

    def _charge(self, shortcode: str, receipt: str, amount: int, details: str) -> None:
        if amount == 0:
            return
        accounts = self.accounts[shortcode]
        accounts.charges_paid -= amount
        accounts.move(
            receipt,
            Kind.CHARGE,
            self._clock(),
            -amount,
            reason_type=details,
            details=details,
            other_party="SP",
        )

    def reverse(self, receipt: str, by: str) -> Reversal:
        """Give the payment with this receipt back to its payer.

        Raises:
            KeyError: there is no such payment.
            ValueError: it is reversed already (`R000001`), or the account holds too little (`1`).
        """
        original, moment = self._book.payments[receipt], self._clock()
        if receipt in self._book.reversals:
            raise ValueError("R000001")
        reversal = Reversal(self.new_receipt(), original, moment, by)
        accounts = self.accounts[original.shortcode]
        if accounts.utility < original.amount:
            raise ValueError("1")
        party = _party(original.phone, original.payer_name)
        accounts.move(
            reversal.receipt,
            Kind.REVERSAL,
            moment,
            -original.amount,
            reason_type="Pay Bill Reversal",
            details=f"Pay Bill Reversal to {party}",
            other_party=party,
            account_reference=original.account_reference,
            linked_receipt=receipt,
        )
        self._book.reversals[receipt] = reversal
        self._book.receipts.add(reversal.receipt)
        if original.phone:
            customer = self._customer_of(original.phone)
            customer.balance += original.amount
            customer.receive(sms.reversal_message(reversal, customer.balance))
        return reversal

    def rule_against_payout(self, phone: str, amount: int, shortcode: str) -> str | None:
        """Return the result code of the rule that forbids a payout, None if none does."""
        customer, moment = self._customer_of(phone), self._clock()
        day = sum(
            p.amount
            for p in self._book.payouts.values()
            if p.phone == phone and p.paid_at.date() == moment.date()
        )
        needed = amount + payout_charge(amount)
        rules = (
            ("2", amount < MIN_PAYOUT),
            ("3", amount > MAX_AMOUNT),
            ("1", self.accounts[shortcode].utility < needed),
            ("4", day + amount > DAILY_LIMIT),
            ("8", customer.balance + amount > MAX_BALANCE),
        )
        return next((code for code, is_broken in rules if is_broken), None)

    def pay_out(self, payout: Payout) -> None:
        """Send the payout to its customer; `rule_against_payout` has allowed it."""
        accounts, customer = self.accounts[payout.shortcode], self._customer_of(payout.phone)
        party = _party(payout.phone, customer.name)
        accounts.move(
            payout.receipt,
            Kind.PAYOUT,
            payout.paid_at,
            -payout.amount,
            reason_type="Business Payment to Customer via API",
            details=f"Business Payment to Customer via API to {party}",
            other_party=party,
        )
        self._charge(payout.shortcode, payout.receipt, payout.charge, "B2C Charge")
        self._book.payouts[payout.receipt] = payout
        self._book.receipts.add(payout.receipt)
        customer.balance += payout.amount
        name = self._merchants[payout.shortcode].name
        customer.receive(sms.payout_message(payout, name, customer.balance))

    def sweep(self, shortcode: str, amount: int) -> Movement:
        """Move money from the utility account to the bank account of the business.

        Raises:
            ValueError: the utility account does not hold so much.
        """
        reason = "Utility Account to Organization Settlement Account"
        accounts = self.accounts[shortcode]
        movement = accounts.move(
            self.new_receipt(),
            Kind.SWEEP,
            self._clock(),
            -amount,
            reason_type=reason,
            details=f"{reason} via API",
            other_party=f"{shortcode} - {self._merchants[shortcode].name}",
        )
        accounts.settlement += amount
        self._book.receipts.add(movement.receipt)
        return movement

    def fund(self, shortcode: str, amount: int) -> Movement:
        """Put money into the utility account, as the business does on the portal."""
        movement = self.accounts[shortcode].move(
            self.new_receipt(),
            Kind.FUNDING,
            self._clock(),
            amount,
            reason_type="Business Transfer from MMF to Utility",
            details="Business Transfer from MMF to Utility",
            other_party=f"{shortcode} - {self._merchants[shortcode].name}",
        )
        self._book.receipts.add(movement.receipt)
        return movement
