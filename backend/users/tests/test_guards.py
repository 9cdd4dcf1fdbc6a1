"""Changes to accounts and rights that the database refuses, or records, even for plain SQL."""

from datetime import timedelta
from typing import Any, ClassVar

import pghistory
import pytest
from django.contrib.auth.models import Group, Permission
from django.db import DatabaseError, IntegrityError, connection
from django.db import transaction as db_transaction
from django.utils import timezone

from users import proposals
from users.code_models import Recovery
from users.models import PhoneChange, Proposal, RightsHistory, User
from users.tests.approving import WHY, approved_password, propose, proposer

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_operator() -> User:
    """Store another operator."""
    return User.objects.create_superuser("254700000098", "a-good-password")


def run(operator: User, sql: str, *parameters: Any, **context: Any) -> None:
    """Run a statement as an operator; `context` names an approved proposal."""
    with (
        db_transaction.atomic(),
        pghistory.context(operator=operator.pk, **context),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, parameters)


def set_password(customer: User, operator: User) -> None:
    """Set a password without our code."""
    run(
        operator,
        "UPDATE users_user SET password = '!new', one_time_password_until = now() WHERE id = %s",
        customer.pk,
        proposal=approved_password(customer, operator),
    )


def approve(change: PhoneChange, operator: User) -> None:
    """Approve a change of number without our code."""
    run(
        operator,
        "UPDATE users_phonechange SET status = 'APPROVED', decided_at = now(), decided_by_id = %s,"
        " reason = 'SIM and ID seen' WHERE id = %s",
        operator.pk,
        change.pk,
    )


def test_a_proof_is_of_one_number_even_for_plain_sql(asha: User) -> None:
    User.objects.filter(pk=asha.pk).update(number_proven_at=timezone.now())

    User.objects.filter(pk=asha.pk).update(full_name="Asha M.")
    assert User.objects.get(pk=asha.pk).number_proven_at is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE users_user SET phone_number = '254722999888' WHERE id = %s", [asha.pk]
        )
    assert User.objects.get(pk=asha.pk).number_proven_at is None


class TestAfterRecovery:
    """For a while after a password was recovered by SMS the number stays, even for plain SQL."""

    @staticmethod
    def _recover(asha: User, wait: timedelta) -> None:
        now = timezone.now()
        Recovery.objects.create(
            user=asha, recovered_at=now - timedelta(days=2), waits_until=now + wait
        )

    def test_no_other_number_is_asked_for(self, asha: User) -> None:
        self._recover(asha, timedelta(minutes=5))

        with pytest.raises(DatabaseError, match="its password was recovered just now"):
            PhoneChange.objects.create(
                user=asha, old_phone_number=asha.phone_number, new_phone_number="254722000111",
                requested_at=timezone.now(),
            )  # fmt: skip

    def test_none_that_was_asked_for_is_approved(
        self, asha: User, change: PhoneChange, operator: User
    ) -> None:
        self._recover(asha, timedelta(minutes=5))

        with pytest.raises(DatabaseError, match="its password was recovered just now"):
            approve(change, operator)

    def test_afterwards_it_is(self, asha: User, change: PhoneChange, operator: User) -> None:
        self._recover(asha, -timedelta(minutes=5))

        approve(change, operator)

        change.refresh_from_db()
        assert change.status == "APPROVED"


class TestOperatorsApart:
    """One operator does not set the password of an account and approve its number."""

    def test_who_set_the_password_approves_no_number(
        self, asha: User, change: PhoneChange, operator: User
    ) -> None:
        set_password(asha, operator)

        with pytest.raises(DatabaseError, match="who set the password approves no number"):
            approve(change, operator)

    def test_who_approved_the_number_sets_no_password(
        self, asha: User, change: PhoneChange, operator: User
    ) -> None:
        approve(change, operator)

        with pytest.raises(DatabaseError, match="the approver of its number sets no password"):
            set_password(asha, operator)

    def test_two_operators_do_both(
        self, asha: User, change: PhoneChange, operator: User, other_operator: User
    ) -> None:
        set_password(asha, operator)
        approve(change, other_operator)
        set_password(asha, operator)

        change.refresh_from_db()
        assert (change.status, change.decided_by) == ("APPROVED", other_operator)


