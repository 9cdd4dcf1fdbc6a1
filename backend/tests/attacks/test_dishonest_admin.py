"""One dishonest operator of Admin alone: no money, right, password or second factor moves."""

import pytest
from django.contrib.auth.models import Group

from common import clock
from tests.attacks.insiders import WHY, World, approve_by, assert_nothing_moved, make_world
from users import account_proposals, proposals
from users.models import Proposal, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Build the world with an insider in Admin."""
    return make_world("Admin")


def test_every_page_and_action_of_the_admin_moves_nothing(world: World) -> None:
    assert_nothing_moved(world)


def test_own_rights_are_neither_proposed_nor_approved(world: World) -> None:
    mine = account_proposals.rights_of_user(world.insider)
    with pytest.raises(proposals.SameOperator):
        account_proposals.propose_rights_of_user(
            user=world.insider, after={**mine, "is_superuser": True}, operator=world.insider,
            reason=WHY, now=clock.now(),
        )  # fmt: skip
    by_a_friend = account_proposals.propose_rights_of_user(
        user=world.insider, after={**mine, "groups": []}, operator=world.colleague,
        reason=WHY, now=clock.now(),
    )  # fmt: skip

    page = approve_by(world, by_a_friend)[1]

    assert "whose account it is, does not approve" in page
    assert world.insider.groups.exists()


def test_the_loss_of_own_rights_is_not_rejected(world: World) -> None:
    """Else an operator whose rights are to go keeps them by rejecting each proposal."""
    mine = account_proposals.rights_of_user(world.insider)
    against = account_proposals.propose_rights_of_user(
        user=world.insider, after={**mine, "groups": []}, operator=world.colleague,
        reason=WHY, now=clock.now(),
    )  # fmt: skip

    sent = {"action": "reject", "_selected_action": str(against.pk), "reason": WHY}
    page = world.client.post("/admin/users/accountproposal/", sent, follow=True).content.decode()

    assert "nobody rejects what is about themselves" in page
    against.refresh_from_db()
    assert against.status == "OPEN"
    another = User.objects.create_superuser("254700000094", "a-good-password")
    account_proposals.approve(proposal=against, operator=another, reason=WHY, now=clock.now())
    assert not world.insider.groups.exists()


def test_no_admin_makes_a_superuser_or_touches_one(world: World) -> None:
    theirs = account_proposals.rights_of_user(world.friend)
    made = account_proposals.propose_rights_of_user(
        user=world.friend, after={**theirs, "is_superuser": True}, operator=world.colleague,
        reason=WHY, now=clock.now(),
    )  # fmt: skip
    another = User.objects.create_superuser("254700000093", "a-good-password")
    password = account_proposals.propose_password(
        user=another, operator=world.colleague, reason=WHY, now=clock.now()
    )

    for proposal in (made, password):
        assert "only a superuser approves" in approve_by(world, proposal)[1]

    world.friend.refresh_from_db()
    assert not world.friend.is_superuser
    assert User.objects.get(pk=another.pk).check_password("a-good-password")


def test_no_colleague_is_switched_on_again(world: World) -> None:
    """One who left, or whose account was stolen, and a second account of one's own."""
    gone = User.objects.create_user("254700000094", None, is_staff=True, is_active=False)
    page, form = f"/admin/users/user/{gone.pk}/change/", {"full_name": "", "reason": WHY}

    world.client.post(page, {**form, "is_active": "on", "is_staff": "on"})
    world.client.post(page, {**form, "is_active": "on"})
    approve_by(world, Proposal.objects.latest("pk"))

    gone.refresh_from_db()
    assert (gone.is_active, gone.is_staff) == (False, True)
    assert not Proposal.objects.exclude(status="OPEN").exists()


def test_finance_is_not_proposed_beside_admin(world: World) -> None:
    colleague = User.objects.create_user("254700000094", None, is_staff=True)
    both = [Group.objects.get(name=name).pk for name in ("Admin", "Finance")]
    with pytest.raises(account_proposals.RightsExclude, match="exclude each other"):
        account_proposals.propose_rights_of_user(
            user=colleague,
            after={**account_proposals.rights_of_user(colleague), "groups": both},
            operator=world.insider,
            reason=WHY,
            now=clock.now(),
        )
