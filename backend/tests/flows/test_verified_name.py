"""A statement is shown to third parties, so the name on it is the one that was verified."""

import pytest

from kyc import services
from kyc.tests.building import LATER, hand_in, make_customer, make_operator, verify
from users.models import User
from wallet.selectors import find_verified_name

pytestmark = pytest.mark.django_db(transaction=True)


def read_again(user: User) -> User:
    """Return the user as the next request reads them."""
    return User.objects.get(pk=user.pk)


def test_the_verified_name_is_that_of_the_submission_and_not_of_the_sign_up() -> None:
    submission = hand_in(make_customer())
    assert find_verified_name(read_again(submission.user)) is None

    verify(submission)

    assert read_again(submission.user).full_name == "Asha Mwangi"
    assert find_verified_name(read_again(submission.user)) == "Asha Wanjiku Mwangi"


def test_a_revoked_verification_takes_it_off() -> None:
    submission = hand_in(make_customer())
    verify(submission)

    services.decide_about_customer(
        user=submission.user, operator=make_operator(), tier=None, reason="fake", now=LATER
    )

    assert find_verified_name(read_again(submission.user)) is None


@pytest.mark.parametrize("status", ["PENDING", "VERIFIED", "REJECTED"])
def test_without_a_submission_there_is_none(status: str) -> None:
    assert find_verified_name(make_customer(kyc_status=status)) is None
