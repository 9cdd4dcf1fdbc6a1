"""Changes to submissions that the database refuses even when plain SQL bypasses our code."""

from typing import Any

import pghistory
import pytest
from django.db import DatabaseError, connection
from django.db import transaction as db_transaction

from kyc import services
from kyc.models import KycSubmission, Unmasking
from kyc.tests.building import LATER, hand_in, make_customer, make_operator, reject, verify
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

#: The guard by its name in the database.
FOLLOWS = next(
    guard.get_pgid(KycSubmission)
    for guard in KycSubmission._meta.triggers  # type: ignore[attr-defined]
    if guard.name == "submission_follows"
)


def refuse(text: str, sql: str, *parameters: Any) -> None:
    """Expect the database to refuse a statement, at the latest when it is committed."""
    with pytest.raises(DatabaseError, match=text):
        run(sql, *parameters)


def run(sql: str, *parameters: Any) -> None:
    """Run statements in a transaction of their own."""
    with db_transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def verified() -> KycSubmission:
    """Hand in and verify."""
    submission = hand_in()
    verify(submission)
    return submission


class TestFacts:
    @pytest.mark.parametrize(
        "change",
        [
            "id = id + 1",
            "full_name = 'Somebody Else'",
            "id_number_last_four = '9999'",
            "date_of_birth = '1980-01-01'",
            "provider = 'mock'",
            "submitted_at = now()",
            "user_id = user_id + 1",
        ],
    )
    def test_facts_of_a_submission_never_change(self, change: str) -> None:
        hand_in()

        refuse("what was handed in never changes", f"UPDATE kyc_kycsubmission SET {change}")

    @pytest.mark.parametrize("column", ["id_number_encrypted", "id_number_fingerprint"])
    def test_a_number_is_rewritten_only_by_a_change_of_keys(self, column: str) -> None:
        hand_in()
        change = f"UPDATE kyc_kycsubmission SET {column} = repeat('b', 64)"

        refuse("its ID number never changes", change)

        run(f"SET LOCAL kyc.rotating_keys = 'on'; {change}")
        refuse("its ID number never changes", change.replace("'b'", "'c'"))

    @pytest.mark.parametrize(
        ("changes", "constraint"),
        [
            ({"date_of_birth": "'2008-11-21'"}, "kyc_of_age"),
            ({"date_of_birth": "'1900-01-01'"}, "kyc_of_age"),
            ({"status": "'VERIFIED'"}, "begins PENDING"),
            ({"id_number_encrypted": "'28765678'"}, "kyc_facts"),
            ({"id_number_fingerprint": "'28765678'"}, "kyc_facts"),
            ({"id_number_last_four": "'**78'"}, "kyc_facts"),
            ({"full_name": "''"}, "kyc_facts"),
        ],
    )
    def test_an_inconsistent_row_is_refused(
        self, customer: User, changes: dict[str, str], constraint: str
    ) -> None:
        refuse(constraint, *insert(customer, **changes))

    def test_a_customer_may_hand_in_on_their_eighteenth_birthday(self, customer: User) -> None:
        sql, user_id = insert(customer, date_of_birth="'2008-11-20'")

        run(sql, user_id)

    def test_a_customer_has_one_pending_submission(self) -> None:
        refuse("kyc_one_pending", *insert(hand_in().user))

    def test_a_submission_is_never_deleted(self) -> None:
        hand_in()

        refuse("is evidence and stays", "DELETE FROM kyc_kycsubmission")
        refuse("append-only: TRUNCATE", "TRUNCATE kyc_kycsubmission CASCADE")


def insert(customer: User, **changes: str) -> tuple[str, int]:
    """Build an INSERT of what a customer of the year 1990 hands in, with changes."""
    values = {
        "user_id": "%s",
        "full_name": "'Asha'",
        "id_number_encrypted": "repeat('x', 40)",
        "id_number_fingerprint": "repeat('a', 64)",
        "id_number_last_four": "'5678'",
        "date_of_birth": "'1990-12-31'",
        "provider": "'manual'",
        "submitted_at": "'2026-11-19 21:00+00'",
        **changes,
    }
    columns = ", ".join(values)
    return f"INSERT INTO kyc_kycsubmission ({columns}) VALUES ({', '.join(values.values())})", (
        customer.pk
    )


