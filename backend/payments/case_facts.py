"""What an operator has to know to decide a suspense case; reads only.

Three witnesses (what we asked for, what was reported, what M-Pesa's own record says), the case's
postings, and what its customers read before and after.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q
from django.utils.timezone import localtime

from common.masking import mask_text
from common.messages import Message
from payments import timeline
from payments.models import StatementRow, SuspenseCase, Transaction, TransactionQuery
from payments.selectors import describe
from payments.services.suspense import Dismissal, Split
from users.models import Proposal, User
from users.phone import mask_phone_number
from wallet.models import JournalEntry, LedgerAccount
from wallet.statement import describe_line

#: M-Pesa's portal takes this long for a refund; one that is in no statement by then did not happen.
REFUND_TAKES = timedelta(hours=72)

#: The kinds of proposals about a case.
CASE_KINDS = (
    Proposal.Kind.RESOLVE_CASE,
    Proposal.Kind.DISMISS_CASE,
    Proposal.Kind.CORRECT_CASE,
    Proposal.Kind.SPLIT_CASE,
)
#: The kinds about money: their page has postings, and asks for the amount.
MONEY_KINDS = (*CASE_KINDS, Proposal.Kind.REVERSE_CREDIT)
#: What happened, by the case's reason.
_HAPPENED = {
    "amount_mismatch": "M-PESA reported another amount than the deposit asked for",
    "checkout_mismatch": "M-PESA's report for this deposit named another checkout id",
    "second_payment": "M-PESA reported a second payment for a deposit that is completed",
    "receipt_used": "M-PESA's report named a code that another deposit has",
    "unknown_account": "Somebody paid by hand with an account number that nobody has",
    "phone_typed": "Somebody paid by hand and typed a phone number as the account",
    "customer_not_allowed": "Somebody paid by hand for a customer who may not deposit",
    "odd_amount": "Somebody paid by hand an amount that no deposit can have",
}
_NOTHING = "–"  # noqa: RUF001  # as the console writes it
_KINDS = {"clearing": "asset", "debt": "asset", "suspense": "liability", "customer": "liability"}


#: What a report has to say as we asked for it. The payer and the time may be others.
_COMPARED = frozenset({"Amount", "Code"})


@dataclass(frozen=True)
class Fact:
    """One line of the witnesses. `agrees`: whether M-Pesa's record says what was reported; None: it
    says nothing of it.
    """

    name: str
    asked: str
    reported: str
    recorded: str
    agrees: bool | None = None

    @property
    def is_other_than_asked(self) -> bool:
        """Whether the report says something else than what we asked for."""
        return (
            self.name in _COMPARED
            and _NOTHING not in (self.asked, self.reported)
            and self.asked != self.reported
        )


@dataclass(frozen=True)
class Witnesses:
    """What three sides say of the payment. `record` names M-Pesa's own; "": there is none yet."""

    record: str
    facts: list[Fact]


@dataclass(frozen=True)
class Side:
    """One line of an account: posted with its entry, or `is_proposed`. `amount` in KES."""

    label: str
    amount: Decimal
    is_debit: bool
    entry_id: int | None = None

    @property
    def is_proposed(self) -> bool:
        """Whether it is only proposed."""
        return self.entry_id is None


@dataclass
class Account:
    """An account of the ledger with the case's lines of it."""

    title: str
    kind: str
    sides: list[Side] = field(default_factory=list)


@dataclass(frozen=True)
class Move:
    """A movement that a decision would post, in KES."""

    label: str
    taken_from: LedgerAccount | User | None
    given_to: LedgerAccount | User | None
    amount: Decimal


@dataclass(frozen=True)
class Words:
    """What a customer reads, and who it is."""

    customer: User
    message: Message


