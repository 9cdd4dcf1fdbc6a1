"""What an operator sees of own limits, and the one thing they may do."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils.formats import date_format
from django.utils.timezone import localtime

from risk.models import OwnLimits
from risk.tests.wishes import DAY, make_customer, pause, set_caps
from users.models import User

pytestmark = pytest.mark.django_db

LIST = "/admin/risk/ownlimits/"


@pytest.fixture
def customer() -> User:
    """Store a customer."""
    return make_customer()


def browser_of(*codenames: str) -> Client:
    """Sign an operator in who has these rights."""
    operator = make_customer(is_staff=True)
    operator.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(operator)
    return client


@pytest.fixture
def browser() -> Client:
    """Sign an operator in who may lift."""
    return browser_of("view_ownlimits", "change_ownlimits")


def lift(browser: Client, user: User, **more: Any) -> Any:
    """Choose the action for a customer."""
    form = {"action": "lift", "_selected_action": [user.pk], **more}
    return browser.post(LIST, form, follow=True)


class TestReading:
    def test_the_list_shows_the_caps(self, browser: Client, customer: User) -> None:
        set_caps(customer, 4321)

        page = browser.get(LIST).content.decode()

        assert "4321" in page or "4,321" in page
        assert customer.phone_number not in page

    def test_pending_caps_are_shown_until_they_are_in_force(
        self, browser: Client, customer: User
    ) -> None:
        now = datetime.now(UTC)
        set_caps(customer, 4000, now=now - 3 * DAY)
        set_caps(customer, 5000, now=now - DAY / 2)
        before = browser.get(LIST).content.decode()

        with time_machine.travel(now + DAY):
            after = browser.get(LIST).content.decode()

        assert "5000 a day, none a week from" in before
        assert "a day, " not in after
        assert "5000" in after or "5,000" in after

    def test_nothing_is_added_changed_or_deleted(self, browser: Client, customer: User) -> None:
        set_caps(customer, 100)

        assert browser.get(f"{LIST}add/").status_code == 403
        assert browser.post(f"{LIST}{customer.pk}/change/", {"daily_cap": 999}).status_code == 403
        assert browser.post(f"{LIST}{customer.pk}/delete/", {"post": "yes"}).status_code == 403
        assert OwnLimits.objects.get().daily_cap == 100


class TestLifting:
    def test_asks_for_the_reason_first(self, browser: Client, customer: User) -> None:
        own = pause(customer, now=datetime.now(UTC) - 2 * DAY)

        page = lift(browser, customer)

        assert "Lift pauses and exclusions" in page.content.decode()
        assert OwnLimits.objects.get().paused_until == own.paused_until

    def test_is_done_with_a_reason_and_written_down(self, browser: Client, customer: User) -> None:
        pause(customer, now=datetime.now(UTC) - 2 * DAY)

        lift(browser, customer, reason="set by her brother")

        own = OwnLimits.objects.get()
        assert own.lift_reason == "set by her brother"
        assert own.paused_until is not None
        assert own.paused_until <= datetime.now(UTC)
        assert "set by her brother" in LogEntry.objects.get().get_change_message()

    def test_is_refused_within_a_day_by_the_clock_of_the_page(
        self, browser: Client, customer: User
    ) -> None:
        own = pause(customer, now=datetime.now(UTC))

        page = lift(browser, customer, reason="wants to play")

        assert own.blocked_at is not None
        when = date_format(localtime(own.blocked_at + DAY), "DATETIME_FORMAT")
        assert f"not before {when}" in page.content.decode()
        assert OwnLimits.objects.get().paused_until == own.paused_until

    def test_lifting_without_a_pause_says_so(self, browser: Client, customer: User) -> None:
        set_caps(customer, 100)

        assert (
            "nothing to lift" in lift(browser, customer, reason="x, as agreed on").content.decode()
        )

    def test_needs_the_right(self, customer: User) -> None:
        own = pause(customer, now=datetime.now(UTC) - 2 * DAY)

        lift(browser_of("view_ownlimits"), customer, reason="x, as agreed on")

        assert OwnLimits.objects.get().paused_until == own.paused_until

    def test_operators_do_not_lift_their_own_pause(self, customer: User) -> None:
        customer.is_staff = customer.is_superuser = True
        customer.save()
        own = pause(customer, now=datetime.now(UTC) - 2 * DAY)
        client = Client()
        client.force_login(customer)

        page = lift(client, customer, reason="I feel better")

        assert "nobody lifts their own" in page.content.decode()
        assert OwnLimits.objects.get().paused_until == own.paused_until
