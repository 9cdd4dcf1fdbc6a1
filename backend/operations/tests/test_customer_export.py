"""The export has everything about one customer, nothing about another, and no secret."""

import json
import re
import stat
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models
from knox.models import get_token_model

from common import clock
from operations import customer_export
from operations.customer_export import LEFT_OUT, SECTIONS, export_customer, list_columns
from payments.daraja.confirmations import hash_number
from payments.models import Debt, SuspenseCase
from payments.paybill import account_numbers
from payments.services import collect_debt, record_confirmation
from payments.tests.breaking import book
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from risk.models import OwnLimits, Sighting
from tests.sql.calling import reverse_owing, spend
from tests.sql.test_paybill import give_number, release, tell
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)
_WHY = "she asked for it in writing"


@pytest.fixture
def paid() -> User:
    """A customer with rows in most tables: signed up, deposited, was paid, set a limit."""
    user = make_customer()
    make_deposit(user)
    receive(success_body())
    OwnLimits.objects.create(user=user, daily_cap=1000)
    Sighting.objects.create(
        user=user, kind="device", value_hash="a" * 64, first_seen_at=NOON, last_seen_at=NOON
    )
    get_token_model().objects.create(user=user)
    return user


def _written(phone_number: str = PHONE, **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("export_customer", phone_number, reason=_WHY, stdout=out, **options)
    export: dict[str, Any] = json.loads(out.getvalue())
    return export


def _leads_to_a_user(model: type[models.Model], seen: tuple[type[models.Model], ...] = ()) -> bool:
    """Return whether rows belong to a user, directly or by the rows they point at."""
    if model is User:
        return True
    targets = {field.related_model for field in model._meta.concrete_fields if field.is_relation}
    return any(
        isinstance(target, type)
        and target not in (*seen, model)
        and _leads_to_a_user(target, (*seen, model))
        for target in targets
    )


class TestCompleteness:
    def test_every_table_that_leads_to_a_user_is_a_section_or_left_out_with_a_reason(self) -> None:
        leading = {
            model._meta.label
            for model in apps.get_models(include_auto_created=True)
            if not model._meta.proxy and _leads_to_a_user(model)
        }

        sections = {section.model for section in SECTIONS.values()}
        assert leading == sections | set(LEFT_OUT)
        assert not sections & set(LEFT_OUT)

    def test_columns_that_look_like_secrets_are_none(self) -> None:
        """A section's new column of such a name is either a secret or named here."""
        harmless = {
            ("account", "one_time_password_until"),
            ("addresses_and_devices", "value_hash"),
            ("callbacks_of_mpesa", "has_token"),
            ("wallet_entries", "key"),
            ("idempotency_keys", "key"),
        }
        suspicious = re.compile(
            "password|secret|token|hash|digest|fingerprint|encrypted|key|claim$"
        )

        found = {
            (name, column)
            for name, section in SECTIONS.items()
            for column in list_columns(section)
            if suspicious.search(column)
        }
        assert found == harmless

    def test_secrets_are_columns_that_exist(self) -> None:
        for section in SECTIONS.values():
            names = {field.attname for field in apps.get_model(section.model)._meta.concrete_fields}
            assert section.secrets <= names


class TestExport:
    def test_has_the_rows_of_the_customer(self, paid: User) -> None:
        export = _written()

        assert export["customer"] == paid.pk
        (account,) = export["account"]
        assert (account["phone_number"], account["full_name"]) == (PHONE, "Wanjiku Kamau")
        (deposit,) = export["deposits"]
        assert (deposit["amount"], deposit["mpesa_receipt_number"]) == ("500.00", RECEIPT)
        (callback,) = export["callbacks_of_mpesa"]
        assert json.loads(callback["raw_body"])["Body"]["stkCallback"]["ResultCode"] == 0
        (entry,) = export["wallet_entries"]
        assert entry["amount"] == "500.00"
        for name in ("wallet", "receipts", "deposit_changes", "own_limits", "own_limits_changes",
                     "addresses_and_devices", "tokens", "account_changes"):  # fmt: skip
            assert len(export[name]) == 1, name

    def test_has_no_secret(self, paid: User) -> None:
        text = json.dumps(_written())

        (token,) = get_token_model().objects.all()
        for secret in (paid.password, token.digest, token.token_key):
            assert secret not in text

    def test_has_payments_by_hand_but_nothing_of_their_payer(self) -> None:
        user = make_customer()
        number = account_numbers.draw()
        give_number(user, number)
        told = {"TransID": RECEIPT, "TransAmount": "500", "BillRefNumber": number,
                "MSISDN": OTHER_PHONE, "FirstName": "OTIENO"}  # fmt: skip
        record_confirmation(
            body=json.dumps(told).encode(), headers={}, source_address=None, now=NOON
        )
        tell(receipt="ODD0000001", number=number, amount="10.50")
        release(SuspenseCase.objects.get(), user)

        export = _written()

        (account,) = export["account_number_at_the_paybill"]
        assert account["number"] == number
        assert {row["receipt"] for row in export["payments_by_hand"]} == {RECEIPT, "ODD0000001"}
        assert len(export["suspense_cases"]) == 1
        assert len(export["suspense_case_changes"]) == 2
        (confirmation,) = export["confirmations_of_mpesa"]
        assert confirmation["receipt"] == RECEIPT
        text = json.dumps(export)
        for secret in (OTHER_PHONE, hash_number(OTHER_PHONE), 'raw_body": "eyJ'):
            assert secret not in text

    def test_has_what_the_customer_owes(self, paid: User) -> None:
        entry_id = paid.transactions.get().credit_entry_id
        operator = make_customer(OTHER_PHONE)
        spend(paid, 200)
        reverse_owing(entry_id, operator, 200)
        book(paid, 50)
        collect_debt(debt=Debt.objects.get(), operator=operator, reason="as agreed", now=NOON)

        export = _written()

        (debt,) = export["debts"]
        (repayment,) = export["repayments_of_debts"]
        assert (debt["amount"], repayment["number"]) == ("200.00", 1)
        assert "operator_id" not in repayment
        assert len(export["reversals"]) == 1

    def test_has_nothing_of_anybody_else(self, paid: User) -> None:
        make_customer(OTHER_PHONE, full_name="Otieno Ouma")

        export = _written(OTHER_PHONE)

        assert PHONE not in json.dumps(export)
        filled = {name for name, rows in export.items() if name in SECTIONS and rows}
        assert filled == {"account", "account_changes"}

    def test_names_no_operator(self, paid: User) -> None:
        for section in SECTIONS.values():
            assert not {"decided_by_id", "operator_id", "resolved_by_id", "pgh_context_id",
                        "proposed_by_id", "lifted_by_id"} & set(list_columns(section))  # fmt: skip

    def test_is_of_one_moment(self, paid: User, monkeypatch: pytest.MonkeyPatch) -> None:
        def rename_meanwhile(*_: Any, **__: Any) -> list[str]:
            def work() -> None:
                User.objects.filter(pk=paid.pk).update(full_name="Renamed Meanwhile")
                connection.close()

            list(User.objects.all())
            thread = Thread(target=work)
            thread.start()
            thread.join()
            return []

        monkeypatch.setattr(customer_export, "find_hindrances", rename_meanwhile)
        (account,) = export_customer(paid, now=clock.now())["account"]

        assert account["full_name"] == "Wanjiku Kamau"
        assert User.objects.get().full_name == "Renamed Meanwhile"


class TestCommand:
    def test_writes_a_new_file_for_its_owner_only(self, paid: User, tmp_path: Path) -> None:
        target = tmp_path / "export.json"

        call_command("export_customer", "0712 345 678", reason=_WHY, output=str(target))

        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert json.loads(target.read_text())["customer"] == paid.pk
        with pytest.raises(CommandError, match="already"):
            call_command("export_customer", PHONE, reason=_WHY, output=str(target))

    def test_the_log_says_whose_and_why(self, paid: User, caplog: pytest.LogCaptureFixture) -> None:
        _written()

        (line,) = [each for each in caplog.records if each.name == "security"]
        assert line.__dict__["event"] == "customer_exported"
        assert (line.__dict__["user"], line.__dict__["reason"]) == (paid.pk, _WHY)

    @pytest.mark.parametrize(
        ("number", "reason", "words"),
        [("0799999999", _WHY, "No account"), (PHONE, "  because  ", "ten characters")],
    )
    def test_refuses(self, paid: User, number: str, reason: str, words: str) -> None:
        with pytest.raises(CommandError, match=words):
            call_command("export_customer", number, reason=reason)
