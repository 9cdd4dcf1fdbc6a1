"""`manage.py rotate_field_keys`: a change of keys from the first step to the last."""

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from kyc import conf, selectors
from kyc.models import KycSubmission
from kyc.tests.building import ID_NUMBER, hand_in, verify

pytestmark = pytest.mark.django_db(transaction=True)
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture(autouse=True)
def _old_key(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]


def rotate() -> str:
    """Run the command and return what it wrote."""
    output = StringIO()
    call_command("rotate_field_keys", stdout=output, stderr=output)
    return output.getvalue()


def test_numbers_move_to_the_new_key_and_stay_comparable(settings: Any) -> None:
    first = hand_in()
    verify(first)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    second = hand_in()
    assert selectors.is_id_number_taken(second)

    assert rotate() == "1 ID numbers rewritten, 2 looked at.\n"
    assert selectors.is_id_number_taken(second)

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert rotate() == "2 ID numbers rewritten, 2 looked at.\n"
    for submission in KycSubmission.objects.all():
        assert conf.get_cipher().decrypt(submission.id_number_encrypted) == ID_NUMBER
        assert selectors.list_same_id(submission).count() == 1
    assert rotate() == "0 ID numbers rewritten, 2 looked at.\n"


def test_a_lost_key_is_reported_and_its_row_left_unchanged(settings: Any) -> None:
    submission = hand_in()
    before = KycSubmission.objects.values().get()
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    hand_in()

    with pytest.raises(CommandError, match="keep the old keys"):
        rotate()

    assert KycSubmission.objects.values().get(pk=submission.pk) == before


def test_an_id_number_that_verified_two_customers_is_reported(settings: Any) -> None:
    """Between the last restart and the second run the old fingerprints are not compared."""
    verify(hand_in())
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    second = hand_in()
    verify(second)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    output = StringIO()

    with pytest.raises(CommandError):
        call_command("rotate_field_keys", stdout=output, stderr=output)

    assert f"decide about submission {second.pk}." in output.getvalue()
    assert ID_NUMBER not in output.getvalue()