def test_every_grant_and_loss_of_a_right_leaves_a_row(operator: User) -> None:
    seeded = RightsHistory.objects.count()
    run(operator, "INSERT INTO auth_group (name) VALUES ('Mine')")
    run(operator, "UPDATE auth_group SET name = 'Ours' WHERE name = 'Mine'")
    run(operator, "DELETE FROM auth_group WHERE name = 'Ours'")

    assert not Group.objects.filter(name__in=["Mine", "Ours"]).exists()
    rows = RightsHistory.objects.order_by("id")[seeded:]
    assert [(row.table_name, row.operation) for row in rows] == [
        ("auth_group", "INSERT"),
        ("auth_group", "UPDATE"),
        ("auth_group", "DELETE"),
    ]


def _exists(user: User, **fields: Any) -> bool:
    return User.objects.filter(pk=user.pk, **fields).exists()


class TestApprovedInTime:
    """Whatever the code says: nobody approves what was proposed a day ago."""

    @staticmethod
    def _approve(proposal: Proposal, after: timedelta) -> None:
        with db_transaction.atomic():
            Proposal.objects.filter(pk=proposal.pk).update(
                status="APPROVED", decided_by=_third(), decision_reason=WHY,
                decided_at=proposal.proposed_at + after,
            )  # fmt: skip

    def test_late(self, asha: User) -> None:
        proposal = propose(asha, proposer(), is_staff=True)

        with pytest.raises(IntegrityError, match="it expired after 24 hours"):
            self._approve(proposal, timedelta(hours=24))

    def test_in_time(self, asha: User) -> None:
        proposal = propose(asha, proposer(), is_staff=True)

        self._approve(proposal, timedelta(hours=24) - timedelta(microseconds=1))

        proposal.refresh_from_db()
        assert proposal.status == "APPROVED"

    def test_a_late_rejection_is_one(self, asha: User) -> None:
        proposal = propose(asha, proposer(), is_staff=True)
        late = proposal.proposed_at + timedelta(days=3)

        proposals.reject(proposal.pk, operator=proposer(), reason=WHY, now=late)

    def test_the_guard_and_the_model_say_the_same(self) -> None:
        triggers: Any = Proposal._meta
        guard = next(each for each in triggers.triggers if each.name == "approved_in_time")
        hours = Proposal.CAN_BE_APPROVED_FOR // timedelta(hours=1)

        assert f"interval '{hours} hours'" in guard.render_condition(Proposal)


