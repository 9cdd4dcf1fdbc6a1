"""`manage.py seed_demo`."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from users.models import User


def _seed(**options: Any) -> str:
    output = StringIO()
    call_command("seed_demo", stdout=output, **options)
    return output.getvalue()


@pytest.fixture(autouse=True)
def _quiet_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    monkeypatch.delenv("OPERATOR_PASSWORD", raising=False)


@pytest.mark.django_db
class TestSeedDemo:
    def test_both_accounts_can_log_in(self) -> None:
        printed = _seed()

        customer = User.objects.get(phone_number="254712345678")
        operator = User.objects.get(phone_number="254700000001")
        assert customer.check_password("kibeezy-demo")
        assert operator.check_password("kibeezy-operator")
        assert (customer.kyc_status, customer.is_staff) == ("VERIFIED", False)
        assert (operator.is_staff, operator.is_superuser) == (True, True)
        for word in ("254712345678", "kibeezy-demo", "254700000001", "kibeezy-operator"):
            assert word in printed

    def test_the_demo_is_migrated_first_when_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        called: list[str] = []

        def note(name: str, **_: Any) -> None:
            called.append(f"{name} beside {User.objects.count()} people")

        monkeypatch.setattr("users.management.commands.seed_demo.call_command", note)

        _seed()
        assert called == []
        User.objects.all().delete()
        _seed(migrate=True)
        assert called == ["migrate beside 0 people"]

    def test_passwords_come_from_options_or_environment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPERATOR_PASSWORD", "from-the-environment")

        _seed(password="from-the-option")

        assert User.objects.get(is_staff=False).check_password("from-the-option")
        assert User.objects.get(is_staff=True).check_password("from-the-environment")

    def test_again_it_changes_nothing(self) -> None:
        _seed()
        user = User.objects.get(phone_number="254712345678")
        user.set_password("changed-since-then")
        user.save()

        printed = _seed()

        assert User.objects.count() == 2
        assert User.objects.get(pk=user.pk).check_password("changed-since-then")
        assert "kibeezy-demo" not in printed

    @pytest.mark.parametrize(
        ("debug", "mock", "environment"),
        [(False, False, "sandbox"), (True, True, "production"), (False, True, "production")],
    )
    def test_where_money_is_real_it_refuses(
        self, settings: Any, debug: bool, mock: bool, environment: str
    ) -> None:
        settings.DEBUG, settings.MPESA_DEBUG = debug, mock
        settings.MPESA_ENVIRONMENT = environment

        with pytest.raises(CommandError, match="public passwords"):
            _seed()

        assert not User.objects.exists()
