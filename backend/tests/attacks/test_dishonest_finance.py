"""One dishonest operator of Finance alone: no money, right, password or second factor moves."""

import pytest

from common import clock
from payments.models import SuspenseCase
from payments.services import approve_proposal
from payments.tests.building import money
from tests.attacks.insiders import (
    FRIEND,
    WHY,
    World,
    approve_by,
    assert_nothing_moved,
    make_world,
)
from users import account_proposals
from users.models import Proposal

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Build the world with an insider in Finance."""
    return make_world("Finance")


def test_every_page_and_action_of_the_admin_moves_nothing(world: World) -> None:
    assert_nothing_moved(world)


def test_an_own_proposal_of_money_is_not_approved(world: World) -> None:
    case = SuspenseCase.objects.get()
    sent = {"action": "propose", "_selected_action": str(case.pk), "reason": WHY}
    world.client.post("/admin/payments/suspensecase/", {**sent, "phone_number": FRIEND})
    proposal = Proposal.objects.get()

    approve_by(world, proposal)

    proposal.refresh_from_db()
    assert proposal.status == "OPEN"
    assert money(world.friend)[0] == 0


def test_no_proposal_about_accounts_is_decided_or_even_seen(world: World) -> None:
    proposal = account_proposals.propose_password(
        user=world.victim, operator=world.colleague, reason=WHY, now=clock.now()
    )

    first, second = approve_by(world, proposal)

    proposal.refresh_from_db()
    assert proposal.status == "OPEN"
    assert world.client.get("/admin/users/accountproposal/").status_code == 403
    with pytest.raises(ValueError, match="set_password"):
        approve_proposal(proposal=proposal, operator=world.insider, reason=WHY, now=clock.now())
    assert "one-time" not in first + second
