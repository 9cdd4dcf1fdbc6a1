"""What M-PESA sent is shown without a number, a name or a secret."""

import json

import pytest

from operations.console.deposit.evidence import (
    cover,
    list_bodies,
    list_reports,
    read_callback,
    redact,
    say_answer,
)
from operations.tests.console.deposit.known import bring, read
from payments.models import CallbackEvent, Confirmation, PulledRow, TransactionQuery
from payments.tests.building import (
    NOON,
    PHONE,
    RECEIPT,
    failure_body,
    make_deposit,
    receive,
    success_body,
)
from users.models import User

BODY = {
    "TransID": RECEIPT,
    "MSISDN": PHONE,
    "FirstName": "WANJIKU",
    "LastName": "KAMAU",
    "Nested": [{"Key": "DebitPartyName", "Value": f"{PHONE} - Wanjiku Kamau"}, 5],
    "Password": "hunter2hunter2",  # pragma: allowlist secret
}


class TestRedact:
    def test_numbers_names_and_secrets_are_covered(self) -> None:
        text = redact(json.dumps(BODY).encode())

        assert RECEIPT in text
        assert "2547****5678" in text
        for hidden in (PHONE, "WANJIKU", "KAMAU", "Wanjiku", "hunter2"):
            assert hidden not in text

    def test_what_is_no_json_is_masked_as_text(self) -> None:
        assert redact(f"MSISDN={PHONE} \xff".encode("latin-1")) == "MSISDN=2547****5678 \\xff"

    def test_a_deep_or_long_body_is_cut(self) -> None:
        assert "…" in redact(b'{"a":' * 20 + b"1" + b"}" * 20)
        assert redact(json.dumps(["word "] * 2000).encode()).endswith("characters]")
        assert redact(b"[" * 200_000)

    def test_a_name_keeps_its_initials(self) -> None:
        assert cover("WANJIKU N. Kamau") == "W*** N. K***"


@pytest.mark.django_db
class TestReports:
    def test_a_callback_in_a_few_words(self) -> None:
        def words(body: bytes) -> str:
            return read_callback(CallbackEvent(raw_body=body))

        assert words(success_body()) == f"0, paid, 500.00, {RECEIPT}"
        assert words(failure_body()) == "1032, “As M-Pesa says”"
        assert words(b"{}") == "not readable"

    def test_all_that_came_is_listed_in_time(self) -> None:
        deposit = make_deposit(account_reference="KP23456789AB", last_query_at=NOON, query_count=3)
        receive(success_body())
        deposit.refresh_from_db()
        add_reports(deposit.pk)
        bring()

        known = read(deposit)
        reports, bodies = list_reports(known), list_bodies(known)

        said = " | ".join(f"{each.what}: {each.says}: {each.did}" for each in reports)
        for words in (
            f"Callback: 0, paid, 500.00, {RECEIPT}: Believed and booked",
            "Status query: asked 3 times",
            "Confirmation: NLJ7RT61SV: Said nothing new",
            "Transaction Status of NLJ7RT61SV: Completed, 500.00: Our books say the same",
            "Transaction Status of NLJ7RT61SV: No answer came: Waits. a note",
            "M-PESA's own list: NLJ7RT61SV: Filled in the deposit's code",
        ):
            assert words in said
        shown = "\n".join(f"{each.about}\n{each.text}" for each in bodies)
        assert shown.count("2547****5678") >= 2
        assert PHONE not in shown
        assert "WANJIKU" not in shown

    @pytest.mark.parametrize(
        ("status", "ahead", "words"),
        [
            ("PENDING", True, "asked again"),
            ("PENDING", False, "No clear answer"),
            ("FAILED", False, "in the timeline"),
        ],
    )
    def test_what_became_of_the_last_query(self, status: str, ahead: bool, words: str) -> None:
        deposit = make_deposit(
            status=status, last_query_at=NOON, query_count=1,
            next_query_at=NOON if ahead else None,
        )  # fmt: skip

        [report] = list_reports(read(deposit))

        assert words in report.did
        assert report.says == ""

    def test_an_answer_without_a_status_names_its_code(self) -> None:
        unclear = TransactionQuery(state="answered", result_code="2032", transaction_status="")

        assert say_answer(unclear) == "2032"


def add_reports(deposit_id: int) -> None:
    """Store a confirmation, a pulled row and two questions about the deposit's receipt."""
    Confirmation.objects.create(
        raw_body=json.dumps(BODY).encode(), receipt=RECEIPT, transaction_id=deposit_id,
        verdict="duplicate", received_at=NOON,
    )  # fmt: skip
    PulledRow.objects.create(
        receipt=RECEIPT, raw=BODY, verdict="filled", transaction_id=deposit_id, pulled_at=NOON
    )
    asked_by = User.objects.create_user("254700000077", None, is_staff=True, full_name="Amina")
    common = {"receipt": RECEIPT, "business_short_code": "174379", "asked_at": NOON}
    TransactionQuery.objects.create(
        **common, why="operator", asked_by=asked_by, token_hash="a" * 64, state="answered",
        answered_at=NOON, verdict="confirmed", transaction_status="Completed", amount=500,
        result_code="0", transaction_id=deposit_id, raw=BODY, paid_at=NOON,
    )  # fmt: skip
    TransactionQuery.objects.create(
        **common, why="old_receipt", token_hash="b" * 64, state="lost", note="a note"
    )
