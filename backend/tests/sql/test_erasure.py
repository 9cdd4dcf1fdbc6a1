"""The functions of users/sql/functions/erasure.sql, and what is left of a customer anywhere."""

import json
import re
from datetime import date, timedelta
from io import StringIO
from threading import Barrier, Thread

import pghistory
import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.db import transaction as db_transaction
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from kyc.conf import get_cipher
from kyc.models import KycSubmission
from operations.customer_export import export_customer
from payments.audit import find_problems as find_deposit_problems
from payments.models import CallbackEvent, SuspenseCase
from payments.tests.building import (
    NOON,
    PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from risk.models import Sighting
from tests.deployment.test_retention import kept_by_law
from tests.sql.calling import row_of, spend, value_of
from tests.sql.test_paybill import NUMBER, give_number, tell
from users import account_proposals, codes, erasure, phone_change, proposals
from users.code_models import OneTimeCode, Recovery, TextMessage
from users.models import Consent, Erasure, ErasureRequest, PhoneChange, Proposal, User
from users.services import purge_sign_ins
from users.session_models import BrowserSession
from users.sessions import hash_key
from users.sms import outbox
from wallet.audit import find_problems as find_ledger_problems

WHY = "she asked for it in writing"
NAME = "Wanjiku Achieng Kamau"
OLD_NUMBER, PASSWORD = "254733222111", "a-good-password"
pytestmark = pytest.mark.django_db
_PHONE = "Mozilla/5.0 (Linux; Android 10; K) Chrome/138.0.0.0 Mobile Safari/537.36"
_APART = pytest.mark.django_db(transaction=True)


def hindrances(user: User) -> list[str]:
    """Return what the function has against erasing a customer."""
    return erasure.find_hindrances(user, now=NOON)


def erase(user: User, proposal: Proposal | None = None) -> str:
    """Call the function as the command does, or with a proposal."""
    with db_transaction.atomic(), pghistory.context(command="erase_customer", reason=WHY):
        row = row_of(
            erasure.ERASE,
            user=user.pk, proposal=proposal and proposal.pk, now=timezone.now(),
        )  # fmt: skip
    return str(row["outcome"])


def write_code(user: User) -> OneTimeCode:
    """Write a code for a forgotten password, with the SMS that waits to be sent."""
    outbox.write(
        "123456 is your code", user=user, phone_number=user.phone_number,
        send_for=timedelta(hours=1), now=NOON,
    )  # fmt: skip
    return OneTimeCode.objects.create(
        user=user, purpose="recovery", number_hash="a" * 64, asked_by="a" * 64,
        handle_hash="b" * 64, code_hash="c" * 64, created_at=NOON,
        expires_at=NOON + timedelta(minutes=10),
    )  # fmt: skip


@pytest.fixture
def leaving() -> User:
    """A customer with rows in most tables, who has spent everything and wants to go."""
    operator = User.objects.create_superuser("254788000111", PASSWORD)
    user = make_customer(OLD_NUMBER, full_name=NAME)
    change = phone_change.request_change(
        user, new_phone_number=PHONE, password=PASSWORD, now=timezone.now()
    )
    phone_change.approve_change(
        change.pk, operator=operator, reason="SIM and ID seen", now=timezone.now()
    )
    user.refresh_from_db()
    # Account and submission have to agree by the end of a transaction.
    with db_transaction.atomic():
        User.objects.filter(pk=user.pk).update(kyc_status=User.KycStatus.PENDING)
        KycSubmission.objects.create(
            user=user, full_name=NAME, id_number_encrypted=get_cipher().encrypt("31415926"),
            id_number_fingerprint="a" * 64, id_number_last_four="5926", provider="manual",
            date_of_birth=date(1990, 1, 1), submitted_at=NOON,
        )  # fmt: skip
        User.objects.filter(pk=user.pk).update(kyc_status=User.KycStatus.VERIFIED)
        KycSubmission.objects.update(
            status="VERIFIED", tier="full", decided_at=NOON, decided_by=operator, reason="ID seen"
        )
    give_number(user)
    make_deposit(user)
    receive(success_body())
    spend(user, 500)
    Sighting.objects.create(
        user=user, kind="device", value_hash="a" * 64, first_seen_at=NOON, last_seen_at=NOON
    )
    Consent.objects.create(user=user, version="2026-12-01", accepted_at=NOON)
    Recovery.objects.create(user=user, recovered_at=NOON, waits_until=NOON)
    write_code(user)
    # Withheld: it was asked for while the number had no account.
    outbox.write("Hi", user=None, phone_number=PHONE, send_for=timedelta(hours=1), now=NOON)
    AuthToken.objects.create(user)
    log_in()
    return user


def log_in() -> Client:
    """Return a phone that the customer has logged in with: its session is noted by two words."""
    phone = Client(headers={"User-Agent": _PHONE})
    body = {"phone_number": PHONE, "password": PASSWORD}
    assert phone.post("/api/auth/login/", body, "application/json").status_code == 200
    return phone


def texts() -> dict[str, str]:
    """Return every row of every table as text, by table."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM \"{table}\" t")
            (found[table],) = cursor.fetchone()
    return found


def tables_with(pattern: str) -> set[str]:
    """Return the tables whose rows match; bodies, which PostgreSQL shows as hex, are decoded."""

    def read(text: str) -> str:
        return re.sub(
            r"\\x([0-9a-f]+)", lambda m: bytes.fromhex(m[1]).decode(errors="replace"), text
        )

    return {
        table for table, text in texts().items() if re.search(pattern, read(text), re.IGNORECASE)
    }


def spellings(number: str) -> str:
    """Return a pattern for a Kenyan number as anybody writes it."""
    return r"(?:254|0)[ -]?" + r"[ -]?".join(number[3:])


class TestErasureHindrances:
    """Each alone: operations/tests/test_erasure.py."""

    def test_a_new_customer_has_none(self, customer: User) -> None:
        assert hindrances(customer) == []

    def test_money_in_the_wallet_is_one(self, customer: User) -> None:
        make_deposit(customer)
        receive(success_body())

        assert hindrances(customer) == ["balance"]

    def test_a_proposed_password_is_one_and_the_erasure_itself_is_not(
        self, customer: User, operator: User
    ) -> None:
        erasure.propose(user=customer, operator=operator, reason=WHY, now=NOON)
        assert hindrances(customer) == []

        account_proposals.propose_password(user=customer, operator=operator, reason=WHY, now=NOON)
        assert hindrances(customer) == ["proposal"]
        # A day later nobody may approve it.
        assert erasure.find_hindrances(customer, now=NOON + timedelta(hours=24)) == []


class TestCustomerErase:
    def test_afterwards_name_and_number_are_only_where_the_law_keeps_them(
        self, leaving: User
    ) -> None:
        own, before = spellings(PHONE), spellings(OLD_NUMBER)
        assert "users_userhistory" in tables_with(before) & tables_with(own)
        assert "users_phonechange" in tables_with(own)

        assert erase(leaving) == "erased"

        assert tables_with("Wanjiku|Achieng") <= {"kyc_kycsubmission"} <= kept_by_law()
        # M-Pesa's own id of a prompt has the number in it.
        assert {"payments_transaction"} <= tables_with(own) <= kept_by_law()
        assert {name for name in tables_with(own) if not name.startswith("payments_")} == set()
        assert tables_with(before) == set()
        assert tables_with("31415926") == set()
        assert not PhoneChange.objects.exists()
        assert not Sighting.objects.exists()
        assert not OneTimeCode.objects.exists()
        assert not TextMessage.objects.exists()
        assert not BrowserSession.objects.exists()
        assert Recovery.objects.count() == 1

    def test_the_ledger_is_right_afterwards(self, leaving: User) -> None:
        def problems() -> list[str]:
            return [str(each) for each in (*find_ledger_problems(), *find_deposit_problems())]

        # The test's own withdrawal has no cause that check_ledger knows.
        before = problems()
        assert all("spent" in problem or "promise" in problem for problem in before)

        erase(leaving)

        assert problems() == before
        assert money(leaving) == (0, 0)

    def test_nobody_signs_in_any_more(self, leaving: User) -> None:
        theirs, unnoted, others = log_in(), Client(), Client()
        unnoted.force_login(leaving)
        others.force_login(make_customer("254710000031"))
        assert theirs.get("/api/auth/me/").status_code == 200
        key = hash_key(theirs.cookies["sessionid"].value)
        assert Session.objects.filter(session_key=key).exists()

        erase(leaving)

        # A session that was not noted, as those of release 0.1.0, opens nothing any more.
        for client, status in ((theirs, 401), (unnoted, 401), (others, 200)):
            assert client.get("/api/auth/me/").status_code == status
        assert not Session.objects.filter(session_key=key).exists()
        assert not AuthToken.objects.exists()
        leaving.refresh_from_db()
        assert not leaving.has_usable_password()
        assert not leaving.is_active

    def test_the_number_is_free_and_does_not_reach_the_old_money(self, leaving: User) -> None:
        erase(leaving)

        body = {"phone_number": PHONE, "password": "another-fine-phrase", "full_name": "Otieno"}
        other = Client()
        assert other.post("/api/auth/signup/", body, "application/json").status_code == 201
        assert other.get("/api/payments/transactions/").json()["results"] == []
        assert other.get("/api/wallet/").json()["balance"] == "0.00"

    def test_a_payment_to_the_old_account_number_is_held(self, leaving: User) -> None:
        erase(leaving)

        verdict, _ = tell(number=NUMBER, receipt="UKNK37AK9Z")

        assert verdict == "held"
        assert SuspenseCase.objects.get().status == "OPEN"

    def test_a_callback_that_comes_too_late_credits_nobody_else(self, customer: User) -> None:
        deposit = make_deposit(customer, status="FAILED")
        erase(customer)

        receive(success_body())

        deposit.refresh_from_db()
        assert deposit.status == "COMPLETED"
        assert money(customer) == (500, 0)
        assert list(find_deposit_problems()) == []
        assert CallbackEvent.objects.get().verdict == "applied"

    def test_the_second_time_changes_nothing(self, leaving: User) -> None:
        erase(leaving)
        rows = texts()["users_userhistory"]

        assert erase(leaving) == "before"
        assert texts()["users_userhistory"] == rows
        assert Erasure.objects.count() == 1

    def test_what_hinders_leaves_everything(self, customer: User) -> None:
        make_deposit(customer)

        with pytest.raises(erasure.Hindered, match="PENDING"):
            erasure.erase_by_command(customer, reason=WHY, now=NOON)

        customer.refresh_from_db()
        assert (customer.phone_number, customer.is_active) == (PHONE, True)
        assert not Erasure.objects.exists()

    def test_killed_half_way_it_has_not_begun(self, leaving: User) -> None:
        with db_transaction.atomic():
            erase(leaving)
            db_transaction.set_rollback(True)

        assert tables_with("Achieng") > {"users_user", "users_userhistory"}
        assert not Erasure.objects.exists()
        assert erase(leaving) == "erased"

    def test_an_unknown_customer_is_an_error(self) -> None:
        with pytest.raises(Exception, match="unknown"), db_transaction.atomic():
            erase(User(pk=999_999))

    @_APART
    def test_a_code_that_is_being_used_does_not_hold_it_up(self) -> None:
        customer = make_customer()
        code = write_code(customer)
        message = TextMessage.objects.get()
        done = list[bool]()

        def run() -> None:
            done.append(erasure.erase_by_command(customer, reason=WHY, now=timezone.now()))
            connection.close()

        with db_transaction.atomic():
            # As use_up and the worker hold them.
            OneTimeCode.objects.select_for_update().get(pk=code.pk)
            TextMessage.objects.select_for_update().get(pk=message.pk)
            other = Thread(target=run)
            other.start()
            other.join(timeout=20)
            assert done == [True]

        assert TextMessage.objects.exists()
        outbox.purge(now=NOON)
        assert not TextMessage.objects.exists()
        codes.purge(now=NOON + timedelta(days=2, minutes=1))
        assert not OneTimeCode.objects.exists()

    @_APART
    def test_a_session_that_is_being_used_does_not_hold_it_up(self) -> None:
        customer = make_customer()
        phone = log_in()
        done = list[bool]()

        def run() -> None:
            done.append(erasure.erase_by_command(customer, reason=WHY, now=timezone.now()))
            connection.close()

        with db_transaction.atomic():
            # As a request does that stores its session, or `purge`.
            Session.objects.select_for_update().get()
            BrowserSession.objects.select_for_update().get()
            other = Thread(target=run)
            other.start()
            other.join(timeout=20)
            assert done == [True]

        assert phone.get("/api/auth/me/").status_code == 401
        purge_sign_ins(now=timezone.now() + timedelta(days=15))
        assert not BrowserSession.objects.exists()
        assert not Session.objects.exists()

    @_APART
    def test_two_at_the_same_time_erase_once(self) -> None:
        customer, said, ready = make_customer(), list[bool](), Barrier(2)

        def run() -> None:
            ready.wait(timeout=20)
            said.append(erasure.erase_by_command(customer, reason=WHY, now=timezone.now()))
            connection.close()

        threads = [Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)

        assert sorted(said) == [False, True]
        assert Erasure.objects.count() == 1


class TestExportThenErasure:
    @_APART
    def test_the_customer_takes_the_file_along_and_the_name_is_gone(self, leaving: User) -> None:
        faults = _faults()
        exported = json.dumps(export_customer(leaving, now=timezone.now()), default=str)
        assert all(text in exported for text in (NAME, PHONE, OLD_NUMBER, RECEIPT, "1990-01-01"))
        assert leaving.password not in exported

        call_command("erase_customer", PHONE, reason=WHY, stdout=StringIO())

        # Every table of the database, as a dump has it; bodies and encodings too.
        named = tables_with(f"Wanjiku|Achieng|Kamau|{spellings(PHONE)}|{spellings(OLD_NUMBER)}")
        assert named <= kept_by_law()
        assert not {name for name in named if name.startswith(("users_", "risk_", "django_"))}
        assert _faults() == faults
        kept = export_customer(User.objects.get(pk=leaving.pk), now=timezone.now())
        assert kept["deposits"][0]["mpesa_receipt_number"] == RECEIPT
        assert kept["account"][0]["full_name"] == ""
        assert kept["text_messages"] == []


def _faults() -> list[str]:
    """Return what check_ledger says: the test's own withdrawal has no cause that it knows."""
    return [str(each) for each in (*find_ledger_problems(), *find_deposit_problems())]


class TestGuards:
    """Without the row of an erasure nothing lets go, and with it only the name and number."""

    def test_no_row_without_two_operators_or_the_command(
        self, customer: User, operator: User
    ) -> None:
        proposal = erasure.propose(user=customer, operator=operator, reason=WHY, now=NOON)

        for by in (None, proposal):
            with pytest.raises(IntegrityError, match="two operators"), db_transaction.atomic():
                Erasure.objects.create(user=customer, proposal=by, erased_at=NOON)

    def test_a_history_of_somebody_else_stays(self, customer: User) -> None:
        for change in ("full_name = ''", "phone_number = 'erased-' || pgh_obj_id, full_name = ''"):
            with (
                pytest.raises(IntegrityError, match="append-only"),
                db_transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"UPDATE users_userhistory SET {change}")

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE users_userhistory SET full_name = 'Else'",
            "UPDATE users_userhistory SET full_name = '', is_active = NOT is_active",
            "DELETE FROM users_userhistory",
            "UPDATE users_erasure SET erased_at = now()",
            "DELETE FROM users_erasure",
        ],
    )
    def test_of_an_erased_customer_the_rest_stays(self, customer: User, statement: str) -> None:
        erase(customer)

        with (
            pytest.raises(IntegrityError, match="append-only"),
            db_transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    def test_a_change_of_number_stays_until_then(self, customer: User) -> None:
        change = phone_change.request_change(
            customer, new_phone_number=OLD_NUMBER, password=PASSWORD, now=NOON
        )

        with pytest.raises(IntegrityError, match="stays"), db_transaction.atomic():
            change.delete()

    def test_consents_and_ended_wishes_stay(self, customer: User) -> None:
        Consent.objects.create(user=customer, version="2026-12-01", accepted_at=NOON)
        erasure.ask(customer, password=PASSWORD, now=NOON)
        erasure.withdraw(customer, now=NOON)

        for statement in (
            "UPDATE users_consent SET accepted_at = now()",
            "DELETE FROM users_consent",
            "UPDATE users_erasurerequest SET status = 'OPEN', ended_at = NULL",
            "DELETE FROM users_erasurerequest",
        ):
            with (
                pytest.raises(IntegrityError),
                db_transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)


class TestCommand:
    def test_it_says_what_is_kept_and_until_when(self, leaving: User) -> None:
        said = StringIO()

        call_command("erase_customer", PHONE, reason=WHY, stdout=said)

        assert f"Customer {leaving.pk} is erased" in said.getvalue()
        assert "7 years" in said.getvalue()
        said = StringIO()
        call_command("erase_customer", f"#{leaving.pk}", reason=WHY, stdout=said)
        assert "done before" in said.getvalue()

    def test_check_changes_nothing(self, customer: User) -> None:
        said = StringIO()
        call_command("erase_customer", PHONE, "--check", reason=WHY, stdout=said)

        assert "Nothing prevents it" in said.getvalue()
        assert not Erasure.objects.exists()
        make_deposit(customer)
        with pytest.raises(CommandError, match="PENDING"):
            call_command("erase_customer", PHONE, "--check", reason=WHY)

    @pytest.mark.parametrize(
        ("who", "reason", "words"),
        [("#4711", WHY, "No such"), ("0700999888", WHY, "No such"), (PHONE, "short", "reason")],
    )
    def test_it_refuses(self, customer: User, who: str, reason: str, words: str) -> None:
        with pytest.raises(CommandError, match=words):
            call_command("erase_customer", who, reason=reason)
        make_deposit(customer)
        with pytest.raises(CommandError, match="PENDING"):
            call_command("erase_customer", PHONE, reason=WHY)


class TestTwoOperators:
    def test_the_second_carries_it_out_and_the_wish_is_done(
        self, leaving: User, operator: User
    ) -> None:
        other = User.objects.create_superuser("254788000112", PASSWORD)
        wish = erasure.ask(leaving, password=PASSWORD, now=timezone.now())
        proposal = erasure.propose(user=leaving, operator=operator, reason=WHY, now=timezone.now())
        with pytest.raises(proposals.SameOperator):
            account_proposals.approve(
                proposal=proposal, operator=operator, reason=WHY, now=timezone.now()
            )

        done = account_proposals.approve(
            proposal=proposal, operator=other, reason=WHY, now=timezone.now()
        )

        assert done.password is None
        leaving.refresh_from_db()
        wish.refresh_from_db()
        assert leaving.phone_number == f"erased-{leaving.pk}"
        assert wish.status == ErasureRequest.Status.DONE
        assert tables_with("Achieng") == {"kyc_kycsubmission"}

    def test_money_that_came_meanwhile_stops_it_and_the_proposal_stays(
        self, customer: User, operator: User
    ) -> None:
        other = User.objects.create_superuser("254788000112", PASSWORD)
        proposal = erasure.propose(user=customer, operator=operator, reason=WHY, now=NOON)
        make_deposit(customer)
        receive(success_body())

        with pytest.raises(erasure.Hindered, match="money in the wallet"):
            account_proposals.approve(proposal=proposal, operator=other, reason=WHY, now=NOON)

        proposal.refresh_from_db()
        assert proposal.status == Proposal.Status.OPEN
        assert value_of("SELECT count(*) FROM users_erasure") == 0

    def test_a_wish_taken_back_ends_what_was_proposed(self, customer: User, operator: User) -> None:
        erasure.ask(customer, password=PASSWORD, now=NOON)
        proposal = erasure.propose(user=customer, operator=operator, reason=WHY, now=NOON)

        erasure.withdraw(customer, now=NOON + timedelta(hours=1))

        proposal.refresh_from_db()
        assert proposal.status == Proposal.Status.REJECTED
        erasure.withdraw(customer, now=NOON)

    def test_nothing_is_proposed_that_is_hindered(self, customer: User, operator: User) -> None:
        make_deposit(customer)

        with pytest.raises(erasure.Hindered):
            erasure.propose(user=customer, operator=operator, reason=WHY, now=NOON)
        with pytest.raises(proposals.SameOperator):
            erasure.propose(user=operator, operator=operator, reason=WHY, now=NOON)
        with pytest.raises(proposals.ReasonMissing):
            erasure.propose(user=customer, operator=operator, reason="short", now=NOON)