def find_witnesses(case: SuspenseCase) -> Witnesses:
    """Return what we asked for, what was reported, and what M-Pesa's own record says.

    M-Pesa's record is a row of its statement, or else its answer about the receipt.
    """
    txn, payment = case.transaction, getattr(case, "payment", None)
    row = (
        StatementRow.objects.filter(receipt=case.mpesa_receipt_number, kind="payment")
        .select_related("file")
        .order_by("-file", "-id")
        .first()
    )
    told = None
    if row is None:
        told = (
            TransactionQuery.objects.filter(receipt=case.mpesa_receipt_number, amount__isnull=False)
            .order_by("-id")
            .first()
        )
    amount = row.amount_in if row is not None else told.amount if told is not None else None
    record = ""
    if row is not None:
        record = f"M-PESA's statement, row {row.line}"
    elif told is not None:
        record = "M-PESA's answer about the code"
    is_known = bool(record)
    return Witnesses(
        record,
        [
            Fact(
                "Amount",
                _kes(txn.amount if txn else None),
                _kes(case.amount),
                _kes(amount),
                amount == case.amount if is_known and case.amount is not None else None,
            ),
            Fact(
                "Code",
                (txn and txn.mpesa_receipt_number) or _NOTHING,
                case.mpesa_receipt_number,
                case.mpesa_receipt_number if is_known else _NOTHING,
                True if is_known else None,
            ),
            Fact(
                "Account",
                (txn and txn.account_reference) or _NOTHING,
                mask_text(payment.account_number) if payment else _NOTHING,
                mask_text(row.reference) if row is not None and row.reference else _NOTHING,
                row.reference == txn.account_reference
                if row is not None and row.reference and txn is not None
                else None,
            ),
            Fact(
                "Payer",
                mask_phone_number(txn.phone_number) if txn else _NOTHING,
                f"{payment.payer_name} {payment.payer_number}".strip() if payment else _NOTHING,
                f"{row.payer_name} {row.payer_number}".strip() if row is not None else _NOTHING,
            ),
            Fact(
                "Time",
                _time(txn.created_at if txn else None),
                _time(payment.paid_at or payment.seen_at if payment else case.opened_at),
                _time(
                    row.completed_at
                    if row is not None
                    else told.paid_at
                    if told is not None
                    else None
                ),
            ),
        ],
    )


def say_happened(case: SuspenseCase) -> str:
    """Return why the payment was held, as the beginning of a sentence."""
    return _HAPPENED.get(case.reason, case.reason)


def _kes(amount: Decimal | None) -> str:
    return _NOTHING if amount is None else f"{amount:,.2f}"


def _time(moment: datetime | None) -> str:
    return _NOTHING if moment is None else f"{localtime(moment):%-d %b %H:%M:%S}"


def list_entries(case: SuspenseCase) -> list[JournalEntry]:
    """Return what is posted about the case, in order: held, corrected, decided, taken back."""
    known = (case.entry_id, case.correction_entry_id, case.resolution_entry_id)
    ids = {entry_id for entry_id in known if entry_id is not None}
    ids |= set(case.shares.values_list("entry", flat=True))
    ids |= set(JournalEntry.objects.filter(reversal__entry__in=ids).values_list("pk", flat=True))
    found = JournalEntry.objects.filter(pk__in=ids)
    return list(found.order_by("id"))


def list_credit(proposal: Proposal) -> list[JournalEntry]:
    """Return the entry that a proposal wants to reverse, and its reversal, if it is posted."""
    if proposal.kind != Proposal.Kind.REVERSE_CREDIT:
        return []
    about = Q(pk=proposal.subject_id) | Q(reversal__entry=proposal.subject_id)
    return list(JournalEntry.objects.filter(about).order_by("id"))


_ENTRY_LABELS = {
    "suspense": "held", "correct": "corrected", "resolve": "decided", "share": "share",
    "reverse": "taken back",
}  # fmt: skip


def list_accounts(entries: Iterable[JournalEntry], moves: Iterable[Move] = ()) -> list[Account]:
    """Return the accounts that entries and proposed movements touch, with their lines."""
    entries, moves = list(entries), list(moves)
    ids = {entry.debit_account_id for entry in entries}
    ids |= {entry.credit_account_id for entry in entries}
    known = {
        account.pk: account
        for account in LedgerAccount.objects.filter(pk__in=ids).select_related("user")
    }
    accounts: dict[str, Account] = {}
    for entry in entries:
        label = _ENTRY_LABELS.get(entry.key.partition(":")[0], entry.key.partition(":")[0])
        for account, is_debit in (
            (known[entry.debit_account_id], True), (known[entry.credit_account_id], False),
        ):  # fmt: skip
            side = Side(label, entry.amount, is_debit, entry.pk)
            _account(accounts, account).sides.append(side)
    for move in moves:
        for target, is_debit in ((move.taken_from, True), (move.given_to, False)):
            if target is not None:
                side = Side(move.label, move.amount, is_debit)
                _account(accounts, target).sides.append(side)
    return list(accounts.values())


