"""The timeline of a deposit, from facts alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from payments.tests.building import CHECKOUT, NOON, RECEIPT
from payments.timeline import Case, Change, Kind, TimelineInputs, build_timeline


def after(seconds: float) -> datetime:
    """Return a moment after the push."""
    return NOON + timedelta(seconds=seconds)


def failed(seconds: float, code: str, checkout_request_id: str | None = CHECKOUT) -> Change:
    """Build the change to FAILED."""
    return Change(
        at=after(seconds),
        status="FAILED",
        result_code=code,
        checkout_request_id=checkout_request_id,
    )


def completed(seconds: float, **fields: Any) -> Change:
    """Build a state of the credited deposit."""
    return Change(at=after(seconds), status="COMPLETED", checkout_request_id=CHECKOUT, **fields)


def waiting(seconds: float, **fields: Any) -> Change:
    """Build a state of the deposit before its end."""
    return Change(at=after(seconds), status="PENDING", checkout_request_id=CHECKOUT, **fields)


def kinds(**inputs: Any) -> list[str]:
    """Return the kinds of a timeline, in order."""
    return [event.kind.value for event in build(**inputs)]


def build(**inputs: Any) -> Any:
    """Build the timeline of a deposit that M-Pesa took, unless the facts differ."""
    return build_timeline(
        TimelineInputs(**{
            "amount": 1500, "created_at": NOON, "checkout_request_id": CHECKOUT, **inputs
        })
    )  # fmt: skip


EXAMPLES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "waiting": ({}, ["created", "prompt_sent"]),
    "no clear answer": ({"checkout_request_id": None}, ["created", "push_unclear"]),
    "refused": (
        {"checkout_request_id": None, "changes": [failed(1, "mpesa_busy", None)]},
        ["created", "push_refused"],
    ),
    "refused, and nevertheless paid": (
        {"changes": [failed(1, "mpesa_busy", None), completed(30, receipt=RECEIPT)]},
        ["created", "prompt_sent", "push_refused", "completed"],
    ),
    "paid by hand": (
        {"is_by_hand": True, "changes": [completed(0, receipt=RECEIPT)]},
        ["paid_by_hand", "completed"],
    ),
    "paid": (
        {"callbacks_at": [after(20)], "changes": [completed(20, receipt=RECEIPT)]},
        ["created", "prompt_sent", "callback", "completed"],
    ),
    "cancelled": (
        {"callbacks_at": [after(9)], "changes": [failed(9, "1032")]},
        ["created", "prompt_sent", "callback", "failed"],
    ),
    "callback lost, then the receipt came": (
        {
            "last_query_at": after(30),
            "query_count": 1,
            "changes": [completed(31), completed(500, receipt=RECEIPT)],
            "callbacks_at": [after(500)],
        },
        ["created", "prompt_sent", "asked", "completed", "callback", "receipt_added"],
    ),
    "failed, then paid late": (
        {
            "callbacks_at": [after(60), after(90)],
            "changes": [failed(60, "1037"), completed(90, receipt=RECEIPT)],
        },
        ["created", "prompt_sent", "callback", "failed", "callback", "completed"],
    ),
    "another amount, decided by an operator": (
        {
            "callbacks_at": [after(20)],
            "changes": [waiting(20, review_reason="suspense"), completed(900, receipt=RECEIPT)],
            "cases": [Case(opened_at=after(20), resolved_at=after(900))],
        },
        ["created", "prompt_sent", "callback", "under_review", "resolved", "completed"],
    ),
    "silent for a day": (
        {"last_query_at": after(86_000), "changes": [waiting(86_400, review_reason="no_answer")]},
        ["created", "prompt_sent", "asked", "under_review"],
    ),
    "paid twice": (
        {
            "callbacks_at": [after(20), after(40)],
            "changes": [
                completed(20, receipt=RECEIPT),
                completed(40, receipt=RECEIPT, review_reason="suspense"),
            ],
            "cases": [Case(opened_at=after(40))],
        },
        ["created", "prompt_sent", "callback", "completed", "callback", "under_review"],
    ),
    "paid back by M-Pesa before it was credited": (
        {
            "callbacks_at": [after(20)],
            "changes": [
                waiting(20, review_reason="suspense"),
                Change(at=after(900), status="FAILED", review_reason="refunded"),
            ],
            "cases": [
                Case(opened_at=after(20), resolved_at=after(900), decision="refunded"),
            ],
        },
        ["created", "prompt_sent", "callback", "under_review", "resolved"],
    ),
    "taken back by M-Pesa": (
        {
            "callbacks_at": [after(20)],
            "changes": [
                completed(20, receipt=RECEIPT),
                completed(900, receipt=RECEIPT, review_reason="suspense"),
                completed(950, receipt=RECEIPT, review_reason="reversed"),
            ],
            "cases": [Case(opened_at=after(900), resolved_at=after(950))],
            "reversed_at": after(920),
        },
        [
            "created",
            "prompt_sent",
            "callback",
            "completed",
            "under_review",
            "reversed",
            "resolved",
        ],
    ),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_events_are_in_order(example: str) -> None:
    inputs, told = EXAMPLES[example]

    assert kinds(**inputs) == told


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_line_is_in_both_languages(example: str) -> None:
    for event in build(**EXAMPLES[example][0]):
        assert event.message.en != event.message.sw
        assert "{" not in event.message.en + event.message.sw


def test_every_kind_is_in_some_example() -> None:
    told = {kind for _, example in EXAMPLES.values() for kind in example}

    assert told == {kind.value for kind in Kind}


def test_amount_and_receipt_are_named() -> None:
    *_, completion = build(changes=[completed(20, receipt=RECEIPT)])

    assert completion.message.en == f"KSh 1,500 was added to your wallet. M-PESA code {RECEIPT}."


def test_a_failure_says_why() -> None:
    *_, failure = build(changes=[failed(9, "1")])

    assert "not enough" in failure.message.en


@pytest.mark.parametrize(
    ("decision", "says"),
    [
        ("", "If it was yours, it is in your wallet"),
        ("credited", "If it was yours, it is in your wallet"),
        ("not_in_books", "there is no such payment"),
        ("refunded", "M-PESA paid this money back"),
        ("belongs_to_deposit", "was in your wallet already"),
    ],
)
def test_what_was_decided_is_said(decision: str, says: str) -> None:
    case = Case(opened_at=after(20), resolved_at=after(900), decision=decision)

    *_, decided = build(cases=[case])

    assert says in decided.message.en
    assert decided.message.en != decided.message.sw


def test_questions_are_counted() -> None:
    *_, asked = build(last_query_at=after(200), query_count=4)

    assert "the last of 4 times" in asked.message.en
