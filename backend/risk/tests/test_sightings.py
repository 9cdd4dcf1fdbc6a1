"""Where customers were seen: one row per address or device, as hashes, kept for a month."""

from datetime import timedelta

import pytest
from django.test import RequestFactory, override_settings

from risk import sightings
from risk.models import Sighting
from risk.sightings import RequestSource
from risk.tests.building import NOON, make_customer, make_sighting

pytestmark = pytest.mark.django_db

HERE = RequestSource(address_hash="a" * 64, device_hash="d" * 64)
DEVICE = "x" * 32


def source_of(address: str, device: str | None = None) -> RequestSource:
    """Return where a request from an address and a browser comes from."""
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    if device is not None:
        request.COOKIES[sightings.DEVICE_COOKIE] = device
    return sightings.find_request_source(request)


class TestFindRequestSource:
    def test_one_address_has_one_hash(self) -> None:
        assert source_of("41.90.1.2", DEVICE) == source_of("41.90.1.2", DEVICE)
        assert source_of("41.90.1.2") != source_of("41.90.1.3")

    def test_a_subscribers_ipv6_addresses_are_one_place(self) -> None:
        assert source_of("2c0f:fe38::1") == source_of("2c0f:fe38::2")
        assert source_of("2c0f:fe38::1") != source_of("2c0f:fe38:0:1::1")

    def test_the_same_text_is_another_hash_as_address_and_device(self) -> None:
        both = source_of("41.90.1.2", DEVICE)

        assert both.address_hash != both.device_hash

    def test_an_unknown_address_is_no_place(self) -> None:
        assert source_of("") == RequestSource()

    @pytest.mark.parametrize("device", ["", "short", "x" * 33, "x" * 31 + "é", "'; DROP TABLE--"])
    def test_a_cookie_that_is_not_ours_is_no_device(self, device: str) -> None:
        assert source_of("41.90.1.2", device).device_hash is None

    def test_the_hash_depends_on_the_secret_key(self) -> None:
        here = source_of("41.90.1.2")

        # pragma: allowlist nextline secret
        with override_settings(SECRET_KEY="another-key-0123456789-abcdefghijklmnopqrstuvwxyz"):
            assert source_of("41.90.1.2") != here

    def test_a_new_device_is_one_of_ours(self) -> None:
        first, second = sightings.new_device(), sightings.new_device()

        assert first != second
        assert source_of("41.90.1.2", first).device_hash


class TestRecord:
    def test_address_and_device_are_a_row_each(self) -> None:
        user = make_customer()

        sightings.record(user_id=user.pk, source=HERE, now=NOON)

        rows = Sighting.objects.order_by("kind").values_list("kind", "value_hash", "last_seen_at")
        assert list(rows) == [("address", "a" * 64, NOON), ("device", "d" * 64, NOON)]

    def test_an_unknown_source_is_no_row(self) -> None:
        sightings.record(user_id=make_customer().pk, source=RequestSource(), now=NOON)

        assert not Sighting.objects.exists()

    def test_a_repetition_moves_the_last_time(self) -> None:
        user, later = make_customer(), NOON + timedelta(hours=2)
        sightings.record(user_id=user.pk, source=HERE, now=NOON)

        sightings.record(user_id=user.pk, source=HERE, now=later)

        seen = Sighting.objects.get(kind="device")
        assert (seen.first_seen_at, seen.last_seen_at) == (NOON, later)

    @pytest.mark.parametrize("minutes", [-30, 0, 30, 60])
    def test_a_repetition_within_the_hour_writes_nothing(self, minutes: int) -> None:
        user = make_customer()
        sightings.record(user_id=user.pk, source=HERE, now=NOON)

        sightings.record(user_id=user.pk, source=HERE, now=NOON + timedelta(minutes=minutes))

        assert set(Sighting.objects.values_list("last_seen_at", flat=True)) == {NOON}

    def test_two_customers_at_one_address_are_two_rows(self) -> None:
        for number in ("254712345678", "254712345679"):
            sightings.record(user_id=make_customer(number).pk, source=HERE, now=NOON)

        assert Sighting.objects.filter(value_hash=HERE.device_hash).count() == 2


class TestPurge:
    def test_a_sighting_is_deleted_a_month_after_its_last_time(self) -> None:
        user, month = make_customer(), timedelta(days=30)
        make_sighting(user, value_hash="a" * 64, last_seen_at=NOON)
        kept = make_sighting(user, value_hash="b" * 64, last_seen_at=NOON + timedelta(seconds=1))

        deleted = sightings.purge(now=NOON + month + timedelta(milliseconds=500))

        assert deleted == 1
        assert Sighting.objects.get() == kept

    def test_the_newest_sightings_of_each_kind_of_a_customer_stay(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sightings, "MAX_KEPT", 2)
        user, other = make_customer(), make_customer("254712345679")
        for nth in range(4):
            at = NOON + timedelta(seconds=nth)
            make_sighting(user, kind="device", value_hash=f"{nth}" * 64, last_seen_at=at)
        make_sighting(user, kind="address", value_hash="a" * 64, last_seen_at=NOON)
        make_sighting(other, kind="device", value_hash="0" * 64, last_seen_at=NOON)

        assert sightings.purge(now=NOON) == 2
        left = Sighting.objects.filter(user=user).values_list("value_hash", flat=True)
        assert {value[0] for value in left} == {"2", "3", "a"}
        assert Sighting.objects.filter(user=other).exists()
