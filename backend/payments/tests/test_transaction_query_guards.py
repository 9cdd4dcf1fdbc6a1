"""Changes to transaction queries, and to the initiator's state, that the database refuses."""

from typing import Any

import pytest

from payments.models import InitiatorState, TransactionQuery
from payments.tests.breaking import check_constraints, refused, run
from payments.tests.building import NOON, RECEIPT, make_deposit

pytestmark = pytest.mark.django_db


def make_query(**changes: Any) -> TransactionQuery:
    """Store a question that was asked."""
    fields = {
        "receipt": RECEIPT, "why": "claim", "token_hash": "a" * 64,
        "business_short_code": "174379", "asked_at": NOON,
    }  # fmt: skip
    return TransactionQuery.objects.create(**{**fields, **changes})


ANSWERED = {"state": "answered", "answered_at": NOON}
BOOKED = {
    **ANSWERED, "verdict": "held", "amount": 500, "transaction_status": "Completed",
    "result_code": "0",
}  # fmt: skip


class TestQuestions:
    @pytest.mark.parametrize(
        "sql",
        [
            "DELETE FROM payments_transactionquery",
            "TRUNCATE payments_transactionquery",
            "UPDATE payments_transactionquery SET receipt = 'NLJ7RT61SX'",
            "UPDATE payments_transactionquery SET why = 'old_receipt'",
            f"UPDATE payments_transactionquery SET token_hash = '{'b' * 64}'",
            "UPDATE payments_transactionquery SET asked_at = now()",
            "UPDATE payments_transactionquery SET business_short_code = '1'",
        ],
    )
    def test_a_question_is_evidence(self, sql: str) -> None:
        make_query()
        check_constraints()

        with refused("evidence|never|changes|append-only"):
            run(sql)

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE payments_transactionquery SET verdict = 'confirmed'",
            "UPDATE payments_transactionquery SET amount = 5",
            "UPDATE payments_transactionquery SET payer_hash = ''",
            "UPDATE payments_transactionquery SET raw = NULL",
            "UPDATE payments_transactionquery SET state = 'asked', verdict = ''",
        ],
    )
    def test_a_clear_answer_stays(self, sql: str) -> None:
        make_query(**BOOKED, raw={"a": 1}, payer_hash="a" * 64)
        check_constraints()

        with refused("changes"):
            run(sql)

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"receipt": "no receipt!"}, "txnquery_fields"),
            ({"token_hash": "the token itself"}, "txnquery_fields"),
            ({"payer_hash": "254712345678"}, "txnquery_fields"),
            ({"why": "curiosity"}, "txnquery_reason"),
            ({"why": "operator"}, "txnquery_reason"),
            ({"state": "sent"}, "txnquery_answered"),
            ({"state": "answered"}, "txnquery_answered"),
            ({**ANSWERED, "verdict": "foreign"}, "txnquery_answered"),
            ({"state": "lost", "verdict": "held"}, "txnquery_answered"),
            ({"state": "lost", "answered_at": NOON}, "txnquery_answered"),
            ({**BOOKED, "verdict": "applied"}, "txnquery_deposit"),
            ({**BOOKED, "verdict": "filled"}, "txnquery_deposit"),
            ({**BOOKED, "amount": None}, "txnquery_booked"),
            ({**BOOKED, "transaction_status": "Initiated"}, "txnquery_booked"),
            ({**BOOKED, "result_code": "1"}, "txnquery_booked"),
        ],
    )
    def test_it_is_about_one_receipt_and_honest(self, fields: dict[str, Any], says: str) -> None:
        with refused(says):
            make_query(**fields)

    def test_a_receipt_is_booked_by_one_answer(self) -> None:
        make_query(**BOOKED)

        with refused("txnquery_books_once"):
            make_query(**{**BOOKED, "verdict": "filled"}, token_hash="b" * 64,
                       transaction=make_deposit())  # fmt: skip

    def test_a_token_is_used_once(self) -> None:
        make_query(state="lost")

        with refused("txnquery_token"):
            make_query(state="lost")

    def test_one_question_is_under_way(self) -> None:
        make_query()

        with refused("one_in_flight"):
            make_query(token_hash="b" * 64)


class TestInitiator:
    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"id": 2}, "initiator_single"),
            ({"stopped_at": NOON}, "initiator_stopped"),
            ({"stopped_code": "2001"}, "initiator_stopped"),
            ({"resumed_at": NOON}, "initiator_resumed"),
            ({"resumed_at": NOON, "resumed_by": " "}, "initiator_resumed"),
            ({"resumed_by": "amina"}, "initiator_resumed"),
        ],
    )
    def test_it_is_one_row_that_says_why(self, fields: dict[str, Any], says: str) -> None:
        with refused(says):
            InitiatorState.objects.create(**fields)

    def test_its_names(self) -> None:
        assert str(InitiatorState()) == "initiator"
        assert str(InitiatorState(stopped_at=NOON, stopped_code="18")) == "stopped"
        assert str(make_query()) == f"{RECEIPT} asked"
        assert str(TransactionQuery(receipt=RECEIPT, verdict="held")) == f"{RECEIPT} held"