class TestTwoForRights:
    """What the admin writes, written by an operator past the admin: nothing of it is taken."""

    STATEMENTS: ClassVar = {
        "a group": "INSERT INTO users_user_groups (user_id, group_id) SELECT {user}, max(id)"
        " FROM auth_group",
        "no group": "DELETE FROM users_user_groups WHERE user_id = {user}",
        "a right": "INSERT INTO users_user_user_permissions (user_id, permission_id)"
        " SELECT {user}, min(id) FROM auth_permission",
        "no right": "DELETE FROM users_user_user_permissions WHERE user_id = {user}",
        "another right": "UPDATE users_user_user_permissions SET permission_id ="
        " (SELECT max(id) FROM auth_permission) WHERE user_id = {user}",
        "a group's right": "DELETE FROM auth_group_permissions",
        "staff": "UPDATE users_user SET is_staff = NOT is_staff WHERE id = {user}",
        "superuser": "UPDATE users_user SET is_superuser = true WHERE id = {user}",
        "a new operator": "INSERT INTO users_user (phone_number, full_name, password, is_active,"
        " is_staff, is_superuser, created_at, kyc_status) SELECT '254700000011', '', '!', true,"
        " true, false, now(), 'PENDING'",
    }

    @pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
    @pytest.mark.parametrize("is_approved", [False, True], ids=["alone", "for something else"])
    def test_an_operators_statement_is_refused(
        self, asha: User, operator: User, statement: str, is_approved: bool
    ) -> None:
        asha.groups.add(Group.objects.earliest("pk"))
        asha.user_permissions.add(Permission.objects.get(codename="view_debt"))
        context: dict[str, Any] = {}
        if is_approved:
            theirs = propose(proposer(), _third(), is_superuser=True, groups=[1])
            with db_transaction.atomic():
                proposals.approve(theirs.pk, operator=operator, reason=WHY, now=timezone.now())
            context["proposal"] = theirs.pk

        with pytest.raises(DatabaseError, match="rights change by two operators"):
            run(operator, statement.format(user=asha.pk), **context)

    def test_what_was_approved_is_taken(self, asha: User, operator: User) -> None:
        theirs = propose(asha, proposer(), is_staff=True)
        with db_transaction.atomic():
            proposals.approve(theirs.pk, operator=operator, reason=WHY, now=timezone.now())

        run(
            operator, "UPDATE users_user SET is_staff = true WHERE id = %s", asha.pk,
            proposal=theirs.pk,
        )  # fmt: skip

        assert _exists(asha, is_staff=True)

    @pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}], ids=str)
    def test_an_operator_is_switched_on_only_as_it_was_approved(
        self, asha: User, operator: User, rights: dict[str, bool]
    ) -> None:
        User.objects.filter(pk=asha.pk).update(is_active=False, **rights)
        asha.refresh_from_db()
        on = "UPDATE users_user SET is_active = true WHERE id = %s"
        other = propose(asha, proposer(), groups=[Group.objects.earliest("pk").pk])
        right = propose(asha, proposer(), is_active=True)
        for proposal in (other, right):
            with db_transaction.atomic():
                proposals.approve(proposal.pk, operator=operator, reason=WHY, now=timezone.now())
        for by, context in (
            (operator, {}),
            (operator, {"proposal": other.pk}),
            (proposer(), {"proposal": right.pk}),
        ):
            with pytest.raises(DatabaseError, match="switching an operator on takes two"):
                run(by, on, asha.pk, **context)

        run(operator, on, asha.pk, proposal=right.pk)

        assert _exists(asha, is_active=True)
        # Off takes one.
        run(operator, "UPDATE users_user SET is_active = false WHERE id = %s", asha.pk)
        assert _exists(asha, is_active=False)

    def test_no_operator_is_switched_on_while_its_rights_go(
        self, asha: User, operator: User
    ) -> None:
        User.objects.filter(pk=asha.pk).update(is_active=False, is_staff=True)
        asha.refresh_from_db()
        theirs = propose(asha, proposer(), is_staff=False)
        with db_transaction.atomic():
            proposals.approve(theirs.pk, operator=operator, reason=WHY, now=timezone.now())

        with pytest.raises(DatabaseError, match="switching an operator on takes two"):
            run(
                operator,
                "UPDATE users_user SET is_active = true, is_staff = false WHERE id = %s",
                asha.pk, proposal=theirs.pk,
            )  # fmt: skip

    def test_a_superuser_is_made_by_superusers_alone(self, asha: User) -> None:
        approver = User.objects.create_user("254700000055", None, is_staff=True)
        theirs = propose(asha, proposer(), is_staff=True, is_superuser=True)
        with db_transaction.atomic():
            proposals.approve(theirs.pk, operator=approver, reason=WHY, now=timezone.now())

        with pytest.raises(DatabaseError, match="rights change by two operators"):
            run(
                approver,
                "UPDATE users_user SET is_staff = true, is_superuser = true WHERE id = %s",
                asha.pk, proposal=theirs.pk,
            )  # fmt: skip

    def test_a_role_that_owns_nothing_names_its_command(self, asha: User) -> None:
        with db_transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE ROLE owns_nothing")
            cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO owns_nothing")
            cursor.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO owns_nothing")
            cursor.execute("SET LOCAL ROLE owns_nothing")
            with (
                pytest.raises(DatabaseError, match="rights change by two operators"),
                db_transaction.atomic(),
            ):
                User.objects.filter(pk=asha.pk).update(is_staff=True)
            with pghistory.context(command="operator_group"):
                User.objects.filter(pk=asha.pk).update(is_staff=True)
            cursor.execute("RESET ROLE")

        assert _exists(asha, is_staff=True)


