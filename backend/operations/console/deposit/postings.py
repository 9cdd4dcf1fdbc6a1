"""The entries of a deposit as T-accounts: what is posted, and what a decision would post."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from operations.console.deposit.facts import name_of
from payments.models import Transaction
from wallet.models import JournalEntry, LedgerAccount

_TITLES = {
    LedgerAccount.Kind.CLEARING: ("M-PESA {number}", "asset"),
    LedgerAccount.Kind.SUSPENSE: ("Suspense", "liability"),
    LedgerAccount.Kind.DEBT: ("Debts of customers", "asset"),
    LedgerAccount.Kind.CUSTOMER: ("Wallet of {name}", "liability"),
}
#: What an entry is, by the beginning of its key.
_LABELS = {
    "deposit": "Deposit",
    "suspense": "Held",
    "resolve": "Decided",
    "correct": "Corrected",
    "reverse": "Taken back",
    "debt": "Debt",
}


@dataclass(frozen=True)
class Side:
    """An amount in KES on one side of an account. `is_proposed`: not posted, only proposed."""

    label: str
    amount: Decimal
    is_debit: bool
    entry_id: int | None = None
    is_proposed: bool = False


@dataclass
class Account:
    """A T-account: its title, whether it is an asset or a liability, and its sides."""

    title: str
    kind: str
    sides: list[Side] = field(default_factory=list)


def list_accounts(txn: Transaction, entries: Iterable[JournalEntry]) -> list[Account]:
    """Return the accounts that the entries move, in the order in which they are met."""
    accounts: dict[int, Account] = {}
    for entry in entries:
        label = _LABELS.get(entry.key.partition(":")[0], entry.key.partition(":")[0])
        for account, is_debit in ((entry.debit_account, True), (entry.credit_account, False)):
            found = accounts.setdefault(account.pk, _account(txn, account))
            found.sides.append(Side(label, entry.amount, is_debit, entry.pk))
    return list(accounts.values())


def _account(txn: Transaction, account: LedgerAccount) -> Account:
    title, kind = _TITLES[LedgerAccount.Kind(account.kind)]
    number = account.code.partition(":")[2]
    is_own = account.user_id == txn.user_id
    name = name_of(txn.user) if is_own else "another customer"
    return Account(title.format(number=number, name=name), kind)


def propose_credit(txn: Transaction, amount: Decimal, receipt: str) -> list[Account]:
    """Return what crediting the deposit would post."""
    return [
        Account(
            f"M-PESA {txn.business_short_code}", "asset",
            [Side(receipt, amount, is_debit=True, is_proposed=True)],
        ),
        Account(
            f"Wallet of {name_of(txn.user)}", "liability",
            [Side(f"#{txn.pk}", amount, is_debit=False, is_proposed=True)],
        ),
    ]  # fmt: skip