def _account(accounts: dict[str, Account], target: LedgerAccount | User) -> Account:
    if isinstance(target, User):
        code, title, kind = f"wallet:{target.pk}", _wallet_of(target), "liability"
    else:
        code = target.code
        title, kind = _title(target), _KINDS[target.kind]
    return accounts.setdefault(code, Account(title, kind))


def _title(account: LedgerAccount) -> str:
    if account.user is not None:
        return _wallet_of(account.user)
    if account.kind == "clearing":
        return f"M-PESA {account.code.removeprefix('mpesa:')}"
    return "Held in suspense" if account.kind == "suspense" else "Debts"


def _wallet_of(user: User) -> str:
    return f"Wallet of {user.full_name or user}"


def preview_gift(case: SuspenseCase, user: User) -> list[Move]:
    """Return what giving the whole payment to a customer would post."""
    return _move(case, "to the customer", user)


def preview_dismissal(case: SuspenseCase) -> list[Move]:
    """Return what closing the case without giving its money to anybody would post."""
    clearing = None
    if case.entry is not None:
        clearing = LedgerAccount.objects.get(pk=case.entry.debit_account_id)
    return _move(case, "back to M-PESA", clearing)


def _move(case: SuspenseCase, label: str, target: LedgerAccount | User | None) -> list[Move]:
    if case.true_amount is None:
        return []
    return [Move(label, _suspense(case), target, case.true_amount)]


def _suspense(case: SuspenseCase) -> LedgerAccount | None:
    if case.entry is None:
        return None
    return LedgerAccount.objects.get(pk=case.entry.credit_account_id)


def preview_proposal(proposal: Proposal) -> list[Move]:
    """Return what approving a proposal would post; nothing, where it is not about money."""
    if proposal.kind not in MONEY_KINDS:
        return []
    if proposal.kind == Proposal.Kind.REVERSE_CREDIT:
        entry = JournalEntry.objects.get(pk=proposal.subject_id)
        wallet = LedgerAccount.objects.select_related("user").get(pk=entry.credit_account_id)
        return [Move("taken back", wallet, None, entry.amount)]
    case = SuspenseCase.objects.select_related("entry").get(pk=proposal.subject_id)
    match proposal.kind:
        case Proposal.Kind.RESOLVE_CASE if proposal.customer is not None:
            return preview_gift(case, proposal.customer)
        case Proposal.Kind.DISMISS_CASE:
            return preview_dismissal(case)
        case Proposal.Kind.CORRECT_CASE:
            if case.true_amount is None:
                return []
            more = Decimal(proposal.detail) - case.true_amount
            clearing = preview_dismissal(case)[0].given_to
            taken, given = clearing, _suspense(case)
            if more < 0:
                taken, given = given, taken
            return [Move("corrected", taken, given, abs(more))]
        case _:
            shares = Split.read(proposal.detail).shares
            users = User.objects.in_bulk([share.user_id for share in shares])
            return [
                Move("share", _suspense(case), users[share.user_id], share.amount)
                for share in shares
            ]


def amount_of(proposal: Proposal) -> Decimal:
    """Return the amount that a proposal decides about, in KES; 0: it moves no money."""
    if proposal.kind == Proposal.Kind.REVERSE_CREDIT:
        return JournalEntry.objects.get(pk=proposal.subject_id).amount
    if proposal.kind == Proposal.Kind.CORRECT_CASE:
        return Decimal(proposal.detail)
    if proposal.kind not in CASE_KINDS:
        return Decimal("0.00")
    case = SuspenseCase.objects.get(pk=proposal.subject_id)
    return case.true_amount or Decimal("0.00")


def say_to_payer(case: SuspenseCase) -> Message | None:
    """Return what to tell the payer of a payment by hand that is held; None: a deposit says it."""
    if case.transaction is not None or case.status != SuspenseCase.Status.OPEN:
        return None
    paid = "" if case.true_amount is None else f" KSh {case.true_amount:,.2f}"
    return Message(
        en=f"We have a payment of{paid} with this code. It is held, and your money is safe. "
        "Tell us which account number you typed, and do not pay again.",
        sw=f"Tumepokea malipo ya{paid} yenye msimbo huu. Yamehifadhiwa, na pesa yako iko salama. "
        "Tuambie namba ya akaunti uliyoandika, na usilipe tena.",
    )


