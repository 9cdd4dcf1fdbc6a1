"""Two operators decide about passwords and rights: what they may, what becomes of it, and when."""

import re
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pghistory
import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from common import clock
from users import account_proposals, proposals, services
from users.account_proposals import expire_one_time_passwords
from users.models import AccountChange, Proposal, User
from users.sms import outbox
from users.tests.approving import WHY, approve, propose, proposer
from users.tests.conftest import PASSWORD, signed_in
from users.tests.texting import FAKE, FakeSender

PAGE = "/admin/users/accountproposal/"
LOG_IN, ME = "/api/auth/login/", "/api/auth/me/"
OWN = "chosen-by-the-customer"
pytestmark = pytest.mark.django_db
#: The approval commits before what follows, as in life: its operator is told until it has.
_APART = pytest.mark.django_db(transaction=True)


def propose_password(user: User, by: User | None = None) -> Proposal:
    """Propose a one-time password."""
    return account_proposals.propose_password(
        user=user, operator=by or proposer(), reason=WHY, now=clock.now()
    )


def log_in(user: User, password: str) -> int:
    """Log in by the API, and return the status."""
    body = {"phone_number": user.phone_number, "password": password}
    return Client().post(LOG_IN, body, "application/json").status_code


def send(operator: User, proposal: Proposal, action: str = "approve", **form: Any) -> str:
    """Send an action of the page."""
    sent = {"action": action, "_selected_action": str(proposal.pk), "reason": WHY, **form}
    response = signed_in(operator).post(PAGE, sent, follow=True)
    return response.content.decode()


@_APART
class TestPasswordBySms:
    """Where SMS can be sent, no operator knows the password of a customer."""

    @pytest.fixture(autouse=True)
    def _sms(self, settings: Any) -> None:
        settings.SMS_SENDER = FAKE
        FakeSender.inbox.clear()

    def _sent(self) -> tuple[str, str]:
        outbox.send_due()
        [sent] = FakeSender.inbox
        return sent

    def test_it_goes_to_the_number_on_file_and_to_no_page(self, operator: User, asha: User) -> None:
        page = send(operator, propose_password(asha))

        number, text = self._sent()
        asha.refresh_from_db()
        found = re.search(r"(?:[a-z0-9]{5}-){3}[a-z0-9]{5}", text)
        assert found is not None
        assert asha.check_password(found[0])
        assert number == asha.phone_number
        assert found[0] not in page
        assert "the customer gets the one-time password by SMS" in page
        assert text.count(found[0]) == 2  # in English and in Kiswahili

    def test_nothing_is_sent_for_what_is_not_approved(self, operator: User, asha: User) -> None:
        proposal = propose_password(asha, by=operator)

        send(operator, proposal)

        outbox.send_due()
        assert FakeSender.inbox == []

    def test_an_operators_own_is_told_and_never_sent(self, operator: User, asha: User) -> None:
        with pghistory.context(command="tests"):
            User.objects.filter(pk=asha.pk).update(is_staff=True)

        page = send(operator, propose_password(asha))

        assert "<code>" in page
        outbox.send_due()
        assert FakeSender.inbox == []


