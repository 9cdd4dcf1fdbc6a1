"""The function of payments/sql/functions/retention.sql, and the guards that hold it to the age."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, connection
from django.db import transaction as db_transaction
from django.utils import timezone
from pghistory.models import Context

from payments.audit import find_problems
from payments.models import CallbackEvent, Confirmation, Transaction
from payments.services.retention import cut_old_records, oldest_kept
from payments.tests.building import (
    NOON,
    RECEIPT,
    callback_body,
    make_deposit,
    receive,
    success_items,
)
from tests.sql.calling import row_of
from users.models import User

pytestmark = pytest.mark.django_db

_SECOND = timedelta(seconds=1)


def edge() -> datetime:
    """Return the law's age before the database's clock."""
    now = row_of("SELECT now() - interval '7 years' AS edge")["edge"]
    assert isinstance(now, datetime)
    return now


def cut(before: datetime, most: int = 100) -> dict[str, int]:
    """Cut what is older, and return how many of each kind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM retention_cut(%s, %s)", [before, most])
        return dict(cursor.fetchall())


def paid(at: datetime, **fields: Any) -> Transaction:
    """Store a deposit that was paid then, with its callback."""
    deposit = make_deposit(
        created_at=at - timedelta(minutes=1), updated_at=at, prompt_expires_at=at, **fields
    )
    receive(callback_body(items=success_items()), now=at, source="196.201.214.200")
    deposit.refresh_from_db()
    assert deposit.status == "COMPLETED"
    return deposit


def confirm(at: datetime) -> Confirmation:
    """Store a confirmation as it came then."""
    body = b'{"TransID": "NLJ7RT61SW", "MSISDN": "254708374149", "FirstName": "JOHN"}'
    return Confirmation.objects.create(
        raw_body=body, headers={"User-Agent": "x"}, source_address="196.201.214.200",
        receipt="NLJ7RT61SW", verdict="duplicate", received_at=at, processed_at=at,
    )  # fmt: skip


class TestRetentionCut:
    def test_of_an_old_callback_the_receipt_is_left_and_the_ledger_is_explained(self) -> None:
        paid(edge() - _SECOND)

        assert cut(edge())["callbacks"] == 1

        event = CallbackEvent.objects.get()
        assert bytes(event.raw_body) == RECEIPT.encode()
        assert (event.headers, event.source_address) == ({}, None)
        assert list(find_problems()) == []
        assert cut(edge())["callbacks"] == 0

    def test_one_a_second_younger_is_not_touched(self) -> None:
        paid(edge() + timedelta(minutes=1))

        assert cut(edge())["callbacks"] == 0
        assert b"254708374149" in bytes(CallbackEvent.objects.get().raw_body)

    def test_a_caller_who_asks_for_younger_ones_is_refused(self) -> None:
        paid(edge() + timedelta(minutes=1))

        with pytest.raises(IntegrityError, match="never changes"), db_transaction.atomic():
            cut(timezone.now())

    def test_of_a_failure_nothing_is_left(self) -> None:
        at = edge() - timedelta(days=1)
        make_deposit(created_at=at, updated_at=at, prompt_expires_at=at)
        receive(callback_body(result_code=1032), now=at)

        cut(edge())

        assert bytes(CallbackEvent.objects.get().raw_body) == b""

    @pytest.mark.parametrize(
        "change",
        [
            "raw_body = 'OTHERCODE1', headers = '{}', source_address = NULL",
            f"raw_body = '{RECEIPT}', headers = '{{}}', source_address = NULL, has_token = false",
            f"raw_body = '{RECEIPT}', headers = '{{}}', source_address = '10.0.0.1'",
        ],
    )
    def test_what_is_old_is_cut_and_not_rewritten(self, change: str) -> None:
        paid(edge() - _SECOND)

        with (
            pytest.raises(IntegrityError, match="never changes"),
            db_transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE payments_callbackevent SET {change}")

    def test_confirmations_are_cut_at_the_same_age(self) -> None:
        old, young = confirm(edge() - _SECOND), confirm(edge() + timedelta(minutes=1))

        assert cut(edge())["confirmations"] == 1

        old.refresh_from_db()
        young.refresh_from_db()
        assert bytes(old.raw_body) == b"NLJ7RT61SW"
        assert (old.headers, old.source_address) == ({}, None)
        assert b"254708374149" in bytes(young.raw_body)

    def test_a_young_confirmation_is_refused(self) -> None:
        confirm(edge() + timedelta(minutes=1))

        with pytest.raises(IntegrityError, match="never changes"), db_transaction.atomic():
            cut(timezone.now())

    def test_the_admins_log_goes_at_the_same_age(self, operator: User) -> None:
        for at in (edge() - _SECOND, edge() + timedelta(minutes=1)):
            LogEntry.objects.create(
                user=operator, action_flag=2, object_repr="2547****678", action_time=at
            )

        assert cut(edge())["admin_log"] == 1

        assert LogEntry.objects.get().action_time > edge()
        with pytest.raises(IntegrityError, match="append-only"), db_transaction.atomic():
            cut(timezone.now())

    def test_reasons_go_at_the_same_age(self) -> None:
        context = Context.objects.create(metadata={"reason": "Asha called"})
        young = Context.objects.create(metadata={"reason": "Asha called again"})
        with connection.cursor() as cursor:
            # The guard keeps a context's time; a row that is made with it may have any.
            cursor.execute(
                "INSERT INTO pghistory_context (id, created_at, updated_at, metadata)"
                " SELECT gen_random_uuid(), now() - interval '7 years 1 second', now(), metadata"
                "   FROM pghistory_context WHERE id = %s",
                [context.pk],
            )

        assert cut(edge())["contexts"] == 1

        assert Context.objects.filter(pk__in=[context.pk, young.pk]).count() == 2
        with pytest.raises(IntegrityError, match="append-only"), db_transaction.atomic():
            cut(timezone.now())

    def test_one_call_takes_no_more_than_it_is_told(self) -> None:
        for _ in range(3):
            confirm(edge() - _SECOND)

        assert cut(edge(), most=2)["confirmations"] == 2
        assert cut(edge(), most=2)["confirmations"] == 1


class TestOldestKept:
    def test_the_setting_only_adds_years(self, settings: Any) -> None:
        assert oldest_kept(now=NOON) == NOON.replace(year=2019)
        settings.RETENTION_YEARS = 10
        assert oldest_kept(now=NOON) == NOON.replace(year=2016)

    def test_a_leap_day_is_the_day_before_in_other_years(self) -> None:
        leap_day = NOON.replace(year=2028, month=2, day=29)

        assert oldest_kept(now=leap_day) == NOON.replace(year=2021, month=2, day=28)


def test_the_job_cuts_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payments.services.retention._BATCH", 2)
    for _ in range(5):
        confirm(edge() - timedelta(days=2))

    done = cut_old_records(now=timezone.now())

    assert done["confirmations"] == 5
    assert cut_old_records(now=timezone.now())["confirmations"] == 0
