"""What each tier may deposit, and which one counts."""

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db import transaction as db_transaction

from users.models import User
from users.tiers import TierLimits, limits_of, tier_in_force


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> None:
    settings.DEPOSIT_MAX_AMOUNT, settings.DEPOSIT_DAILY_LIMIT = 150_000, 500_000
    settings.DEPOSIT_TIER_BASIC_MAX, settings.DEPOSIT_TIER_BASIC_DAILY = 20_000, 50_000


class TestLimitsOf:
    def test_full_has_the_deposit_values(self) -> None:
        expected = TierLimits(max_amount=150_000, daily_limit=500_000)

        assert limits_of(User.Tier.FULL) == expected

    def test_basic_has_its_own(self) -> None:
        assert limits_of(User.Tier.BASIC) == TierLimits(max_amount=20_000, daily_limit=50_000)

    def test_basic_is_never_above_full(self, settings: Any) -> None:
        settings.DEPOSIT_MAX_AMOUNT, settings.DEPOSIT_DAILY_LIMIT = 1_000, 3_000

        assert limits_of(User.Tier.BASIC) == TierLimits(max_amount=1_000, daily_limit=3_000)


class TestTierInForce:
    @pytest.mark.parametrize("tier", list(User.Tier))
    def test_the_tier_in_force_is_the_users_own(self, tier: User.Tier) -> None:
        assert tier_in_force(User(tier=tier)) is tier

    def test_where_kyc_is_not_required_every_user_has_the_full_tier(self, settings: Any) -> None:
        settings.KYC_REQUIRED = False

        assert tier_in_force(User(tier=User.Tier.BASIC)) is User.Tier.FULL


@pytest.mark.django_db
class TestColumn:
    def test_customers_begin_with_the_full_tier(self, asha: User) -> None:
        asha.refresh_from_db()

        assert asha.tier == "full"

    def test_the_database_refuses_any_other_tier(self, asha: User) -> None:
        with pytest.raises(IntegrityError, match="users_user_tier"), db_transaction.atomic():
            User.objects.filter(pk=asha.pk).update(tier="gold")

    def test_a_change_is_kept_in_the_history(self, asha: User) -> None:
        User.objects.filter(pk=asha.pk).update(tier=User.Tier.BASIC)

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tier FROM users_userhistory WHERE pgh_obj_id = %s ORDER BY pgh_id",
                [asha.pk],
            )
            assert cursor.fetchall() == [("full",), ("basic",)]
