"""What M-PESA sent about a deposit, as an operator may read it: numbers masked, names covered.

Rows say when it came and what it said; texts are the bodies. Nothing here reads the database.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from common.masking import mask_text, mask_value
from operations.console.deposit.facts import Facts
from operations.templatetags.console_amounts import kes
from payments.daraja.callbacks import parse_callback
from payments.gateway import MalformedCallback
from payments.models import (
    CallbackEvent,
    Confirmation,
    PulledRow,
    StatementRow,
    TransactionQuery,
)

#: Longer bodies are cut: a page is not the place to read 64 KiB.
_LONGEST = 4096
_NAME_KEY = re.compile(r"(?i)name$|^(?:sender|debitparty|creditparty|otherparty)")
_WORD = re.compile(r"[^\W\d_]{2,}")

CALLBACK_VERDICTS = {
    CallbackEvent.Verdict.RECEIVED: "Stored; settling it met an error, and it is tried again",
    CallbackEvent.Verdict.APPLIED: "Believed and booked",
    CallbackEvent.Verdict.DUPLICATE: "Said nothing new",
    CallbackEvent.Verdict.HINT: "Not believed; M-PESA was asked sooner",
    CallbackEvent.Verdict.UNMATCHED: "Fits no deposit",
    CallbackEvent.Verdict.MISMATCHED: "Does not agree with the deposit",
    CallbackEvent.Verdict.MALFORMED: "Not readable",
}
CONFIRMATION_VERDICTS = {
    Confirmation.Verdict.RECEIVED: "Stored; settling it met an error, and it is tried again",
    Confirmation.Verdict.APPLIED: "Believed and booked",
    Confirmation.Verdict.DUPLICATE: "Said nothing new",
    Confirmation.Verdict.HELD: "Held in suspense",
    Confirmation.Verdict.UNTRUSTED: "Not believed: its sender or its short code",
    Confirmation.Verdict.MALFORMED: "Not readable",
}
QUERY_VERDICTS = {
    TransactionQuery.Verdict.APPLIED: "Credited the customer who claims the code",
    TransactionQuery.Verdict.FILLED: "Filled in the deposit's code",
    TransactionQuery.Verdict.HELD: "Held in suspense",
    TransactionQuery.Verdict.CONFIRMED: "Our books say the same",
    TransactionQuery.Verdict.DIFFERS: "Our books have another amount",
    TransactionQuery.Verdict.REVERSED: "Our books have it, and M-PESA took it back",
    TransactionQuery.Verdict.NOT_PAID: "No money moved, and our books have none",
    TransactionQuery.Verdict.UNCLEAR: "Nothing is known from it",
    TransactionQuery.Verdict.FOREIGN: "Answered about another code",
    TransactionQuery.Verdict.UNTRUSTED: "Not believed: its sender or its short code",
    TransactionQuery.Verdict.MALFORMED: "Not readable",
    TransactionQuery.Verdict.RECEIVED: "Stored; settling it met an error",
}
QUERY_STATES = {
    TransactionQuery.State.ASKED: "Under way",
    TransactionQuery.State.ANSWERED: "Answered",
    TransactionQuery.State.TIMED_OUT: "M-PESA did not get to it",
    TransactionQuery.State.REFUSED: "Not taken by M-PESA",
    TransactionQuery.State.LOST: "No answer came",
}
PULL_VERDICTS = {
    PulledRow.Verdict.APPLIED: "Credited",
    PulledRow.Verdict.FILLED: "Filled in the deposit's code",
    PulledRow.Verdict.HELD: "Held in suspense",
    PulledRow.Verdict.FAILED: "Could not be settled; the next pull tries again",
    PulledRow.Verdict.UNREADABLE: "Not readable",
}


@dataclass(frozen=True)
class Report:
    """One line of what came: when, what it was, what it said, what we did with it."""

    at: datetime
    what: str
    says: str
    did: str


@dataclass(frozen=True)
class Body:
    """A text as it came, redacted. `about` says which, with its time."""

    about: str
    at: datetime
    text: str


def read_callback(event: CallbackEvent) -> str:
    """Return in a few words what a callback says: code, amount, receipt."""
    try:
        told = parse_callback(bytes(event.raw_body))
    except MalformedCallback:
        return "not readable"
    parts = [told.result_code]
    if told.result_code == "0":
        parts = ["0, paid"]
    elif told.result_desc:
        parts.append(f"“{mask_text(told.result_desc)}”")
    parts += [kes(told.amount)] if told.amount is not None else []
    parts += [told.mpesa_receipt_number] if told.mpesa_receipt_number else []
    return ", ".join(parts)


def list_reports(facts: Facts) -> list[Report]:
    """Return all that was reported and asked, in the order of time."""
    reports = [*_callbacks(facts), *_confirmations(facts), *_queries(facts), *_pulled(facts)]
    return sorted(reports, key=lambda report: report.at)


def _callbacks(facts: Facts) -> Iterator[Report]:
    for event in facts.callbacks:
        what = "Callback" if event.has_token else "Callback without our token"
        did = CALLBACK_VERDICTS.get(CallbackEvent.Verdict(event.verdict), event.verdict)
        yield Report(event.received_at, what, read_callback(event), _with_note(did, event.note))


def _confirmations(facts: Facts) -> Iterator[Report]:
    for row in facts.confirmations:
        did = CONFIRMATION_VERDICTS.get(Confirmation.Verdict(row.verdict), row.verdict)
        yield Report(
            row.received_at, "Confirmation", row.receipt or "no code", _with_note(did, row.note)
        )


def _queries(facts: Facts) -> Iterator[Report]:
    txn = facts.txn
    if txn.last_query_at is not None:
        times = f"asked {txn.query_count} times, this was the last" if txn.query_count > 1 else ""
        yield Report(txn.last_query_at, "Status query", times, _settled_by_query(facts))
    for row in facts.questions:
        yield Report(
            row.answered_at or row.asked_at,
            f"Transaction Status of {row.receipt}",
            say_answer(row),
            _with_note(
                QUERY_VERDICTS[TransactionQuery.Verdict(row.verdict)] if row.verdict else "Waits",
                row.note,
            ),
        )


def _settled_by_query(facts: Facts) -> str:
    txn = facts.txn
    if txn.next_query_at is not None:
        return "No clear answer yet; asked again"
    if txn.status == txn.Status.PENDING:
        return "No clear answer"
    return "The outcome is in the timeline"


def _pulled(facts: Facts) -> Iterator[Report]:
    for row in facts.pulled:
        did = PULL_VERDICTS[PulledRow.Verdict(row.verdict)]
        yield Report(row.pulled_at, "M-PESA's own list", row.receipt or "", did)


def say_answer(row: TransactionQuery) -> str:
    """Return in a few words what M-PESA answered about a receipt, or that it has not."""
    if row.state != TransactionQuery.State.ANSWERED:
        return QUERY_STATES[TransactionQuery.State(row.state)]
    parts = [row.transaction_status or row.result_code]
    return ", ".join([*parts, *([kes(row.amount)] if row.amount is not None else [])])


def _with_note(did: str, note: str) -> str:
    return f"{did}. {mask_text(note)}" if note else did


def list_bodies(facts: Facts) -> list[Body]:
    """Return the redacted texts, in the order of time."""
    bodies = [
        *(_row_body(row.line) for row in facts.rows),
        *(
            Body("Callback" if event.has_token else "Callback without our token",
                 event.received_at, redact(bytes(event.raw_body)))
            for event in facts.callbacks
        ),
        *(
            Body("Confirmation", row.received_at, redact(bytes(row.raw_body)))
            for row in facts.confirmations
        ),
        *(
            Body(f"Transaction Status of {row.receipt}", row.answered_at or row.asked_at,
                 _written(row.raw))
            for row in facts.questions
            if row.raw is not None
        ),
        *(Body("Row of M-PESA's own list", row.pulled_at, _written(row.raw))
          for row in facts.pulled),
    ]  # fmt: skip
    return sorted(bodies, key=lambda body: body.at)


def _row_body(line: StatementRow) -> Body:
    lines = {
        "Receipt No.": line.receipt,
        "Kind": line.kind,
        "Paid In": _amount(line.amount_in),
        "Withdrawn": _amount(line.amount_out),
        "A/C No.": mask_text(line.account_number),
        "Reason Type": line.reason_type,
        "Other Party": f"{mask_text(line.payer_number)} {cover(line.payer_name)}".strip(),
        "Linked": line.linked_receipt,
    }
    text = "\n".join(f"{name:<13} {value}" for name, value in lines.items() if value)
    about = f"Row {line.line} of statement {line.file_id}, SHA-256 {line.file.digest[:8]}…"
    return Body(about, line.completed_at, text)


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else kes(amount)


def redact(body: bytes) -> str:
    """Return a body as text: phone numbers masked, secrets left out, names covered."""
    text = body.decode("utf-8", "backslashreplace")
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return mask_text(text, longest=_LONGEST)
    return _written(read)


def _written(value: Any) -> str:
    covered = mask_value(_covered(value))
    text = json.dumps(covered, indent=2, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… [{len(text)} characters]"


def _covered(value: Any, *, is_name: bool = False, depth: int = 0) -> Any:
    """Return JSON with the values of names covered; what is nested too deep is left out."""
    if depth > 12:
        return "…"
    if isinstance(value, dict):
        # A list of named values, as in M-PESA's results: {"Key": "DebitPartyName", "Value": "…"}.
        named = str(value.get("Key") or value.get("Name") or "")
        return {
            key: _covered(
                item,
                is_name=bool(_NAME_KEY.search(str(key)) and key != "Name")
                or (key == "Value" and bool(_NAME_KEY.search(named))),
                depth=depth + 1,
            )
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_covered(item, is_name=is_name, depth=depth + 1) for item in value]
    return cover(value) if is_name and isinstance(value, str) else value


def cover(name: str) -> str:
    """Return a name by its initials: W*** K***."""
    return _WORD.sub(lambda word: f"{word[0][0]}***", name)