class TestTwoForPasswords:
    @pytest.mark.parametrize("is_approved", [False, True], ids=["alone", "for another account"])
    def test_an_operator_sets_no_password(
        self, asha: User, operator: User, other_operator: User, is_approved: bool
    ) -> None:
        context = {"proposal": approved_password(other_operator, operator)} if is_approved else {}

        with pytest.raises(DatabaseError, match="takes two operators"):
            run(operator, "UPDATE users_user SET password = 'x' WHERE id = %s", asha.pk, **context)

    def test_one_time_is_what_was_approved(self, asha: User, operator: User) -> None:
        proposal = approved_password(asha, operator)

        with pytest.raises(DatabaseError, match="takes two operators"):
            run(
                operator, "UPDATE users_user SET password = 'x' WHERE id = %s", asha.pk,
                proposal=proposal,
            )  # fmt: skip

    def test_an_operator_makes_no_account_with_a_password(self, operator: User) -> None:
        with (
            pytest.raises(DatabaseError, match="takes two operators"),
            db_transaction.atomic(),
            pghistory.context(operator=operator.pk),
        ):
            User.objects.create_user("254700000012", "known-to-the-operator")


class TestExclusive:
    """No user and no group holds two rights that exclude each other, in whatever order."""

    MONEY, ACCOUNTS = "add_reversal", "propose_rights"

    def test_two_rights(self, asha: User) -> None:
        asha.user_permissions.add(_right(self.MONEY))
        with pytest.raises(DatabaseError, match="exclude each other"), db_transaction.atomic():
            asha.user_permissions.add(_right(self.ACCOUNTS))

    def test_two_groups(self, asha: User) -> None:
        asha.groups.add(Group.objects.get(name="Finance"))
        for name in ("Compliance", "Admin"):
            with pytest.raises(DatabaseError, match="exclude each other"), db_transaction.atomic():
                asha.groups.add(Group.objects.get(name=name))

    def test_a_right_beside_a_group(self, asha: User) -> None:
        asha.user_permissions.add(_right(self.ACCOUNTS))
        with pytest.raises(DatabaseError, match="exclude each other"), db_transaction.atomic():
            asha.groups.add(Group.objects.get(name="Finance"))

    def test_a_right_of_a_group_of_a_member(self, asha: User) -> None:
        mine = Group.objects.create(name="Mine")
        asha.groups.add(mine, Group.objects.get(name="Finance"))
        with pytest.raises(DatabaseError, match="exclude each other"), db_transaction.atomic():
            mine.permissions.add(_right(self.ACCOUNTS))

    def test_two_rights_of_a_group_without_members(self) -> None:
        mine = Group.objects.create(name="Mine")
        mine.permissions.add(_right(self.MONEY))
        with pytest.raises(DatabaseError, match="exclude each other"), db_transaction.atomic():
            mine.permissions.add(_right(self.ACCOUNTS))

    def test_a_superuser_who_stops_being_one(self, operator: User) -> None:
        operator.user_permissions.add(_right(self.MONEY), _right(self.ACCOUNTS))
        with pytest.raises(DatabaseError, match="exclude each other"), db_transaction.atomic():
            User.objects.filter(pk=operator.pk).update(is_superuser=False)


def _right(codename: str) -> Permission:
    return Permission.objects.get(codename=codename)


def _third() -> User:
    return User.objects.create_superuser("254700000066", "a-good-password")