class TestDecision:
    @pytest.mark.parametrize(
        "change",
        [
            "status = 'REJECTED', reason_code = 'other', tier = NULL",
            "status = 'PENDING', decided_at = NULL, decided_by_id = NULL, reason = '', tier = NULL",
            "decided_at = now()",
            "decided_by_id = user_id + 9",
            "tier = 'basic'",
            "reason = 'another'",
            "provider_reference = 'another'",
        ],
    )
    def test_a_submission_is_decided_once(self, change: str) -> None:
        verified()

        refuse("it is decided once", f"UPDATE kyc_kycsubmission SET {change}")

    @pytest.mark.parametrize(
        ("decision", "constraint"),
        [
            ("status = 'VERIFIED'", "kyc_decision_complete"),
            ("status = 'VERIFIED', tier = 'full', decided_at = now()", "kyc_decision_complete"),
            (
                "status = 'VERIFIED', tier = 'full', decided_at = now(), reason = 'seen'",
                "kyc_manual_has_operator",
            ),
            (
                "status = 'VERIFIED', decided_at = now(), reason = 'seen', decided_by_id = 9",
                "kyc_decision_complete",
            ),
            ("reason = 'half decided'", "kyc_decision_complete"),
            (
                "revoked_at = now(), revoked_by_id = user_id + 9, revocation_reason = 'x'",
                "revocation",
            ),
        ],
    )
    def test_a_decision_is_complete(self, decision: str, constraint: str) -> None:
        hand_in()
        run(f"ALTER TABLE kyc_kycsubmission DISABLE TRIGGER {FOLLOWS}")
        try:
            refuse(constraint, f"UPDATE kyc_kycsubmission SET {decision}")
        finally:
            run(f"ALTER TABLE kyc_kycsubmission ENABLE TRIGGER {FOLLOWS}")

    def test_a_submission_takes_the_status_of_its_customer(self) -> None:
        hand_in()

        refuse(
            "it is not what its person is",
            "UPDATE kyc_kycsubmission SET status = 'VERIFIED', tier = 'full',"
            " decided_at = now(), decided_by_id = user_id + 9, reason = 'seen'",
        )

    def test_details_of_a_verified_customer_are_refused(self) -> None:
        refuse("it is not what its person is", *insert(make_customer(kyc_status="VERIFIED")))

    @pytest.mark.parametrize("status", ["VERIFIED", "REJECTED"])
    def test_a_customer_leaves_pending_with_the_submission(self, status: str) -> None:
        hand_in()

        refuse("says otherwise", "UPDATE users_user SET kyc_status = %s", status)

    def test_a_stale_copy_of_the_customer_undoes_no_decision(self, customer: User) -> None:
        verify(hand_in(customer))

        with pytest.raises(DatabaseError, match="says otherwise"):
            customer.save()

        customer.refresh_from_db()
        assert customer.kyc_status == "VERIFIED"

    def test_one_id_verifies_one_account(self) -> None:
        first, second = verified(), hand_in()

        refuse(
            "kyc_id_verifies_once",
            "UPDATE users_user SET kyc_status = 'VERIFIED' WHERE id = %s;"
            " UPDATE kyc_kycsubmission SET status = 'VERIFIED', tier = 'full',"
            " decided_at = now(), decided_by_id = %s, reason = 'seen' WHERE id = %s",
            second.user_id,
            first.user_id,
            second.pk,
        )


class TestOneself:
    @pytest.mark.parametrize(
        "change",
        [
            (
                "status = 'VERIFIED', tier = 'full', decided_at = now(), decided_by_id = user_id,"
                " reason = 'it is me'"
            ),
            "revoked_at = now(), revoked_by_id = user_id, revocation_reason = 'x'",
        ],
    )
    def test_operators_do_not_decide_about_themselves(self, change: str) -> None:
        submission = hand_in()
        if "revoked" in change:
            verify(submission)

        refuse("kyc_nobody_decides_own", f"UPDATE kyc_kycsubmission SET {change}")


class TestRevocation:
    def test_a_verification_is_revoked_once(self) -> None:
        submission = verified()
        services.decide_about_customer(
            user=submission.user, operator=make_operator(), tier=None, reason="stolen", now=LATER
        )

        for change in ("revoked_at = NULL", "revocation_reason = 'other'", "revoked_by_id = 1"):
            refuse("it is revoked once", f"UPDATE kyc_kycsubmission SET {change}")

    @pytest.mark.parametrize(
        "change", ["revoked_at = now()", "revocation_reason = 'x'", "revoked_by_id = user_id + 9"]
    )
    def test_a_revocation_is_complete(self, change: str) -> None:
        verified()

        refuse("kyc_revocation_complete", f"UPDATE kyc_kycsubmission SET {change}")


class TestHistory:
    def test_every_step_is_kept(self) -> None:
        reject(hand_in())

        with connection.cursor() as cursor:
            cursor.execute("SELECT status FROM kyc_kycsubmissionhistory ORDER BY pgh_id")
            assert [status for (status,) in cursor.fetchall()] == ["PENDING", "REJECTED"]
        refuse("append-only", "DELETE FROM kyc_kycsubmissionhistory")


class TestUnmasking:
    def test_an_unmasking_is_never_changed_or_deleted(self, operator: User) -> None:
        submission = hand_in()
        services.show_id_number(
            submission=submission, operator=operator, reason="court order", now=LATER
        )

        refuse("append-only: UPDATE", "UPDATE kyc_unmasking SET reason = 'none'")
        refuse("append-only: DELETE", "DELETE FROM kyc_unmasking")
        refuse("append-only: TRUNCATE", "TRUNCATE kyc_unmasking")

    def test_an_unmasking_has_a_reason(self, operator: User) -> None:
        with pytest.raises(DatabaseError, match="kyc_unmasking_reason"):
            Unmasking.objects.create(
                submission=hand_in(), operator=operator, reason="", shown_at=LATER
            )


def test_rows_name_themselves(operator: User) -> None:
    submission = hand_in()
    look = Unmasking(submission=submission, operator=operator)

    assert str(submission) == f"KYC {submission.pk} PENDING"
    assert str(look) == f"ID number of {submission.pk}, seen by {operator.pk}"


class TestSubmissionNeeded:
    def test_an_operator_verifies_nobody_without_a_submission(self) -> None:
        customer, operator = make_customer(), make_operator()

        with (
            pghistory.context(operator=operator.pk),
            pytest.raises(DatabaseError, match="verified without a KYC submission"),
        ):
            run("UPDATE users_user SET kyc_status = 'VERIFIED' WHERE id = %s", customer.pk)
