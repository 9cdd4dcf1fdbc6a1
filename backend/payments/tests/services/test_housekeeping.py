"""What housekeeping deletes, and what it never does."""

from datetime import timedelta

import pytest

from payments.models import CallbackEvent, Transaction
from payments.services import housekeeping
from payments.tests.building import NOON, receive, success_body

pytestmark = pytest.mark.django_db(transaction=True)


class TestPurging:
    def test_callbacks_to_a_deposits_own_address_are_evidence(self, deposit: Transaction) -> None:
        receive(success_body())

        assert housekeeping.purge_junk_callbacks(now=NOON + timedelta(days=365)) == 0

    def test_the_newest_ten_thousand_are_kept(self) -> None:
        CallbackEvent.objects.bulk_create(
            CallbackEvent(has_token=False, raw_body=b"{}", received_at=NOON) for _ in range(10_003)
        )

        assert housekeeping.purge_junk_callbacks(now=NOON) == 3
        assert CallbackEvent.objects.count() == 10_000
