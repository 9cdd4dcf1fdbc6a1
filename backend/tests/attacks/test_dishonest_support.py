"""One dishonest operator of Support alone: no money, right, password or second factor moves."""

import pytest

from common import clock
from tests.attacks.insiders import WHY, World, approve_by, assert_nothing_moved, make_world
from users import account_proposals, proposals
from users.models import Proposal

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Build the world with an insider in Support."""
    return make_world("Support")


def test_every_page_and_action_of_the_admin_moves_nothing(world: World) -> None:
    assert_nothing_moved(world)


def test_a_proposed_password_is_not_approved_by_its_proposer(world: World) -> None:
    path = f"/admin/users/user/{world.victim.pk}/password/"
    world.client.post(path, {"reason": WHY})
    proposal = Proposal.objects.get(kind="set_password")

    approve_by(world, proposal)

    proposal.refresh_from_db()
    assert proposal.status == "OPEN"
    with pytest.raises(proposals.SameOperator):
        account_proposals.approve(
            proposal=proposal, operator=world.insider, reason=WHY, now=clock.now()
        )


def test_no_page_proposes_a_password_for_oneself(world: World) -> None:
    path = f"/admin/users/user/{world.insider.pk}/password/"

    assert world.client.post(path, {"reason": WHY})["Location"] == "/admin/password_change/"
    with pytest.raises(proposals.SameOperator):
        account_proposals.propose_password(
            user=world.insider, operator=world.insider, reason=WHY, now=clock.now()
        )
