"""Reads every row about one deposit, each kind by an index, whatever the size of its table.

What the operator has no right to see is not read.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Q

from payments.case_facts import CASE_KINDS
from payments.models import (
    CallbackEvent,
    Claim,
    Confirmation,
    PaybillPayment,
    PulledRow,
    Reversal,
    StatementImport,
    StatementRow,
    SuspenseCase,
    Transaction,
    TransactionQuery,
)
from risk.models import Decision
from users.models import Proposal, User
from wallet.models import JournalEntry

#: The most rows of one kind on a page. M-PESA may repeat a callback, and anybody may send one.
MOST = 20

# Rows of statements that name the deposit or one of its receipts: each look by an index of its own.
_ROWS_OF_STATEMENTS = """
SELECT id FROM payments_statementrow WHERE reference = %(reference)s AND reference <> ''
UNION SELECT id FROM payments_statementrow WHERE receipt = ANY (%(receipts)s)
UNION SELECT id FROM payments_statementrow
       WHERE linked_receipt = ANY (%(receipts)s) AND linked_receipt <> ''
 ORDER BY id DESC LIMIT %(most)s
"""
# What the rows that did nothing yet would do, as our books are now.
_COMPARED = """
SELECT line.id, found.match, found.action FROM payments_statementrow AS line
  JOIN payments_statementimport AS file ON file.id = line.file_id AND file.state = 'ready'
   AND file.rows_deleted_at IS NULL
 CROSS JOIN LATERAL statement_compare(line.file_id, line.line, line.line) AS found
 WHERE line.id = ANY (%(ids)s) AND line.verdict = ''
"""
# The newest statements that cover the time of the deposit, and whether they prove it unpaid.
_COVERING = """
SELECT file.id, EXISTS (SELECT 1 FROM statement_unpaid(file.id, %(id)s)) AS proves_unpaid
  FROM payments_statementimport AS file
 WHERE file.state = 'ready' AND file.rows_deleted_at IS NULL
   AND file.short_code = %(short_code)s AND file.first_row_at <= %(at)s
   AND file.last_row_at >= %(at)s::timestamptz + interval '1 hour'
 ORDER BY file.id DESC LIMIT 3
