"""One dishonest operator of Compliance alone: no money, right, password or second factor moves."""

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.db import transaction as db_transaction

from tests.attacks.insiders import WHY, World, assert_nothing_moved, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Build the world with an insider in Compliance."""
    return make_world("Compliance")


def test_every_page_and_action_of_the_admin_moves_nothing(world: World) -> None:
    assert_nothing_moved(world)


def test_a_number_and_a_password_are_not_one_operators(world: World) -> None:
    """With both, one operator would own the account."""
    path = f"/admin/users/user/{world.victim.pk}/password/"

    assert world.client.post(path, {"reason": WHY}).status_code == 403
    with pytest.raises(IntegrityError, match="exclude each other"), db_transaction.atomic():
        world.insider.groups.add(Group.objects.get(name="Admin"))


def test_nobody_verifies_themselves(world: World) -> None:
    sent = {"action": "decide_kyc", "_selected_action": str(world.insider.pk), "reason": WHY}
    world.client.post("/admin/users/user/", {**sent, "decision": "full"})

    world.insider.refresh_from_db()
    assert world.insider.kyc_status == "PENDING"