def say_now(case: SuspenseCase, now: datetime) -> list[Words]:
    """Return what the deposit's own customer reads now; empty for a payment by hand."""
    txn = case.transaction
    return [] if txn is None else [Words(txn.user, describe(txn, now).message)]


def say_then(proposal: Proposal) -> list[Words]:
    """Return what the customers will read once a proposal about a case is approved."""
    if proposal.kind not in CASE_KINDS or proposal.kind == Proposal.Kind.CORRECT_CASE:
        return []
    case = SuspenseCase.objects.select_related("transaction__user").get(pk=proposal.subject_id)
    txn = case.transaction
    match proposal.kind:
        case Proposal.Kind.RESOLVE_CASE:
            return say_given(case, proposal.customer)
        case Proposal.Kind.DISMISS_CASE:
            decision = Dismissal.read(proposal.detail).decision
            return say_dismissed(case, decision)
        case _:
            return _say_shares(txn, Split.read(proposal.detail))


def say_given(case: SuspenseCase, user: User | None) -> list[Words]:
    """Return what is read once `user` has the whole payment."""
    txn, amount = case.transaction, case.true_amount
    words = []
    if txn is not None:
        is_own = user is not None and user.pk == txn.user_id
        words.append(Words(txn.user, timeline.say_given(txn.amount, amount, is_own=is_own)))
    if user is not None and amount is not None and (txn is None or user.pk != txn.user_id):
        words.append(Words(user, _say_line("resolve", amount)))
    return words


def say_dismissed(case: SuspenseCase, decision: str) -> list[Words]:
    """Return what is read once nobody gets the payment."""
    if case.transaction is None:
        return []
    told = timeline.Case(opened_at=case.opened_at, decision=decision)
    return [Words(case.transaction.user, timeline.say_decided(told))]


def _say_shares(txn: Transaction | None, split: Split) -> list[Words]:
    users = User.objects.in_bulk([share.user_id for share in split.shares])
    words = [
        Words(
            users[share.user_id],
            timeline.say_given(txn.amount, share.amount, is_own=True)
            if txn is not None and (share.user_id, share.amount) == (txn.user_id, txn.amount)
            else timeline.say_share(share.amount)
            if txn is not None and share.user_id == txn.user_id
            else _say_line("share", share.amount),
        )
        for share in split.shares
    ]
    if txn is not None and txn.user_id not in users:
        words.append(Words(txn.user, timeline.say_share(None)))
    return words


def _say_line(kind: str, amount: Decimal) -> Message:
    """Return the line of the wallet's statement, which a customer without a deposit reads."""
    text = describe_line(kind)
    return Message(en=f"{text.en}: +{amount:,.2f}", sw=f"{text.sw}: +{amount:,.2f}")


def is_refund_seen(case: SuspenseCase) -> bool:
    """Return whether a statement of M-Pesa's has the refund of this payment."""
    return StatementRow.objects.filter(
        linked_receipt=case.mpesa_receipt_number, kind="reversal"
    ).exists()


def say_refund(case: SuspenseCase, now: datetime) -> str:
    """Return how long a refund in the portal has left, or whether it was seen; "": not refunded."""
    if case.status == SuspenseCase.Status.OPEN and case.true_amount is not None:
        left = case.opened_at + REFUND_TAKES - now
        if left.total_seconds() > 0:
            return f"{_hours(left)} left of the 72 within which M-PESA may take it back alone"
        return "the 72 hours of a refund by M-PESA are over"
    if case.decision != SuspenseCase.Decision.REFUNDED or case.resolved_at is None:
        return ""
    if is_refund_seen(case):
        return "seen in M-PESA's statement"
    left = case.resolved_at + REFUND_TAKES - now
    if left.total_seconds() > 0:
        return f"not in a statement yet; {_hours(left)} left of 72"
    return "in no statement after 72 hours: look in the portal, and bring the statement"


def _hours(left: timedelta) -> str:
    minutes = int(left.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60:02}"