"""


@dataclass(frozen=True)
class Row:
    """A row of a statement. `action`: what settling it would do now, "" for nothing; else one of
    StatementRow.Action.
    """

    line: StatementRow
    action: str = ""


@dataclass(frozen=True)
class Cover:
    """A statement that covers the time of the deposit, and whether the deposit is unpaid by it."""

    file: StatementImport
    proves_unpaid: bool


@dataclass(frozen=True)
class Change:
    """The deposit after a change (payments.models.TransactionHistory), and who changed it.

    `operator_id` and `reason` are None where no operator did.
    """

    row: Any
    operator_id: int | None = None
    reason: str | None = None


@dataclass(kw_only=True)
class Facts:
    """All rows about a deposit, oldest first; at most MOST of each kind.

    `hidden` names the kinds that the operator has no right to see; they are empty here.
    """

    txn: Transaction
    now: datetime
    changes: list[Change] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    callbacks: list[CallbackEvent] = field(default_factory=list)
    confirmations: list[Confirmation] = field(default_factory=list)
    questions: list[TransactionQuery] = field(default_factory=list)
    pulled: list[PulledRow] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    covers: list[Cover] = field(default_factory=list)
    cases: list[SuspenseCase] = field(default_factory=list)
    reversals: list[Reversal] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    entries: list[JournalEntry] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    verdict: Decision | None = None
    operators: dict[int, str] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)

    @property
    def payment(self) -> PaybillPayment | None:
        """The payment by hand that the deposit stands for, if it has no prompt."""
        is_prompt = self.txn.callback_token_hash is not None
        return None if is_prompt else getattr(self.txn, "paybill_payment", None)

    @property
    def open_cases(self) -> list[SuspenseCase]:
        """The cases without a decision."""
        return [case for case in self.cases if case.status == SuspenseCase.Status.OPEN]

    def may_see(self, kind: str) -> bool:
        """Return whether the operator may see a kind of rows, by its name in `hidden`."""
        return kind not in self.hidden


#: Every kind that takes a right of its own: its name on the page, and the right.
RIGHTS = {
    "callbacks": "payments.view_callbackevent",
    "confirmations": "payments.view_confirmation",
    "questions to M-PESA": "payments.view_transactionquery",
    "M-PESA's own list": "payments.view_pulledrow",
    "M-PESA's statements": "payments.view_statementimport",
    "suspense cases": "payments.view_suspensecase",
    "reversals": "payments.view_reversal",
    "claims": "payments.view_claim",
    "the ledger": "wallet.view_journalentry",
    "proposals": "users.view_proposal",
    "fraud rules": "risk.view_decision",
    "the customer": "users.view_user",
}


def find(transaction_id: int) -> Transaction | None:
    """Return the deposit with its customer; None for an unknown id."""
    found = Transaction.objects.select_related(
        "user__ledger_account", "paybill_payment", "unpaid_by_statement__operator"
    )
    # Not first(): ordered, the database might read the index of times instead of the key.
    return next(iter(found.filter(pk=transaction_id).order_by()[:1]), None)


def read(txn: Transaction, *, operator: User, now: datetime) -> Facts:
    """Return what the operator may see of a deposit that find() returned."""
    hidden = [kind for kind, right in RIGHTS.items() if not operator.has_perm(right)]
    facts = Facts(txn=txn, now=now, hidden=hidden)
    facts.receipts = list(txn.receipts.order_by("booked_at").values_list("number", flat=True))
    facts.changes = list(_changes(txn))
    _read_cases(facts)
    _read_reports(facts)
    _read_statements(facts)
    _read_decisions(facts)
    facts.operators = _names(facts)
    return facts


def _changes(txn: Transaction) -> Iterable[Change]:
    history = apps.get_model("payments", "TransactionHistory")._default_manager
    rows = history.filter(pgh_obj_id=txn.pk).select_related("pgh_context").order_by("pgh_id")
    for row in rows[:MOST]:
        told = row.pgh_context.metadata if row.pgh_context else {}
        yield Change(row, told.get("operator"), told.get("reason"))


def _read_cases(facts: Facts) -> None:
    if facts.may_see("suspense cases"):
        # A payment by hand that was held has its case before it has a deposit.
        own = Q(transaction=facts.txn)
        payment = getattr(facts.txn, "paybill_payment", None)
        if payment is not None and payment.case_id is not None:
            own |= Q(pk=payment.case_id)
        cases = SuspenseCase.objects.filter(own).select_related(
            "resolved_by", "corrected_by", "payment"
        )
        facts.cases = list(cases.order_by("pk")[:MOST])
    facts.receipts += [
        case.mpesa_receipt_number
        for case in facts.cases
        if case.mpesa_receipt_number not in facts.receipts
    ]


def _read_reports(facts: Facts) -> None:
    txn = facts.txn
    if facts.may_see("callbacks"):
        facts.callbacks = list(txn.callbacks.order_by("pk")[:MOST])
    if facts.may_see("confirmations"):
        facts.confirmations = list(txn.confirmations.order_by("pk")[:MOST])
    if facts.may_see("M-PESA's own list"):
        facts.pulled = list(txn.pulled_rows.order_by("pk")[:MOST])
    if facts.may_see("questions to M-PESA"):
        facts.questions = _questions(facts)


def _questions(facts: Facts) -> list[TransactionQuery]:
    # Two looks, each by an index of its own; a question that nobody answered names no deposit.
    # Sorted here: by the index of ages the database might read many of other deposits.
    named = TransactionQuery.objects.filter(transaction=facts.txn).order_by()
    about = TransactionQuery.objects.filter(receipt__in=facts.receipts).order_by()
    found = {row.pk: row for query in (named, about) for row in query[: MOST * 5]}
    return sorted(found.values(), key=lambda row: row.asked_at)[-MOST:]


def _read_statements(facts: Facts) -> None:
    if not facts.may_see("M-PESA's statements"):
        return
    txn = facts.txn
    asked = {"reference": txn.account_reference, "receipts": facts.receipts, "most": MOST}
    ids = [found for (found,) in _fetch(_ROWS_OF_STATEMENTS, asked)]
    actions = {found: action for found, _, action in _fetch(_COMPARED, {"ids": ids})}
    lines = StatementRow.objects.filter(pk__in=ids).select_related("file__uploaded_by")
    facts.rows = [Row(line, actions.get(line.pk, "")) for line in lines.order_by("pk")]
    if txn.status != Transaction.Status.COMPLETED:
        when = {"id": txn.pk, "short_code": txn.business_short_code, "at": txn.created_at}
        proofs = dict(_fetch(_COVERING, when))
        files = StatementImport.objects.in_bulk(proofs)
        facts.covers = [Cover(files[pk], proves_unpaid) for pk, proves_unpaid in proofs.items()]


def _fetch(sql: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _read_decisions(facts: Facts) -> None:
    txn = facts.txn
    if facts.may_see("reversals"):
        reversals = txn.reversals.select_related("operator", "debt")
        facts.reversals = list(reversals.order_by("pk")[:MOST])
    if facts.may_see("claims"):
        facts.claims = list(txn.claims.order_by("pk")[:MOST])
    if facts.may_see("fraud rules"):
        decided = Decision.objects.filter(transaction=txn).order_by()
        facts.verdict = next(iter(decided[:1]), None)
    if facts.may_see("the ledger"):
        facts.entries = _entries(facts)
    if facts.may_see("proposals"):
        facts.proposals = _open_proposals(facts)


def _entries(facts: Facts) -> list[JournalEntry]:
    ids: set[int | None] = {facts.txn.credit_entry_id}
    for case in facts.cases:
        ids |= {case.entry_id, case.correction_entry_id, case.resolution_entry_id}
    for reversal in facts.reversals:
        ids |= {reversal.entry_id, reversal.reversal_entry_id}
        ids.add(reversal.debt.entry_id if hasattr(reversal, "debt") else None)
    entries = JournalEntry.objects.filter(pk__in=filter(None, ids))
    return list(entries.select_related("debit_account", "credit_account").order_by("pk"))


def _open_proposals(facts: Facts) -> list[Proposal]:
    of_cases = Q(kind__in=CASE_KINDS, subject_id__in=[case.pk for case in facts.cases])
    credits = [facts.txn.credit_entry_id, *(case.resolution_entry_id for case in facts.cases)]
    of_credits = Q(kind=Proposal.Kind.REVERSE_CREDIT, subject_id__in=filter(None, credits))
    about = Proposal.objects.filter(of_cases | of_credits)
    waiting = about.waiting(facts.now)
    return list(waiting.select_related("proposed_by", "customer").order_by("pk")[:MOST])


def _names(facts: Facts) -> dict[int, str]:
    """Return the operators by name, each once; one without a name by the masked number."""
    ids = {change.operator_id for change in facts.changes}
    ids |= {row.asked_by_id for row in facts.questions}
    ids |= {row.line.settled_by_id for row in facts.rows}
    found = User.objects.filter(pk__in=filter(None, ids))
    names = {user.pk: name_of(user) for user in found}
    for case in facts.cases:
        names |= {who.pk: name_of(who) for who in (case.resolved_by, case.corrected_by) if who}
    return names


def name_of(user: User) -> str:
    """Return an operator's or a customer's name; without one, the masked number."""
    return user.full_name or str(user)
