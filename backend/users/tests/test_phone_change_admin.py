"""Requests for another phone number as operators decide them: with a reason, and the right to."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from users.models import PhoneChange, User
from users.tests.conftest import NEW_NUMBER, PASSWORD, signed_in

UserHistory = apps.get_model("users", "UserHistory")
LIST = "/admin/users/phonechange/"


class TestAdmin:
    def _send(self, operator: User, change: PhoneChange, action: str, **form: str) -> Any:
        sent = {"action": action, "_selected_action": str(change.pk), **form}
        return signed_in(operator).post(LIST, sent, follow=True)

    def test_a_decision_asks_for_the_reason_first(
        self, asha: User, change: PhoneChange, operator: User
    ) -> None:
        page = self._send(operator, change, "approve").content.decode()

        assert "every sign-in ends" in page
        assert NEW_NUMBER in page
        assert User.objects.get(pk=asha.pk).phone_number != NEW_NUMBER

    def test_an_approval_is_kept_with_who_and_why(
        self, asha: User, change: PhoneChange, operator: User
    ) -> None:
        page = self._send(operator, change, "approve", reason="SIM and ID seen")

        assert "approve done" in page.content.decode()
        assert User.objects.get(pk=asha.pk).phone_number == NEW_NUMBER
        entry = LogEntry.objects.get()
        assert (entry.user, entry.change_message) == (operator, "approve: SIM and ID seen")
        event = UserHistory.objects.get(pgh_obj=asha, pgh_label="update")
        assert event.phone_number == NEW_NUMBER
        assert event.pgh_context.metadata == {"operator": operator.pk, "reason": "SIM and ID seen"}

    def test_a_rejection(self, asha: User, change: PhoneChange, operator: User) -> None:
        self._send(operator, change, "reject", reason="no proof of it")

        change.refresh_from_db()
        assert change.status == "REJECTED"

    def test_an_empty_reason_decides_nothing(self, change: PhoneChange, operator: User) -> None:
        self._send(operator, change, "approve", reason=" ")

        change.refresh_from_db()
        assert change.status == "PENDING"

    def test_the_page_says_why_a_request_cannot_be_decided(
        self, change: PhoneChange, operator: User
    ) -> None:
        taken = User.objects.create_user(NEW_NUMBER, PASSWORD)

        page = self._send(operator, change, "approve", reason="seen by us both").content.decode()
        assert "Phone number taken" in page

        User.objects.filter(pk=taken.pk).update(phone_number="254733000222")
        self._send(operator, change, "approve", reason="seen by us both")
        page = self._send(operator, change, "approve", reason="seen once again").content.decode()
        assert "decided already" in page

    def test_operators_do_not_decide_about_their_own_number(
        self, asha: User, change: PhoneChange
    ) -> None:
        User.objects.filter(pk=asha.pk).update(is_staff=True, is_superuser=True)
        asha.refresh_from_db()

        page = self._send(asha, change, "approve", reason="it is mine, really").content.decode()

        assert "nobody decides about their own number" in page

    @pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
    def test_a_clerk_decides_about_customers_only(
        self, asha: User, change: PhoneChange, right: str
    ) -> None:
        clerk = User.objects.create_user("0700000002", PASSWORD, is_staff=True)
        rights = ["view_phonechange", "change_phonechange"]
        clerk.user_permissions.set(Permission.objects.filter(codename__in=rights))
        User.objects.filter(pk=asha.pk).update(**{right: True})

        page = self._send(clerk, change, "approve", reason="seen by us both").content.decode()

        assert "for somebody with every right" in page
        change.refresh_from_db()
        assert change.status == "PENDING"

    def test_a_reader_may_not_decide(self, asha: User, change: PhoneChange) -> None:
        reader = User.objects.create_user("0700000002", PASSWORD, is_staff=True)
        reader.user_permissions.set(Permission.objects.filter(codename="view_phonechange"))

        self._send(reader, change, "approve", reason="seen by us both")

        change.refresh_from_db()
        assert change.status == "PENDING"

    def test_the_list_masks_numbers(self, change: PhoneChange, operator: User) -> None:
        page = signed_in(operator).get(LIST).content.decode()

        assert "2547****0111" in page
        assert NEW_NUMBER not in page
