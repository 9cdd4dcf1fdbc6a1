"""The function of risk/sql/functions/sighting.sql."""

from datetime import datetime

import pytest

from payments.tests.building import NOON
from risk.models import Sighting
from tests.sql.calling import after, value_of
from users.models import User

pytestmark = pytest.mark.django_db

ADDRESS, DEVICE = "a" * 64, "d" * 64


def record(
    user: User, address: str | None = ADDRESS, device: str | None = DEVICE, now: datetime = NOON
) -> None:
    """Record where a customer was seen."""
    value_of(
        "SELECT risk_sighting_record(%(user_id)s, %(address)s, %(device)s, %(now)s)",
        user_id=user.pk,
        address=address,
        device=device,
        now=now,
    )


class TestRiskSightingRecord:
    def test_address_and_device_are_a_row_each(self, customer: User) -> None:
        record(customer)

        assert set(Sighting.objects.values_list("user", "kind", "value_hash", "first_seen_at")) == {
            (customer.pk, "address", ADDRESS, NOON),
            (customer.pk, "device", DEVICE, NOON),
        }

    @pytest.mark.parametrize(("address", "device"), [(ADDRESS, None), (None, DEVICE)])
    def test_an_unknown_address_or_device_is_no_row(
        self, customer: User, address: str | None, device: str | None
    ) -> None:
        record(customer, address, device)

        assert Sighting.objects.get().value_hash == (address or device)

    def test_nothing_at_all_is_no_row(self, customer: User) -> None:
        record(customer, None, None)

        assert not Sighting.objects.exists()

    @pytest.mark.parametrize(("later_s", "seen_s"), [(3600, 0), (3601, 3601), (-10, 0)])
    def test_a_repetition_is_written_after_an_hour(
        self, customer: User, later_s: int, seen_s: int
    ) -> None:
        record(customer)

        record(customer, now=after(later_s))

        assert set(Sighting.objects.values_list("first_seen_at", "last_seen_at")) == {
            (NOON, after(seen_s))
        }