class TestPassword:
    def test_the_second_operator_sees_it_once_and_every_sign_in_ends(
        self, operator: User, asha: User
    ) -> None:
        _, token = AuthToken.objects.create(asha)
        theirs = signed_in(asha)
        proposal = propose_password(asha)

        page = send(operator, proposal)

        shown = page.split("<code>")[1].split("</code>")[0]
        asha.refresh_from_db()
        assert asha.check_password(shown)
        assert len(shown.replace("-", "")) == 20
        assert theirs.get(ME).status_code == 401
        assert Client().get(ME, headers={"Authorization": f"Token {token}"}).status_code == 401
        assert log_in(asha, shown) == 200
        assert shown not in send(operator, proposal)
        stored = str(Proposal.objects.values()) + str(AccountChange.objects.values())
        assert shown not in stored

    def test_the_customer_reads_that_our_team_set_it(self, operator: User, asha: User) -> None:
        assert services.find_password_set_by_operator(asha) is None

        approve(propose_password(asha), operator)

        assert services.find_password_set_by_operator(asha) is not None

    @_APART
    def test_it_ends_after_a_day_with_what_it_opened(
        self, operator: User, asha: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        password = approve(propose_password(asha), operator)
        assert password is not None
        asha.refresh_from_db()
        theirs, end = signed_in(asha), asha.one_time_password_until
        assert end is not None
        assert expire_one_time_passwords(now=end - timedelta(seconds=1)) == 0

        monkeypatch.setattr(clock, "now", lambda: end)
        assert log_in(asha, password) == 401
        assert expire_one_time_passwords(now=end) == 1

        assert theirs.get(ME).status_code == 401
        asha.refresh_from_db()
        assert not asha.has_usable_password()

    @_APART
    def test_a_password_of_their_own_has_no_end(self, operator: User, asha: User) -> None:
        password = approve(propose_password(asha), operator)
        asha.refresh_from_db()

        services.change_password(asha, current_password=str(password), new_password=OWN)

        later = timezone.now() + timedelta(days=2)
        assert expire_one_time_passwords(now=later) == 0
        assert User.objects.get(pk=asha.pk).check_password(OWN)

    def test_it_may_be_done_again(self, operator: User, asha: User) -> None:
        first = approve(propose_password(asha), operator)

        assert approve(propose_password(asha), operator) != first

    def test_one_waits_at_a_time(self, asha: User, operator: User) -> None:
        propose_password(asha)
        with pytest.raises(proposals.AlreadyProposed):
            propose_password(asha, operator)

    @pytest.mark.parametrize("reason", ["", "because", "         .        "])
    def test_a_reason_says_something(self, operator: User, asha: User, reason: str) -> None:
        with pytest.raises(proposals.ReasonMissing):
            account_proposals.propose_password(
                user=asha, operator=proposer(), reason=reason, now=clock.now()
            )
        with pytest.raises(proposals.ReasonMissing):
            account_proposals.approve(
                proposal=propose_password(asha), operator=operator, reason=reason, now=clock.now()
            )

    def test_a_rejected_one_changes_nothing(self, operator: User, asha: User) -> None:
        proposal = propose_password(asha)

        assert f"Proposal {proposal.pk}: rejected" in send(operator, proposal, "reject")

        assert "it was decided already" in send(operator, proposal, "reject")
        assert "it was decided already" in send(operator, proposal)
        assert User.objects.get(pk=asha.pk).check_password(PASSWORD)
        propose_password(asha)


class TestExpiry:
    @pytest.fixture
    def a_day_ago(self) -> datetime:
        """Return when what expires now was proposed."""
        return clock.now() - Proposal.CAN_BE_APPROVED_FOR

    def test_no_approval_carries_it_out_and_the_page_says_why(
        self, operator: User, asha: User, a_day_ago: datetime
    ) -> None:
        proposal = account_proposals.propose_password(
            user=asha, operator=proposer(), reason=WHY, now=a_day_ago
        )

        assert "it expired after 24 hours: propose it again" in send(operator, proposal)

        assert User.objects.get(pk=asha.pk).check_password(PASSWORD)
        waiting = signed_in(operator).get(f"{PAGE}?state=waiting").content.decode()
        assert f"{PAGE}{proposal.pk}/" not in waiting
        assert "expired" in signed_in(operator).get(f"{PAGE}?state=expired").content.decode()

    def test_another_password_may_be_proposed_and_the_old_one_is_rejected(
        self, operator: User, asha: User, a_day_ago: datetime
    ) -> None:
        old = account_proposals.propose_password(
            user=asha, operator=proposer(), reason=WHY, now=a_day_ago
        )

        again = propose_password(asha)

        old.refresh_from_db()
        assert (old.status, old.decided_by) == ("REJECTED", proposer())
        with pytest.raises(proposals.AlreadyProposed):
            propose_password(asha, operator)
        approve(again, operator)

    def test_rights_expire_too(self, operator: User, asha: User, a_day_ago: datetime) -> None:
        proposal = account_proposals.propose_rights_of_user(
            user=asha, after={**account_proposals.rights_of_user(asha), "is_staff": True},
            operator=proposer(), reason=WHY, now=a_day_ago,
        )  # fmt: skip

        with pytest.raises(proposals.ProposalExpired):
            approve(proposal, operator)

        assert not User.objects.get(pk=asha.pk).is_staff


class TestPage:
    def test_a_reason_is_asked_for_and_one_is_chosen(self, operator: User, asha: User) -> None:
        proposal = propose_password(asha)

        for action in ("approve", "reject"):
            asked = send(operator, proposal, action, reason="")
            assert f"user {asha.pk} (2547****5678): a one-time password" in asked
        two = propose(asha, proposer(), is_staff=True)
        several = send(operator, proposal, _selected_action=[str(proposal.pk), str(two.pk)])
        assert "Choose one proposal" in several
        assert set(Proposal.objects.values_list("status", flat=True)) == {"OPEN"}

    def test_it_lists_proposals_about_accounts_alone(self, operator: User, asha: User) -> None:
        propose_password(asha)
        proposals.propose(
            kind=Proposal.Kind.RESOLVE_CASE, subject_id=7, customer=asha, operator=operator,
            reason=WHY, now=clock.now(),
        )  # fmt: skip
        client = signed_in(operator)

        accounts = client.get(PAGE).content.decode()
        money = client.get("/admin/users/proposal/").content.decode()

        assert ("one-time password" in accounts, "case 7" in accounts) == (True, False)
        assert ("one-time password" in money, "Case 7 to" in money) == (False, True)
        proposal = Proposal.objects.get(kind="set_password")
        assert client.get(f"{PAGE}{proposal.pk}/change/").status_code == 200
        assert str(AccountChange.objects.get()).endswith("a one-time password")


class TestRights:
    def test_what_was_proposed_is_done_and_nothing_else(self, operator: User, asha: User) -> None:
        support, finance = (Group.objects.get(name=name) for name in ("Support", "Finance"))
        asha.groups.add(support)
        view = Permission.objects.get(codename="view_ledgerseal")
        proposal = propose(asha, proposer(), is_staff=True, groups=[finance.pk],
                           user_permissions=[view.pk])  # fmt: skip
        assert proposal.what == (
            f"user {asha.pk} (2547****5678): groups + Finance, - Support; is_staff on;"
            f" user_permissions + {view}"
        )

        assert approve(proposal, operator) is None

        asha.refresh_from_db()
        assert account_proposals.rights_of_user(asha) == {
            "is_active": True, "is_staff": True, "is_superuser": False, "groups": [finance.pk],
            "user_permissions": [view.pk],
        }  # fmt: skip

    def test_rights_that_changed_since_are_not_overwritten(
        self, operator: User, asha: User
    ) -> None:
        proposal = propose(asha, proposer(), is_staff=True)
        asha.groups.add(Group.objects.get(name="Support"))

        assert "the rights have changed since" in send(operator, proposal)

        asha.refresh_from_db()
        assert not asha.is_staff

    def test_a_groups_rights_that_changed_since_are_not_overwritten(self, operator: User) -> None:
        group = Group.objects.create(name="Night")
        one, other = Permission.objects.filter(codename__in=["view_user", "view_debt"])
        proposal = account_proposals.propose_rights_of_group(
            group=group, after={"permissions": [one.pk]}, operator=proposer(), reason=WHY,
            now=clock.now(),
        )  # fmt: skip
        group.permissions.add(other)

        with pytest.raises(account_proposals.RightsChangedSince):
            approve(proposal, operator)

    def test_nothing_to_change_is_no_proposal(self, asha: User) -> None:
        with pytest.raises(account_proposals.NothingChanges):
            propose(asha, proposer())

    def test_a_groups_right_that_excludes_a_members_is_refused_at_the_approval(
        self, operator: User, asha: User
    ) -> None:
        group = Group.objects.create(name="Night")
        asha.groups.add(group, Group.objects.get(name="Finance"))
        proposal = account_proposals.propose_rights_of_group(
            group=group,
            after={"permissions": [Permission.objects.get(codename="propose_rights").pk]},
            operator=proposer(), reason=WHY, now=clock.now(),
        )  # fmt: skip

        assert "nobody may hold both" in send(operator, proposal)

        assert not group.permissions.exists()
        proposal.refresh_from_db()
        assert proposal.status == "OPEN"

    def test_a_superuser_is_made_by_superusers(self, operator: User, asha: User) -> None:
        approve(propose(asha, proposer(), is_superuser=True, is_staff=True), operator)

        asha.refresh_from_db()
        assert asha.is_superuser

    def test_two_admins_do_it_without_a_superuser(self, asha: User) -> None:
        admins = []
        for number in ("254700000041", "254700000042"):
            one = User.objects.create_user(number, PASSWORD, is_staff=True)
            one.groups.add(Group.objects.get(name="Admin"))
            admins.append(one)
        support = Group.objects.get(name="Support")
        form = {
            "full_name": asha.full_name, "is_active": "on", "is_staff": "on",
            "groups": [str(support.pk)], "reason": WHY,
        }  # fmt: skip
        signed_in(admins[0]).post(f"/admin/users/user/{asha.pk}/change/", form)
        proposal = Proposal.objects.get()

        assert f"Proposal {proposal.pk}: done" in send(admins[1], proposal)

        assert list(asha.groups.all()) == [support]

    def test_one_of_an_older_release_says_nothing_of_the_switch(
        self, operator: User, asha: User
    ) -> None:
        rights = account_proposals.rights_of_user(asha)
        del rights["is_active"]
        change = AccountChange.objects.create(
            user=asha, before=rights, after={**rights, "is_staff": True}
        )
        proposal = proposals.propose(
            kind=Proposal.Kind.CHANGE_RIGHTS, subject_id=change.pk, detail=f"user {asha.pk}",
            operator=proposer(), reason=WHY, now=clock.now(),
        )  # fmt: skip

        approve(proposal, operator)

        asha.refresh_from_db()
        assert (asha.is_staff, asha.is_active) == (True, True)

    def test_without_the_right_to_propose_rights_are_shown_and_not_changed(
        self, asha: User
    ) -> None:
        one = User.objects.create_user("254700000043", PASSWORD, is_staff=True)
        one.groups.add(Group.objects.get(name="Compliance"))
        form = {"full_name": "Asha M", "is_active": "on", "is_staff": "on", "reason": WHY}

        signed_in(one).post(f"/admin/users/user/{asha.pk}/change/", form)

        asha.refresh_from_db()
        assert (asha.full_name, asha.is_staff) == ("Asha M", False)
        assert not Proposal.objects.exists()


class TestSwitchingOn:
    """An operator's account is switched off by one operator, and on by two."""

    @pytest.fixture
    def colleague(self) -> User:
        """Store an operator of Support."""
        user = User.objects.create_user("254700000044", PASSWORD, is_staff=True)
        user.groups.add(Group.objects.get(name="Support"))
        return user

    @pytest.fixture
    def admins(self) -> list[User]:
        """Store two operators of Admin."""
        found = []
        for number in ("254700000041", "254700000042"):
            one = User.objects.create_user(number, PASSWORD, is_staff=True)
            one.groups.add(Group.objects.get(name="Admin"))
            found.append(one)
        return found

    def change(self, by: User, user: User, **form: Any) -> None:
        """Send the form of the account's page, as the browser fills it in."""
        kept = {
            "full_name": user.full_name, "groups": [str(pk.pk) for pk in user.groups.all()],
            "is_staff": "on", "reason": WHY,
        }  # fmt: skip
        signed_in(by).post(f"/admin/users/user/{user.pk}/change/", {**kept, **form})
        user.refresh_from_db()

    def test_off_is_at_once_and_on_takes_a_second_operator(
        self, admins: list[User], colleague: User
    ) -> None:
        self.change(admins[0], colleague)
        assert not colleague.is_active
        assert not Proposal.objects.exists()

        self.change(admins[0], colleague, is_active="on", full_name="Zawadi")

        assert (colleague.is_active, colleague.full_name) == (False, "Zawadi")
        proposal = Proposal.objects.get()
        assert proposal.what == f"user {colleague.pk} ({colleague}): is_active on"
        assert "does not approve it" in send(admins[0], proposal)
        assert not User.objects.get(pk=colleague.pk).is_active
        assert "done" in send(admins[1], proposal)
        assert User.objects.get(pk=colleague.pk).is_active

    def test_it_is_proposed_with_other_rights_in_one_proposal(
        self, admins: list[User], colleague: User
    ) -> None:
        self.change(admins[0], colleague)

        self.change(admins[0], colleague, is_active="on", groups=[])
        approve(Proposal.objects.get(), admins[1])

        colleague.refresh_from_db()
        assert colleague.is_active
        assert not colleague.groups.exists()

    def test_switched_off_meanwhile_by_a_third_it_stays_off(
        self, admins: list[User], colleague: User
    ) -> None:
        """What was proposed when the account was on does not switch it on."""
        proposal = propose(colleague, admins[0], groups=[])
        User.objects.filter(pk=colleague.pk).update(is_active=False)

        assert "the rights have changed since" in send(admins[1], proposal)

        assert not User.objects.get(pk=colleague.pk).is_active

    def test_a_customer_is_switched_on_by_one(self, admins: list[User], asha: User) -> None:
        User.objects.filter(pk=asha.pk).update(is_active=False)

        self.change(admins[0], asha, is_active="on", is_staff="")

        assert asha.is_active
        assert not Proposal.objects.exists()

    def test_the_server_does_it_where_nobody_is_left(self, colleague: User) -> None:
        User.objects.update(is_active=False)

        call_command("operator_group", colleague.phone_number, "Support", stdout=StringIO())

        assert User.objects.get(pk=colleague.pk).is_active
